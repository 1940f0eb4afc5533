import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** A key and a self-signed certificate for 127.0.0.1. */
export const CERTIFICATE = fileURLToPath(new URL('loopback.pem', import.meta.url));

const UNUSED = {
  calls: 0,
  /** Calls that overlap count as one. */
  roundTrips: 0,
  readUnits: 0,
  writeUnits: 0,
  /** Those of `writeUnits` that the index takes. */
  indexWriteUnits: 0,
};

/** What functions used of DynamoDB. */
type StoreUsage = Readonly<typeof UNUSED>;

export interface StoreMeter {
  readonly endpoint: string;
  /** The usage since the last call. */
  takeUsage(): StoreUsage;
}

/**
 * Starts a proxy in front of a local store. It speaks HTTPS, as DynamoDB does, so that a function loads and
 * runs the same code as on Lambda.
 *
 * @param delay milliseconds added to every call, so that parallel calls overlap
 */
export async function startStoreMeter(store: string, delay = 0): Promise<StoreMeter> {
  let usage = { ...UNUSED };
  let inFlight = 0;

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    usage.calls += 1;
    if (inFlight === 0) usage.roundTrips += 1;
    inFlight += 1;
    const request = (await json(incoming)) as { TransactItems?: object[] };
    if (delay > 0) await sleep(delay);
    const response = await forward(incoming, { ...request, ReturnConsumedCapacity: 'INDEXES' });
    const body = await text(response);
    const isRead = /Get|Query/.test(String(incoming.headers['x-amz-target']));
    const isFailed = body.includes('ConditionalCheckFailed');
    const { units, indexUnits } = isFailed ? unitsIfFailed(request) : unitsOf(body);
    usage[isRead ? 'readUnits' : 'writeUnits'] += units;
    if (!isRead) usage.indexWriteUnits += indexUnits;
    outgoing.writeHead(response.statusCode ?? 502, response.headers).end(body);
    inFlight -= 1;
  }

  async function forward({ headers, url }: IncomingMessage, request: object) {
    const body = JSON.stringify(request);
    const outgoing = httpRequest(new URL(url ?? '/', store), {
      method: 'POST',
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    outgoing.end(body);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return response;
  }

  const pem = readFileSync(CERTIFICATE);
  const server = createServer({ key: pem, cert: pem }, (incoming, outgoing) => {
    void handle(incoming, outgoing);
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeUsage() {
      const taken = usage;
      usage = { ...UNUSED };
      return taken;
    },
  };
}

/** A write whose condition fails costs the table as much as one that succeeds, but no store reports it. */
function unitsIfFailed({ TransactItems }: { readonly TransactItems?: readonly object[] }) {
  return { units: TransactItems === undefined ? 1 : 2 * TransactItems.length, indexUnits: 0 };
}

interface Consumed {
  readonly CapacityUnits: number;
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, Consumed>>;
}

/** A transaction or batch reports a list with one entry per table. */
function unitsOf(body: string) {
  const response = JSON.parse(body) as { ConsumedCapacity?: Consumed | Consumed[] };
  const consumed = [response.ConsumedCapacity ?? []].flat();
  const indexes = consumed.flatMap((of) => Object.values(of.GlobalSecondaryIndexes ?? {}));
  const sum = (of: Consumed[]) => of.reduce((total, { CapacityUnits }) => total + CapacityUnits, 0);
  return { units: sum(consumed), indexUnits: sum(indexes) };
}
