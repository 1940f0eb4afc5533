// Serves bundled handlers over HTTP as API Gateway's HTTP API does, and nothing more: node http-front.ts FOLDER
// What the handlers log goes to this process's output; the port is sent to the parent process.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { HANDLERS } from './build-handlers.ts';

type Handler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Milliseconds, as `timeout` in serverless.yml. */
const FUNCTION_TIMEOUT = 15_000;

/**
 * How many requests are with the functions at once; the others wait. On Lambda each has a client of its
 * own, here they share one, and its 50 sockets must be enough for two reads a request: waiting for a
 * socket would count as waiting for the store.
 */
const ENVIRONMENTS = 25;

const [folder = '.'] = process.argv.slice(2);
const [appointmentCommands, appointmentQueries] = (await Promise.all(
  HANDLERS.map(async (name) => {
    const { handler } = (await import(pathToFileURL(join(folder, `${name}.mjs`)).href)) as {
      handler: Handler;
    };
    return handler;
  }),
)) as [Handler, Handler];

const ROUTES: readonly [method: string, path: RegExp, Handler, route: string][] = [
  [
    'POST',
    /^\/api\/patients\/([^/]+)\/appointments$/,
    appointmentCommands,
    '/api/patients/{patient_id}/appointments',
  ],
  [
    'POST',
    /^\/api\/patients\/([^/]+)\/appointment$/,
    appointmentCommands,
    '/api/patients/{patient_id}/appointment',
  ],
  [
    'GET',
    /^\/api\/patients\/([^/]+)\/appointments$/,
    appointmentQueries,
    '/api/patients/{patient_id}/appointments',
  ],
];

const waiting: (() => void)[] = [];
let idle = ENVIRONMENTS;

/** Runs the work when one of the environments is idle, in the order of asking. */
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

let requests = 0;

async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { method = '', url = '/' } = incoming;
  // Not by URL, which resolves `..` and `%2e%2e`: the path goes to the function as it came.
  const [, pathname = '', rawQuery = ''] = /^([^?]*)\??(.*)$/.exec(url) ?? [];
  const body = await buffer(incoming);
  const route = ROUTES.find(([verb, path]) => verb === method && path.test(pathname));
  const patientId = decoded(route?.[1].exec(pathname)?.[1] ?? '%');
  if (route === undefined || patientId === undefined) {
    outgoing.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"Not Found"}');
    return;
  }
  requests += 1;
  const event = {
    version: '2.0',
    routeKey: `${method} ${route[3]}`,
    rawPath: pathname,
    rawQueryString: rawQuery,
    headers: headersOf(incoming),
    pathParameters: { patient_id: patientId },
    queryStringParameters: queryOf(new URLSearchParams(rawQuery)),
    requestContext: { requestId: `request-${requests}`, http: { method, path: pathname } },
    ...bodyOf(body, incoming.headers['content-type'] ?? ''),
  } as unknown as APIGatewayProxyEventV2;
  const answer = await inEnvironment(async () => {
    const started = performance.now();
    const context = {
      getRemainingTimeInMillis: () => FUNCTION_TIMEOUT - (performance.now() - started),
    } as Context;
    return route[2](event, context);
  });
  outgoing.writeHead(answer.statusCode ?? 200, answer.headers as Record<string, string>);
  outgoing.end(answer.body);
}

/** A path parameter as API Gateway hands it over: decoded. */
function decoded(parameter: string): string | undefined {
  try {
    return decodeURIComponent(parameter);
  } catch {
    return undefined;
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value ?? ''].flat().join(',')]),
  );
}

/** A parameter that is given more than once has its values joined by commas. */
function queryOf(search: URLSearchParams): Record<string, string> | undefined {
  const names = new Set(search.keys());
  if (names.size === 0) return undefined;
  return Object.fromEntries([...names].map((name) => [name, search.getAll(name).join(',')]));
}

/** Text where the type says so and the bytes are UTF-8, base64 otherwise. */
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
    // What API Gateway answers where a function throws.
    outgoing.writeHead(500, { 'content-type': 'application/json' });
    outgoing.end('{"message":"Internal Server Error"}');
  });
});
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.once('disconnect', () => process.exit());
