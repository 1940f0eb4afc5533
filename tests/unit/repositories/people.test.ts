import timers from 'node:timers/promises';
import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand, DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { Id } from '../../../src/domain/people.ts';
import { createPeopleRepository } from '../../../src/repositories/people.ts';
import { openTable } from '../../../src/repositories/table.ts';
import { ALEXEI, ALEXEI_ITEM, BOB, BOB_ITEM } from '../../support/people.ts';
import { UNAVAILABILITIES } from '../../support/store-errors.ts';

const store = mockClient(DynamoDBDocumentClient);
const table = openTable('the-table');
const people = createPeopleRepository(table);

beforeEach(() => {
  store.reset();
});

describe.each([
  {
    of: 'patients',
    find: async () => people.findPatient(ALEXEI.patientId),
    person: ALEXEI,
    item: ALEXEI_ITEM,
    wrong: { ...ALEXEI_ITEM, last_name: '' },
  },
  {
    of: 'practitioners',
    find: async () => people.findPractitioner(BOB.practitionerId),
    person: BOB,
    item: BOB_ITEM,
    wrong: { ...BOB_ITEM, npi: 100 },
  },
])('$of', ({ find, person, item, wrong }) => {
  const key = { PK: item.PK, SK: item.SK };

  it('finds by one consistent read of the profile', async () => {
    store.on(GetCommand).resolves({ Item: item });

    await expect(find()).resolves.toEqual(person);

    expect(store.calls()).toHaveLength(1);
    expect(store.call(0).args[0].input).toEqual({
      TableName: 'the-table',
      Key: key,
      ConsistentRead: true,
    });
  });

  it('finds nothing if there is no item', async () => {
    store.on(GetCommand).resolves({});

    await expect(find()).resolves.toBeUndefined();
  });

  it('rejects an invalid stored item', async () => {
    store.on(GetCommand).resolves({ Item: wrong });

    await expect(find()).rejects.toMatchObject({ name: 'InvalidItemError' });
  });

  it.each(UNAVAILABILITIES)('throws StoreUnavailableError after %s', async (_name, error) => {
    store.on(GetCommand).rejects(error);
    const unavailable = { name: 'StoreUnavailableError', cause: error };

    await expect(find()).rejects.toMatchObject(unavailable);
  });

  it('passes on any other error', async () => {
    const error = new ResourceNotFoundException({ message: 'no table', $metadata: {} });
    store.on(GetCommand).rejects(error);

    await expect(find()).rejects.toBe(error);
  });
});

describe('a practitioner who was stored without an NPI', () => {
  it('is found with a null NPI', async () => {
    const { npi: _, ...item } = BOB_ITEM;
    store.on(GetCommand).resolves({ Item: item });

    await expect(people.findPractitioner(BOB.practitionerId)).resolves.toEqual({
      ...BOB,
      npi: null,
    });
  });
});

describe('many patients', () => {
  const ids = (...digits: string[]) => digits as Id[];
  const item = (digit: string) => ({ ...ALEXEI_ITEM, PK: `PATIENT#${digit}`, patient_id: digit });
  const keys = (...digits: string[]) =>
    digits.map((digit) => ({ PK: `PATIENT#${digit}`, SK: 'PROFILE' }));

  /** The response to a batch read. */
  const found = (items: object[], unprocessed: object[] = []) => ({
    Responses: { 'the-table': items },
    UnprocessedKeys: unprocessed.length === 0 ? {} : { 'the-table': { Keys: unprocessed } },
  });

  const asked = () => store.commandCalls(BatchGetCommand).map(({ args: [{ input }] }) => input);
  const askedFor = (...digits: string[]) => ({
    RequestItems: { 'the-table': { Keys: keys(...digits), ConsistentRead: true } },
  });

  beforeEach(() => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('are found by one consistent read, each once, in any order, without those that do not exist', async () => {
    const pause = jest.spyOn(timers, 'setTimeout');
    store.on(BatchGetCommand).resolves(found([item('3'), item('1')]));

    await expect(people.findPatients(ids('1', '2', '1', '3'))).resolves.toEqual(
      new Map(ids('1', '3').map((patientId) => [patientId, { ...ALEXEI, patientId }])),
    );
    expect(asked()).toEqual([askedFor('1', '2', '3')]);
    expect(pause).not.toHaveBeenCalled();
  });

  it('are not read if there are none', async () => {
    await expect(people.findPatients([])).resolves.toEqual(new Map());
    expect(store.calls()).toHaveLength(0);
  });

  it('are asked for again as long as DynamoDB does not process their keys', async () => {
    store
      .on(BatchGetCommand)
      .resolvesOnce(found([item('2')], keys('1', '3')))
      .resolvesOnce({ UnprocessedKeys: found([], keys('1', '3')).UnprocessedKeys })
      .resolvesOnce(found([item('3')], keys('1')))
      .resolvesOnce(found([item('1')]));

    const patients = await people.findPatients(ids('1', '2', '3'));

    expect([...patients.keys()].toSorted()).toEqual(['1', '2', '3']);
    expect(asked()).toEqual([
      askedFor('1', '2', '3'),
      askedFor('1', '3'),
      askedFor('1', '3'),
      askedFor('1'),
    ]);
  });

  it('are unavailable after 8 attempts if DynamoDB never processes their keys, with pauses of up to 2.4 s in total', async () => {
    jest.mocked(Math.random).mockReturnValue(1);
    const pause = jest.spyOn(timers, 'setTimeout').mockResolvedValue(undefined);
    store.on(BatchGetCommand).resolves(found([], keys('1')));

    await expect(people.findPatients(ids('1'))).rejects.toMatchObject({
      name: 'StoreUnavailableError',
    });
    expect(asked()).toHaveLength(8);
    expect(pause.mock.calls.map(([duration]) => duration)).toEqual([
      25, 50, 100, 200, 400, 800, 800,
    ]);
  });

  it('are unavailable at the deadline if DynamoDB does not process their keys', async () => {
    jest.mocked(Math.random).mockReturnValue(1);
    store.on(BatchGetCommand).resolves(found([], keys('1')));
    const signal = AbortSignal.timeout(5);

    await expect(
      createPeopleRepository({ ...table, signal }).findPatients(ids('1')),
    ).rejects.toMatchObject({ name: 'StoreUnavailableError', cause: { name: 'AbortError' } });
    expect(asked()).toHaveLength(1);
  });

  it.each<[string, object, Error]>([
    ...UNAVAILABILITIES.map(
      ([name, cause]) =>
        [name, { name: 'StoreUnavailableError', cause }, cause] as [string, object, Error],
    ),
    ['anything else', { name: 'TypeError' }, new TypeError('a bug')],
  ])('cannot be read after %s', async (_name, thrown, error) => {
    store.on(BatchGetCommand).rejects(error);

    await expect(people.findPatients(ids('1'))).rejects.toMatchObject(thrown);
  });

  it('are rejected if a stored item is invalid', async () => {
    store.on(BatchGetCommand).resolves(found([item('1'), { ...item('2'), last_name: '' }]));

    await expect(people.findPatients(ids('1', '2'))).rejects.toMatchObject({
      name: 'InvalidItemError',
    });
  });
});
