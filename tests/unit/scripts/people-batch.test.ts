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
import { openTable } from '../../../src/repositories/table.ts';
import { ALEXEI, ALEXEI_ITEM, BOB, BOB_ITEM } from '../../support/people.ts';

const TABLE = 'the-table';
const KEYS = [
  { PK: 'PATIENT#1', SK: 'PROFILE' },
  { PK: 'PRACTITIONER#1', SK: 'PROFILE' },
];

const store = mockClient(DynamoDBDocumentClient);
const pause = jest.fn(async (milliseconds: number) => Promise.resolve(milliseconds));
const people = createPeopleBatch(openTable(TABLE), pause);

/** The store holds these items, and takes every write. */
function holding(...items: Record<string, unknown>[]): void {
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

describe('people who come in', () => {
  it('are compared by one consistent read of their profiles', async () => {
    holding(ALEXEI_ITEM, BOB_ITEM);

    await expect(people.store([ALEXEI, BOB])).resolves.toBe(0);

    expect(store.calls()).toHaveLength(1);
    expect(store.call(0).args[0].input).toEqual({
      RequestItems: { [TABLE]: { Keys: KEYS, ConsistentRead: true } },
    });
  });

  it('are written where they are new', async () => {
    holding();

    await expect(people.store([ALEXEI, BOB])).resolves.toBe(2);
    expect(written()).toEqual([[ALEXEI_ITEM, BOB_ITEM]]);
  });

  it('are written where they have changed, with what else their item holds', async () => {
    holding({ ...ALEXEI_ITEM, first_name: 'Alex', note: 'kept' }, BOB_ITEM);

    await expect(people.store([ALEXEI, BOB])).resolves.toBe(1);
    expect(written()).toEqual([[{ ...ALEXEI_ITEM, note: 'kept' }]]);
  });

  it('replace an item that is not what it should be', async () => {
    const { last_name: _, ...item } = ALEXEI_ITEM;
    holding({ ...item, first_name: 7 });

    await expect(people.store([ALEXEI])).resolves.toBe(1);
    expect(written()).toEqual([[ALEXEI_ITEM]]);
  });

  it('have changed where the NPI has gone, not where it never was', async () => {
    const { npi: _, ...withoutNpi } = BOB_ITEM;
    holding(BOB_ITEM);
    await expect(people.store([{ ...BOB, npi: null }])).resolves.toBe(1);
    holding(withoutNpi);
    await expect(people.store([{ ...BOB, npi: null }])).resolves.toBe(0);

    expect(written()).toEqual([[{ ...BOB_ITEM, npi: null }]]);
  });

  it('are only counted by a comparison', async () => {
    holding(BOB_ITEM);

    await expect(people.compare([ALEXEI, BOB])).resolves.toBe(1);
    expect(written()).toEqual([]);
  });

  it('are written by 25, as many as DynamoDB takes', async () => {
    holding();

    await expect(people.store(patients(60))).resolves.toBe(60);
    expect(written().map(({ length }) => length)).toEqual([25, 25, 10]);
  });
});

describe('what the store does not process', () => {
  it('is read and written again, that alone, after pauses', async () => {
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

  it('is given up after ten tries in a row, with pauses that grow and are drawn by chance', async () => {
    const chance = jest.spyOn(Math, 'random').mockReturnValue(0.5);
    holding();
    store
      .on(BatchWriteCommand)
      .resolves({ UnprocessedItems: { [TABLE]: [{ PutRequest: { Item: ALEXEI_ITEM } }] } });

    await expect(people.store([ALEXEI])).rejects.toMatchObject({
      name: 'StoreUnavailableError',
    });

    expect(written()).toHaveLength(10);
    expect(pause.mock.calls.flat()).toEqual([50, 100, 200, 400, 800, 1600, 2500, 2500, 2500]);
    chance.mockRestore();
  });

  it('is not given up as long as some of it is taken', async () => {
    holding();
    // One of fifteen more each time.
    store.on(BatchWriteCommand).callsFake((input: BatchWriteCommandInput) => ({
      UnprocessedItems: { [TABLE]: putsOf(input).slice(1) },
    }));

    await expect(people.store(patients(15))).resolves.toBe(15);
    expect(written()).toHaveLength(15);
  });
});

describe('a store that', () => {
  it('throttles whole calls is tried again, and at last unavailable', async () => {
    const throttled = new ThrottlingException({ message: 'slow down', $metadata: {} });
    holding();
    store.on(BatchWriteCommand).rejectsOnce(throttled).resolves({});
    await expect(people.store([ALEXEI])).resolves.toBe(1);

    store.on(BatchGetCommand).rejects(throttled);
    await expect(people.store([ALEXEI])).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: throttled,
    });
    expect(store.commandCalls(BatchGetCommand)).toHaveLength(1 + 10);
  });

  it('refuses is not tried again', async () => {
    const error = new ResourceNotFoundException({ message: 'no table', $metadata: {} });
    store.on(BatchGetCommand).rejects(error);

    await expect(people.store([ALEXEI])).rejects.toBe(error);
    expect(store.calls()).toHaveLength(1);
  });
});
