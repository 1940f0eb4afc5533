import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTo } from '../scripts/local/connection.ts';
import type { Certificate } from './loopback-certificate.ts';

/** A call of the store, as it was seen between the SDK and the store. */
export interface StoreCall {
  /** `PutItem`, `GetItem`, `Query`, ... */
  readonly operation: string;
  /** As the store reports them. */
  readonly capacityUnits: number;
  /** Milliseconds since the process began. */
  readonly began: number;
  /** Milliseconds since the process began. */
  readonly ended: number;
}

interface Consumed {
  readonly CapacityUnits: number;
}

export interface StoreMeter {
  /** `https`, as DynamoDB's own. */
  readonly endpoint: string;
  /** Keeps every call for so many milliseconds, so that calls side by side are seen to be. */
  hold(milliseconds: number): void;
  /** The calls since this was asked for last. */
  takeCalls(): StoreCall[];
  close(): Promise<void>;
}

/**
 * Stands before a store of this machine and speaks HTTPS, as DynamoDB does: a function then loads and does
 * what it does on Lambda. Has the store report the capacity that each call consumes.
 */
export async function startStoreMeter(
  store: string,
  certificate: Certificate,
): Promise<StoreMeter> {
  const { AWS_ENDPOINT_URL_DYNAMODB: target } = connectTo(store);
  let calls: StoreCall[] = [];
  let holding = 0;

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const began = performance.now();
    const asked = JSON.parse((await buffer(incoming)).toString()) as object;
    if (holding > 0) await sleep(holding);
    const answer = await forward(target, incoming, {
      ...asked,
      ReturnConsumedCapacity: 'TOTAL',
    });
    const body = await buffer(answer);
    // Of a transaction there is one for each table.
    const { ConsumedCapacity = [] } = JSON.parse(body.toString()) as {
      ConsumedCapacity?: Consumed | Consumed[];
    };
    calls.push({
      operation: String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '',
      capacityUnits: [ConsumedCapacity]
        .flat()
        .reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0),
      began,
      ended: performance.now(),
    });
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers).end(body);
  }

  const server = createServer({ ...certificate }, (incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => {
      incoming.socket.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    endpoint: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold(milliseconds) {
      holding = milliseconds;
    },
    takeCalls() {
      const taken = calls;
      calls = [];
      return taken;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function forward(target: string, { headers, url }: IncomingMessage, body: object) {
  const text = JSON.stringify(body);
  const outgoing = httpRequest(new URL(url ?? '/', target), {
    method: 'POST',
    headers: { ...headers, 'content-length': Buffer.byteLength(text) },
  });
  outgoing.end(text);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}
