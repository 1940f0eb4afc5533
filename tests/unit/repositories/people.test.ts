import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
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

    await expect(find()).rejects.toMatchObject({ name: '$ZodError' });
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
