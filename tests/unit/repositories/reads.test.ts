import timers from 'node:timers/promises';
import { BatchGetCommand, DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createReads } from '../../../src/repositories/reads.ts';
import { type Item, openTable, type RequestScope } from '../../../src/repositories/store.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, BOB_ITEM } from '../../support/people.ts';
import { failReads, storeHolds } from '../../support/store-reads.ts';

const store = mockClient(DynamoDBDocumentClient);

/** The reads of one request. */
const open = (scope: RequestScope = {}) => createReads({ ...openTable('the-table'), ...scope });
const keyOf = ({ PK, SK }: { PK: string; SK: string }) => ({ PK, SK });
const inputs = () => store.calls().map(({ args: [{ input }] }) => input as unknown);
const single = (item: { PK: string; SK: string }) => ({
  TableName: 'the-table',
  Key: keyOf(item),
  ConsistentRead: true,
});
const batch = (...items: { PK: string; SK: string }[]) => ({
  RequestItems: { 'the-table': { Keys: items.map(keyOf), ConsistentRead: true } },
});

beforeEach(() => {
  store.reset();
  storeHolds(store, [ALEXEI_ITEM, BOB_ITEM]);
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe('reads that a request begins at the same time', () => {
  it('are one consistent call, and each finds its own item', async () => {
    const reads = open();
    const asked = [BOB_ITEM, APPOINTMENT_ITEM, ALEXEI_ITEM, BOB_ITEM];

    const found = await Promise.all(asked.map(async (item) => reads.get(item)));

    expect(found).toEqual([BOB_ITEM, undefined, ALEXEI_ITEM, BOB_ITEM]);
    expect(inputs()).toEqual([batch(BOB_ITEM, APPOINTMENT_ITEM, ALEXEI_ITEM)]);
  });

  it('fail together', async () => {
    const reads = open();
    const error = Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
    failReads(store, error);

    const found = [ALEXEI_ITEM, BOB_ITEM].map(async (item) => reads.get(item));

    const unavailable = { reason: { name: 'StoreUnavailableError', cause: error } };
    await expect(Promise.allSettled(found)).resolves.toMatchObject([unavailable, unavailable]);
    expect(store.commandCalls(BatchGetCommand)).toHaveLength(1);
  });

  it('count as one call', async () => {
    const attempts: number[] = [];
    const reads = open({ onCall: (count) => attempts.push(count) });

    await Promise.all([reads.get(ALEXEI_ITEM), reads.get(BOB_ITEM)]);

    expect(attempts).toEqual([1]);
  });
});

describe('other reads', () => {
  it('have a call of their own if they begin later, and find what has been written since', async () => {
    const reads = open();
    const items: Item[] = [ALEXEI_ITEM];
    storeHolds(store, items);
    const before = await reads.get(BOB_ITEM);
    items.push(BOB_ITEM);

    const after = await reads.get(BOB_ITEM);

    expect([before, after]).toEqual([undefined, BOB_ITEM]);
    expect(inputs()).toEqual([single(BOB_ITEM), single(BOB_ITEM)]);
  });

  it('have a call of their own if they belong to another request', async () => {
    await Promise.all([ALEXEI_ITEM, BOB_ITEM].map(async (item) => open().get(item)));

    expect(inputs()).toEqual([single(ALEXEI_ITEM), single(BOB_ITEM)]);
  });
});

describe('a batch whose keys DynamoDB does not process', () => {
  const keys = [ALEXEI_ITEM, BOB_ITEM].map(keyOf);
  const asked = () => store.commandCalls(BatchGetCommand).map(({ args: [{ input }] }) => input);
  const page = (items: readonly Item[], unprocessed: readonly object[]) => ({
    Responses: { 'the-table': [...items] },
    UnprocessedKeys: { 'the-table': { Keys: [...unprocessed] as Record<string, unknown>[] } },
  });

  it('is sent again with the rest, with eventual consistency', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    store
      .on(BatchGetCommand)
      .resolvesOnce(page([BOB_ITEM], keys.slice(0, 1)))
      .resolvesOnce({ UnprocessedKeys: page([], keys.slice(0, 1)).UnprocessedKeys })
      .resolvesOnce(page([ALEXEI_ITEM], []));

    await expect(open().getAll(keys)).resolves.toEqual([BOB_ITEM, ALEXEI_ITEM]);

    const sent = [keys, keys.slice(0, 1), keys.slice(0, 1)];
    expect(asked()).toEqual(
      sent.map((Keys) => ({ RequestItems: { 'the-table': { Keys, ConsistentRead: false } } })),
    );
  });

  it('is not sent if there are none', async () => {
    await expect(open().getAll([])).resolves.toEqual([]);
    expect(asked()).toEqual([]);
  });

  it('is unavailable after 8 attempts, with pauses of up to 2.4 s in total', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const pause = jest.spyOn(timers, 'setTimeout').mockResolvedValue(undefined);
    store.on(BatchGetCommand).resolves(page([], keys));

    await expect(open().getAll(keys)).rejects.toMatchObject({ name: 'StoreUnavailableError' });

    expect(asked()).toHaveLength(8);
    expect(pause.mock.calls.map(([time]) => time)).toEqual([25, 50, 100, 200, 400, 800, 800]);
  });

  it('does not pause if all keys were processed, or beyond the deadline', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(1);
    const pause = jest.spyOn(timers, 'setTimeout');
    await open().getAll(keys);
    expect(pause).not.toHaveBeenCalled();

    store.on(BatchGetCommand).resolves(page([], keys));
    const reading = open({ signal: AbortSignal.timeout(5) }).getAll(keys);

    const cause = { name: 'AbortError' };
    await expect(reading).rejects.toMatchObject({ name: 'StoreUnavailableError', cause });
  });
});

describe('a query', () => {
  const KEY = { PK: 'the last one', SK: 'of the page' };

  it.each([
    [10, undefined, [10, 20, 40]],
    [800, 'an-index', [800, 1600, 2000]],
    [undefined, undefined, [undefined, undefined, undefined]],
  ])('with limit %s follows the pages, of the table or an index', async (Limit, index, limits) => {
    store
      .on(QueryCommand)
      .resolvesOnce({ Items: [ALEXEI_ITEM], LastEvaluatedKey: KEY })
      .resolvesOnce({ LastEvaluatedKey: KEY })
      .resolvesOnce({ Items: [BOB_ITEM] });
    const input = { ...(Limit && { Limit }), ...(index && { IndexName: index }) };

    const pages = await Array.fromAsync(open().query(input));

    expect(pages).toEqual([[ALEXEI_ITEM], [], [BOB_ITEM]]);
    expect(inputs()).toEqual(
      limits.map((limit, i) => ({
        ...input,
        TableName: 'the-table',
        // An index has no consistent reads.
        ConsistentRead: index === undefined,
        ...(limit && { Limit: limit }),
        ...(i > 0 && { ExclusiveStartKey: KEY }),
      })),
    );
  });
});
