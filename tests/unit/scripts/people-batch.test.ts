import { ResourceNotFoundException, ThrottlingException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { createPeopleBatch } from '../../../scripts/people-import/people-batch.ts';
import type { Id, Patient } from '../../../src/domain/people.ts';
import { openTable } from '../../../src/repositories/store.ts';
import { ALEXEI, ALEXEI_ITEM, BOB, BOB_ITEM } from '../../support/people.ts';

const TABLE = 'the-table';
const KEYS = [
  { PK: 'PATIENT#1', SK: 'PROFILE' },
  { PK: 'PRACTITIONER#1', SK: 'PROFILE' },
];

const store = mockClient(DynamoDBDocumentClient);
const pause = jest.fn(async (milliseconds: number) => Promise.resolve(milliseconds));
const people = createPeopleBatch(openTable(TABLE), pause);

/** Makes the store return these items and accept every write. */
function storeHolds(...items: Record<string, unknown>[]): void {
  store.on(BatchGetCommand).resolves({ Responses: { [TABLE]: items } });
  store.on(BatchWriteCommand).resolves({});
}

function written(): unknown[][] {
  return store
    .commandCalls(BatchWriteCommand)
    .map(({ args: [{ input }] }) => putsOf(input).map(({ PutRequest }) => PutRequest?.Item));
}

const putsOf = ({ RequestItems }: BatchWriteCommandInput) => RequestItems?.[TABLE] ?? [];
const keysOf = ({ RequestItems }: BatchGetCommandInput) => RequestItems?.[TABLE]?.Keys ?? [];

function patients(count: number): Patient[] {
  return Array.from({ length: count }, (_, i) => ({ ...ALEXEI, patientId: String(i) as Id }));
}

beforeEach(() => {
  store.reset();
  pause.mockClear();
});

describe('people', () => {
  it('are compared by one consistent read', async () => {
    storeHolds(ALEXEI_ITEM, BOB_ITEM);

    await expect(people.store([ALEXEI, BOB])).resolves.toBe(0);

    expect(store.calls()).toHaveLength(1);
    expect(store.call(0).args[0].input).toEqual({
      RequestItems: { [TABLE]: { Keys: KEYS, ConsistentRead: true } },
    });
  });

  it('are written if they are new', async () => {
    storeHolds();

    await expect(people.store([ALEXEI, BOB])).resolves.toBe(2);
    expect(written()).toEqual([[ALEXEI_ITEM, BOB_ITEM]]);
  });

  it('are written if they changed, with the other attributes of their items', async () => {
    storeHolds({ ...ALEXEI_ITEM, first_name: 'Alex', note: 'kept' }, BOB_ITEM);

    await expect(people.store([ALEXEI, BOB])).resolves.toBe(1);
    expect(written()).toEqual([[{ ...ALEXEI_ITEM, note: 'kept' }]]);
  });

  it('replace an invalid item', async () => {
    const { last_name: _, ...item } = ALEXEI_ITEM;
    storeHolds({ ...item, first_name: 7 });

    await expect(people.store([ALEXEI])).resolves.toBe(1);
    expect(written()).toEqual([[ALEXEI_ITEM]]);
  });

  it('change if the NPI disappears, but not if there never was one', async () => {
    const { npi: _, ...withoutNpi } = BOB_ITEM;
    storeHolds(BOB_ITEM);
    await expect(people.store([{ ...BOB, npi: null }])).resolves.toBe(1);
    storeHolds(withoutNpi);
    await expect(people.store([{ ...BOB, npi: null }])).resolves.toBe(0);

    expect(written()).toEqual([[{ ...BOB_ITEM, npi: null }]]);
  });

  it('are only counted by compare', async () => {
    storeHolds(BOB_ITEM);

    await expect(people.compare([ALEXEI, BOB])).resolves.toBe(1);
    expect(written()).toEqual([]);
  });

  it('are written 25 at a time, the most that DynamoDB accepts', async () => {
    storeHolds();

    await expect(people.store(patients(60))).resolves.toBe(60);
    expect(written().map(({ length }) => length)).toEqual([25, 25, 10]);
  });
});

describe('unprocessed items', () => {
  it('are retried without the others, after pauses', async () => {
    const unread = { [TABLE]: { Keys: [KEYS[1] ?? {}] } };
    store
      .on(BatchGetCommand)
      .resolvesOnce({ Responses: { [TABLE]: [ALEXEI_ITEM] }, UnprocessedKeys: unread })
      .resolvesOnce({ UnprocessedKeys: unread })
      .resolves({ Responses: { [TABLE]: [{ ...BOB_ITEM, last_name: 'Old' }] } });
    const unwritten = { [TABLE]: [{ PutRequest: { Item: BOB_ITEM } }] };
    store
      .on(BatchWriteCommand)
      .resolvesOnce({ UnprocessedItems: unwritten })
      .resolvesOnce({ UnprocessedItems: unwritten })
      .resolves({ UnprocessedItems: {} });

    await expect(people.store([ALEXEI, BOB])).resolves.toBe(1);

    expect(
      store.commandCalls(BatchGetCommand).map(({ args: [{ input }] }) => keysOf(input)),
    ).toEqual([KEYS, [KEYS[1]], [KEYS[1]]]);
    expect(written()).toEqual([[BOB_ITEM], [BOB_ITEM], [BOB_ITEM]]);
    expect(pause).toHaveBeenCalledTimes(4);
  });

  it('end the batch after ten attempts, with growing random pauses', async () => {
    const random = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    storeHolds();
    store
      .on(BatchWriteCommand)
      .resolves({ UnprocessedItems: { [TABLE]: [{ PutRequest: { Item: ALEXEI_ITEM } }] } });

    await expect(people.store([ALEXEI])).rejects.toMatchObject({
      name: 'StoreUnavailableError',
    });

    expect(written()).toHaveLength(10);
    expect(pause.mock.calls.flat()).toEqual([50, 100, 200, 400, 800, 1600, 2500, 2500, 2500]);
    random.mockRestore();
  });

  it('are retried as long as there is progress', async () => {
    storeHolds();
    // Accepts one item per call.
    store.on(BatchWriteCommand).callsFake((input: BatchWriteCommandInput) => ({
      UnprocessedItems: { [TABLE]: putsOf(input).slice(1) },
    }));

    await expect(people.store(patients(15))).resolves.toBe(15);
    expect(written()).toHaveLength(15);
  });
});

describe('a failing call', () => {
  it('is retried if the store throttles it, up to ten times', async () => {
    const throttled = new ThrottlingException({ message: 'slow down', $metadata: {} });
    storeHolds();
    store.on(BatchWriteCommand).rejectsOnce(throttled).resolves({});
    await expect(people.store([ALEXEI])).resolves.toBe(1);

    store.on(BatchGetCommand).rejects(throttled);
    await expect(people.store([ALEXEI])).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: throttled,
    });
    expect(store.commandCalls(BatchGetCommand)).toHaveLength(1 + 10);
  });

  it('is not retried if the error is permanent', async () => {
    const error = new ResourceNotFoundException({ message: 'no table', $metadata: {} });
    store.on(BatchGetCommand).rejects(error);

    await expect(people.store([ALEXEI])).rejects.toBe(error);
    expect(store.calls()).toHaveLength(1);
  });
});
