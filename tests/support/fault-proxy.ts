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
 * What the proxy does to one request of the store:
 * - `drop-request`: cuts the connection before the store has seen it;
 * - `drop-answer`: cuts the connection after the store has carried it out;
 * - `stall-answer`: begins the store's answer and never ends it;
 * - `delay`: lets it pass after `delayMilliseconds`;
 * - `throttle`, `internal-error`: answers as DynamoDB does, without asking the store;
 * - `conflict`: answers a transaction as DynamoDB does where another one is at work on its first item;
 * - `conflict-beside-taken`: the same, and the second item is taken.
 */
export type Fault =
  | 'drop-request'
  | 'drop-answer'
  | 'stall-answer'
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
  /** How often each fault was made. */
  readonly made: ReadonlyMap<Fault, number>;
  /** Which fault the next requests meet; none at first. */
  choose(fault: (request: StoreRequest) => Fault | undefined): void;
  close(): Promise<void>;
}

const ERROR = 'com.amazonaws.dynamodb.v20120810#';

/** The bodies of DynamoDB's errors: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html */
const ANSWERS: Partial<Record<Fault, { readonly status: number; readonly __type: string }>> = {
  throttle: { status: 400, __type: `${ERROR}ThrottlingException` },
  'internal-error': { status: 500, __type: `${ERROR}InternalServerError` },
  conflict: cancelled({ Code: 'TransactionConflict' }, { Code: 'None' }),
  'conflict-beside-taken': cancelled(
    { Code: 'TransactionConflict' },
    { Code: 'ConditionalCheckFailed', Item: { appointment_id: { S: 'of another' } } },
  ),
};

function cancelled(...CancellationReasons: object[]) {
  return { status: 400, __type: `${ERROR}TransactionCanceledException`, CancellationReasons };
}

/** Starts a proxy in front of a store of this machine. */
export async function startFaultProxy(store: string, delayMilliseconds = 50): Promise<FaultProxy> {
  const { AWS_ENDPOINT_URL_DYNAMODB: target } = connectTo(store);
  const made = new Map<Fault, number>();
  let choose: (request: StoreRequest) => Fault | undefined = () => undefined;

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const fault = choose({
      operation: String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '',
      body: JSON.parse(body.toString()) as Record<string, unknown>,
    });
    if (fault !== undefined) made.set(fault, (made.get(fault) ?? 0) + 1);
    const answered = fault && ANSWERS[fault];
    if (fault === 'drop-request') {
      incoming.socket.destroy();
    } else if (answered !== undefined) {
      const { status, ...error } = answered;
      outgoing.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      outgoing.end(JSON.stringify({ ...error, message: 'made by the fault proxy' }));
    } else {
      if (fault === 'delay') await sleep(delayMilliseconds);
      const answer = await forward(target, incoming, body);
      const answerBody = await buffer(answer);
      if (fault === 'drop-answer') {
        incoming.socket.destroy();
      } else {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        if (fault === 'stall-answer') outgoing.write(answerBody.subarray(0, 1));
        else outgoing.end(answerBody);
      }
    }
  }

  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => {
      // The client or the store hung up: so does the proxy.
      incoming.socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    made,
    choose(next) {
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
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}

/** How many requests of a kind meet each fault, as shares of 1. */
export type FaultRates = Partial<Record<Fault, number>>;

/**
 * Faults by chance, the same for the same seed: each is drawn from the seed, the key that a request asks
 * for, and how often that was asked for before. Only where requests compete for a key does it depend on
 * their order which of them meets it.
 */
export function seededFaults(
  seed: number,
  rates: FaultRates,
): (request: StoreRequest) => Fault | undefined {
  const asked = new Map<string, number>();
  return ({ operation, body }) => {
    const key = JSON.stringify([operation, keyOf(body)]);
    const before = asked.get(key) ?? 0;
    asked.set(key, before + 1);
    let chance = uniform(`${seed} ${key} ${before}`);
    for (const [fault, rate] of Object.entries(rates) as [Fault, number][]) {
      if (chance < rate)
        return fault.startsWith('conflict') && operation !== 'TransactWriteItems'
          ? undefined
          : fault;
      chance -= rate;
    }
    return undefined;
  };
}

/** Whether a request is the write of a booking: one put, or a transaction of two. */
export function isBooking({ operation }: Pick<StoreRequest, 'operation'>): boolean {
  return operation === 'PutItem' || operation === 'TransactWriteItems';
}

/** The key that a get or a put is about, of a transaction the first; empty for a query. */
export function keyOf({ Key, Item, TransactItems }: StoreRequest['body']): {
  PK: string;
  SK: string;
} {
  const [first] = (TransactItems ?? []) as { Put: { Item: unknown } }[];
  const { PK, SK } = (Key ?? Item ?? first?.Put.Item ?? {}) as Partial<
    Record<'PK' | 'SK', { S: string }>
  >;
  return { PK: PK?.S ?? '', SK: SK?.S ?? '' };
}

/** A number from 0 up to 1 that depends on the text alone. */
export function uniform(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32;
}
