import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface StoreResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** A local store requires a signature but does not verify it. */
export const UNVERIFIED_SIGNATURE = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20300101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
  'x-amz-date': '20300101T000000Z',
};

/** Sends requests to a running store on this machine. */
export class Engine {
  readonly #endpoint: string;
  readonly #agent = new Agent({ keepAlive: true });

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  async send(headers: Record<string, string>, body: string): Promise<StoreResponse> {
    return new Promise((resolve, reject) => {
      const outgoing = request(this.#endpoint, {
        method: 'POST',
        agent: this.#agent,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      });
      outgoing.once('error', reject);
      outgoing.once('response', (incoming) => {
        buffer(incoming).then((bytes) => {
          // The SDK would take the time of the commands for a wrong clock, and send failed requests again.
          const { date: _, ...headers } = incoming.headers as Record<string, string>;
          resolve({ statusCode: incoming.statusCode ?? 0, headers, body: bytes });
        }, reject);
      });
      outgoing.end(body);
    });
  }

  /** The items with a partition key whose sort keys are in a range. */
  async items(table: string, PK: string, first: string, last: string): Promise<object[]> {
    const { Items } = await this.#call<{ Items: object[] }>('Query', {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: 'PK = :key AND SK BETWEEN :first AND :last',
      ExpressionAttributeValues: {
        ':key': { S: PK },
        ':first': { S: first },
        ':last': { S: last },
      },
    });
    return Items;
  }

  /** Stores at most 25 items. */
  async store(table: string, items: readonly unknown[]): Promise<void> {
    const requests = items.map((Item) => ({ PutRequest: { Item } }));
    if (requests.length > 0)
      await this.#call('BatchWriteItem', { RequestItems: { [table]: requests } });
  }

  async #call<Output>(operation: string, input: object): Promise<Output> {
    const { statusCode, body } = await this.send(
      {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        ...UNVERIFIED_SIGNATURE,
      },
      JSON.stringify(input),
    );
    if (statusCode !== 200) throw new Error(`${operation}: ${body.toString()}`);
    return JSON.parse(body.toString()) as Output;
  }

  close(): void {
    this.#agent.destroy();
  }
}
