import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import {
  createPatientRepository,
  createPractitionerRepository,
} from '../../../src/repositories/people.ts';
import { openTable } from '../../../src/repositories/table.ts';
import { ALEXEI, ALEXEI_ITEM, BOB, BOB_ITEM } from '../../support/people.ts';
import { conditionFailed, UNAVAILABILITIES } from '../../support/store-errors.ts';

const store = mockClient(DynamoDBDocumentClient);
const table = openTable('the-table');
const patients = createPatientRepository(table);
const practitioners = createPractitionerRepository(table);

beforeEach(() => {
  store.reset();
});

describe.each([
  {
    of: 'patients',
    find: async () => patients.findById(ALEXEI.patientId),
    create: async () => patients.create(ALEXEI),
    person: ALEXEI,
    renamed: { ...ALEXEI, firstName: 'Mathew' },
    item: ALEXEI_ITEM,
    other: { ...ALEXEI_ITEM, first_name: 'Mathew' },
    wrong: { ...ALEXEI_ITEM, last_name: '' },
  },
  {
    of: 'practitioners',
    find: async () => practitioners.findById(BOB.practitionerId),
    create: async () => practitioners.create(BOB),
    person: BOB,
    renamed: { ...BOB, firstName: 'Alice', npi: null },
    item: BOB_ITEM,
    other: { ...BOB_ITEM, first_name: 'Alice', npi: null },
    wrong: { ...BOB_ITEM, npi: 100 },
  },
])('the repository of $of', ({ find, create, person, renamed, item, other, wrong }) => {
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

  it('finds nothing where there is nothing', async () => {
    store.on(GetCommand).resolves({});

    await expect(find()).resolves.toBeUndefined();
  });

  it('refuses a stored item that is not what it should be', async () => {
    store.on(GetCommand).resolves({ Item: wrong });

    await expect(find()).rejects.toMatchObject({ name: '$ZodError' });
  });

  it('creates by one conditional put', async () => {
    store.on(PutCommand).resolves({});

    await expect(create()).resolves.toEqual(person);

    expect(store.calls()).toHaveLength(1);
    expect(store.call(0).args[0].input).toEqual({
      TableName: 'the-table',
      Item: item,
      ConditionExpression: 'attribute_not_exists(PK)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  it('leaves whoever has the id, and returns them', async () => {
    store.on(PutCommand).rejects(conditionFailed(other));

    await expect(create()).resolves.toEqual(renamed);
  });

  it.each(UNAVAILABILITIES)('turns %s into store-unavailable', async (_name, error) => {
    store.on(GetCommand).rejects(error).on(PutCommand).rejects(error);
    const unavailable = { details: { code: 'store-unavailable' }, cause: error };

    await expect(find()).rejects.toMatchObject(unavailable);
    await expect(create()).rejects.toMatchObject(unavailable);
  });

  it('rethrows anything else', async () => {
    const error = new ResourceNotFoundException({ message: 'no table', $metadata: {} });
    store.on(GetCommand).rejects(error).on(PutCommand).rejects(error);

    await expect(find()).rejects.toBe(error);
    await expect(create()).rejects.toBe(error);
  });
});

describe('a practitioner who was stored without an NPI', () => {
  it('is found as one without', async () => {
    const { npi: _, ...item } = BOB_ITEM;
    store.on(GetCommand).resolves({ Item: item });

    await expect(practitioners.findById(BOB.practitionerId)).resolves.toEqual({
      ...BOB,
      npi: null,
    });
  });
});
