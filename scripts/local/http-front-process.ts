// node http-front-process.ts FOLDER: serves the bundled functions over HTTP, as an HTTP API of API Gateway does.
// The functions log to the output of this process. The process sends its port to its parent, and responds to
// any message with the CPU time that it has used.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { parse } from 'yaml';
import type { ApiHandler } from '../../src/handlers/http/operation.ts';
import { ROOT } from './local-folder.ts';

/** Milliseconds; the same as `timeout` in serverless.yml. */
const FUNCTION_TIMEOUT = 15_000;

/**
 * The most requests that the functions handle at once; the others wait. On Lambda, each request has its
 * own client. Here they share one with 50 sockets, and a request needs two for its reads. If a request had
 * to wait for a socket, the wait would count as time spent on the store.
 */
const ENVIRONMENTS = 25;

interface Route {
  readonly routeKey: string;
  /** Matches a request line and captures its path parameters, still encoded. */
  readonly pattern: RegExp;
  readonly handler: ApiHandler;
}

/** The routes of `serverless.yml`, each with the bundle of its function. */
async function readRoutes(folder: string): Promise<Route[]> {
  const { functions } = parse(await readFile(join(ROOT, 'serverless.yml'), 'utf8'), {
    logLevel: 'error',
  }) as { functions: Record<string, { handler: string; events: { httpApi: HttpApiEvent }[] }> };
  const routes = await Promise.all(
    Object.values(functions).map(async ({ handler: file, events }) => {
      const bundle = join(folder, `${basename(file, '.handler')}.cjs`);
      const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: ApiHandler };
      return events.map(({ httpApi: { method, path } }) => ({
        routeKey: `${method} ${path}`,
        pattern: new RegExp(`^${method} ${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
        handler,
      }));
    }),
  );
  return routes.flat();
}

interface HttpApiEvent {
  readonly method: string;
  readonly path: string;
}

const [folder = '.'] = process.argv.slice(2);
const routes = await readRoutes(folder);

const waiting: (() => void)[] = [];
let idle = ENVIRONMENTS;

/** Runs the work as soon as an environment is idle, first come, first served. */
async function inEnvironment<Result>(work: () => Promise<Result>): Promise<Result> {
  if (idle > 0) idle -= 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else idle += 1;
  }
}

async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = '', url = '/' } = incoming;
  // `URL` would resolve `..` and `%2e%2e`, but API Gateway passes the path on unchanged.
  const [, pathname = '', rawQuery = ''] = /^([^?]*)\??(.*)$/.exec(url) ?? [];
  const body = await buffer(incoming);
  const route = routes.find(({ pattern }) => pattern.test(`${method} ${pathname}`));
  const pathParameters = decoded(route?.pattern.exec(`${method} ${pathname}`)?.groups ?? {});
  if (route === undefined || pathParameters === undefined) {
    outgoing.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}');
    return;
  }
  const event = {
    version: '2.0',
    routeKey: route.routeKey,
    rawPath: pathname,
    rawQueryString: rawQuery,
    headers: headersOf(incoming),
    pathParameters,
    queryStringParameters: queryOf(new URLSearchParams(rawQuery)),
    requestContext: { requestId: randomUUID(), http: { method, path: pathname } },
    ...bodyOf(body, incoming.headers['content-type'] ?? ''),
  } as unknown as APIGatewayProxyEventV2;
  const response = await inEnvironment(async () => {
    const started = performance.now();
    const context = {
      getRemainingTimeInMillis: () => FUNCTION_TIMEOUT - (performance.now() - started),
    } as Context;
    return route.handler(event, context);
  });
  outgoing.writeHead(response.statusCode ?? 200, response.headers as Record<string, string>);
  outgoing.end(response.body);
}

/** API Gateway decodes path parameters. */
function decoded(parameters: Readonly<Record<string, string>>): object | undefined {
  try {
    return Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch {
    return undefined;
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(',')]),
  );
}

/** API Gateway joins the values of a repeated parameter with commas. */
function queryOf(search: URLSearchParams): Record<string, string> | undefined {
  const names = new Set(search.keys());
  if (names.size === 0) return undefined;
  return Object.fromEntries([...names].map((name) => [name, search.getAll(name).join(',')]));
}

/** Text if the media type is textual and the bytes are UTF-8, base64 otherwise. */
function bodyOf(body: Buffer, type: string): Partial<APIGatewayProxyEventV2> {
  if (body.length === 0) return { isBase64Encoded: false };
  const text = body.toString('utf8');
  const isText = /^(?:text\/|application\/(?:json|xml|javascript))/.test(type);
  return isText && Buffer.from(text).equals(body)
    ? { body: text, isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

const server = createServer((incoming, outgoing) => {
  handle(incoming, outgoing).catch(() => {
    // API Gateway responds like this if a function throws.
    outgoing.writeHead(500, { 'content-type': 'application/json' });
    outgoing.end('{"message":"Internal Server Error"}');
  });
});
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on('message', () => process.send?.(process.cpuUsage()));
process.once('disconnect', () => process.exit());
