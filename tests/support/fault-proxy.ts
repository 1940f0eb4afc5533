import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTo } from '../../scripts/local/connection.ts';

/**
 * What the proxy does to one request:
 * - `drop-request`: cuts the connection before the store sees the request.
 * - `drop-response`: cuts the connection after the store has carried out the request.
 * - `stall-response`: sends the first byte of the response and nothing more.
 * - `delay`: forwards the request after `delayMilliseconds`.
 * - `throttle`, `internal-error`: respond as DynamoDB does. The store never sees the request.
 * - `conflict`: cancels a transaction as if another one were in progress on its first item.
 * - `conflict-beside-taken`: the same, and the second item exists already.
 */
export type Fault =
  | 'drop-request'
  | 'drop-response'
  | 'stall-response'
  | 'delay'
  | 'throttle'
  | 'internal-error'
  | 'conflict'
  | 'conflict-beside-taken';

/** A request as the SDK sent it. */
export interface StoreRequest {
  /** `PutItem`, `GetItem`, `Query`, ... */
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FaultProxy {
  readonly endpoint: string;
  /** How often each fault was injected since the last call of `choose`. */
  readonly injected: ReadonlyMap<Fault, number>;
  /** Sets the function that picks the fault of each request from now on. At first there are no faults. */
  choose(fault: (request: StoreRequest) => Fault | undefined): void;
  close(): Promise<void>;
}

const ERROR = 'com.amazonaws.dynamodb.v20120810#';

/** DynamoDB's error responses: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const ERRORS: Partial<Record<Fault, { readonly status: number; readonly __type: string }>> = {
  throttle: { status: 400, __type: `${ERROR}ThrottlingException` },
  'internal-error': { status: 500, __type: `${ERROR}InternalServerError` },
  conflict: canceled({ Code: 'TransactionConflict' }, { Code: 'None' }),
  'conflict-beside-taken': canceled(
    { Code: 'TransactionConflict' },
    { Code: 'ConditionalCheckFailed', Item: { appointment_id: { S: 'another' } } },
  ),
};

function canceled(...CancellationReasons: object[]) {
  return { status: 400, __type: `${ERROR}TransactionCanceledException`, CancellationReasons };
}

/** Starts a proxy in front of a store on this machine. */
export async function startFaultProxy(store: string, delayMilliseconds = 50): Promise<FaultProxy> {
  const { AWS_ENDPOINT_URL_DYNAMODB: target } = connectTo(store);
  const injected = new Map<Fault, number>();
  let choose: (request: StoreRequest) => Fault | undefined = () => undefined;

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const fault = choose({
      operation: String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '',
      body: JSON.parse(body.toString()) as Record<string, unknown>,
    });
    if (fault !== undefined) injected.set(fault, (injected.get(fault) ?? 0) + 1);
    const storeError = fault && ERRORS[fault];
    if (fault === 'drop-request') {
      incoming.socket.destroy();
    } else if (storeError !== undefined) {
      const { status, ...error } = storeError;
      outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      outgoing.end(JSON.stringify({ ...error, message: 'from the fault proxy' }));
    } else {
      // A delay must not keep the process alive.
      if (fault === 'delay') await sleep(delayMilliseconds, undefined, { ref: false });
      const response = await forward(target, incoming, body);
      const responseBody = await buffer(response);
      if (fault === 'drop-response') {
        incoming.socket.destroy();
      } else {
        outgoing.writeHead(response.statusCode ?? 502, response.headers);
        if (fault === 'stall-response') outgoing.write(responseBody.subarray(0, 1));
        else outgoing.end(responseBody);
      }
    }
  }

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => {
      // The client or the store hung up, so the proxy does too.
      incoming.socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    injected,
    choose(next) {
      injected.clear();
      choose = next;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function forward(target: string, incoming: IncomingMessage, body: Buffer) {
  const { method, headers, url } = incoming;
  const outgoing = httpRequest(new URL(url ?? '/', target), { method, headers });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

/** The probability of each fault, from 0 to 1. */
export type FaultRates = Partial<Record<Fault, number>>;

/**
 * Random faults that a seed repeats: each depends only on the seed, the operation and key of the request,
 * and how often that key was requested before. If requests race for a key, their order decides which of
 * them meets the fault.
 */
export function seededFaults(
  seed: number,
  rates: FaultRates,
): (request: StoreRequest) => Fault | undefined {
  const requested = new Map<string, number>();
  return ({ operation, body }) => {
    const key = JSON.stringify([operation, keyOf(body)]);
    const before = requested.get(key) ?? 0;
    requested.set(key, before + 1);
    let rest = uniform(`${seed} ${key} ${before}`);
    for (const [fault, rate] of Object.entries(rates) as [Fault, number][]) {
      rest -= rate;
      if (rest >= 0) continue;
      const applies = operation === 'TransactWriteItems' || !fault.startsWith('conflict');
      return applies ? fault : undefined;
    }
    return undefined;
  };
}

export function isWrite({ operation }: Pick<StoreRequest, 'operation'>): boolean {
  return ['PutItem', 'UpdateItem', 'TransactWriteItems'].includes(operation);
}

/** The key of a request, or the first one of a batch read or transaction. Empty for a query. */
export function keyOf({ Key, Item, TransactItems, RequestItems }: StoreRequest['body']): {
  PK: string;
  SK: string;
} {
  const [batch] = Object.values((RequestItems ?? {}) as Record<string, { Keys?: unknown[] }>);
  const [first] = (TransactItems ?? []) as {
    readonly Put?: { readonly Item: unknown };
    readonly Update?: { readonly Key: unknown };
  }[];
  const { PK, SK } = (Key ??
    Item ??
    first?.Put?.Item ??
    first?.Update?.Key ??
    batch?.Keys?.[0] ??
    {}) as Partial<Record<'PK' | 'SK', { S: string }>>;
  return { PK: PK?.S ?? '', SK: SK?.S ?? '' };
}

/** A pseudorandom number from 0 (inclusive) to 1 (exclusive) that depends on the text alone. */
export function uniform(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}
