import { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
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
