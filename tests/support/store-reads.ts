import {
  BatchGetCommand,
  type BatchGetCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import type { AwsClientStub } from 'aws-sdk-client-mock';
import type { Key } from '../../src/repositories/keys.ts';
import type { Item } from '../../src/repositories/store.ts';

type Store = AwsClientStub<DynamoDBDocumentClient>;

/** Makes reads find these items. Items that a test adds later count too. */
export function storeHolds(store: Store, items: readonly Item[]): void {
  answerReads(store, ({ PK, SK }) => items.find((item) => item['PK'] === PK && item['SK'] === SK));
}

/** Makes a read find what is at its key, and a batch what is at each of its keys. */
function answerReads(store: Store, itemAt: (key: Key) => Item | undefined): void {
  store.on(GetCommand).callsFake(({ Key }: { Key: Key }) => {
    const Item = itemAt(Key);
    return { ...(Item && { Item }) };
  });
  store.on(BatchGetCommand).callsFake(({ RequestItems = {} }: BatchGetCommandInput) => ({
    Responses: Object.fromEntries(
      Object.entries(RequestItems).map(([table, { Keys = [] }]) => [
        table,
        // DynamoDB returns them in any order.
        (Keys as unknown as Key[])
          .map((key) => ({ key, item: itemAt(key) }))
          .flatMap(({ key, item }) => (item ? [{ ...item, ...key }] : []))
          .toReversed(),
      ]),
    ),
  }));
}

/** Makes every read by key fail. */
export function failReads(store: Store, error: Error): void {
  store.on(GetCommand).rejects(error).on(BatchGetCommand).rejects(error);
}

/** The calls other than reads. */
export function writesTo(store: Store): object[] {
  const reads = [GetCommand, BatchGetCommand, QueryCommand];
  const commands = store.calls().map(({ args: [command] }): object => command);
  return commands.filter((command) => !reads.some((read) => command instanceof read));
}
