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
import { receivedRequest } from '../../scripts/local/gateway/received-request.ts';
import { ROOT } from '../../scripts/local/local-folder.ts';
import type { ApiHandler } from '../../src/handlers/http/operation.ts';

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
  readonly handler: ApiHandler;
}

/** The routes of `serverless.yml`, each with the bundle of its function. */
async function readRoutes(folder: string): Promise<Route[]> {
  const { functions } = parse(await readFile(join(ROOT, 'serverless.yml'), 'utf8'), {
    logLevel: 'error',
  }) as { functions: Record<string, { handler: string; events: { httpApi: HttpApiEvent }[] }> };
  const routes = await Promise.all(
    Object.values(functions).map(async ({ handler: file, events }) => {
      const bundle = join(folder, `${basename(file, '.handler')}.js`);
      const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: ApiHandler };
      return events.map(({ httpApi: { method, path } }) => ({
        routeKey: `${method} ${path}`,
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
  const body = await buffer(incoming);
  const [found] = routes.flatMap(({ routeKey, handler }) => {
    const received = receivedRequest(routeKey, incoming.url ?? '/', incoming, body);
    return received ? [{ routeKey, handler, received }] : [];
  });
  if (found === undefined) {
    outgoing.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}');
    return;
  }
  const { routeKey, handler, received } = found;
  const event = {
    version: '2.0',
    routeKey,
    requestContext: {
      requestId: randomUUID(),
      http: { method: incoming.method, path: received.rawPath },
    },
    ...received,
  } as unknown as APIGatewayProxyEventV2;
  const response = await inEnvironment(async () => {
    const started = performance.now();
    const context = {
      getRemainingTimeInMillis: () => FUNCTION_TIMEOUT - (performance.now() - started),
    } as Context;
    return handler(event, context);
  });
  outgoing.writeHead(response.statusCode ?? 200, response.headers as Record<string, string>);
  outgoing.end(response.body);
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
