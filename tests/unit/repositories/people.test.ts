import { describe, expect, it } from '@jest/globals';
import { createPeopleReads } from '../../../src/repositories/people.ts';
import type { Reads } from '../../../src/repositories/reads.ts';
import type { Item } from '../../../src/repositories/store.ts';
import { ALEXEI, ALEXEI_ITEM, alwaysOpen, BOB, BOB_ITEM } from '../../support/people.ts';

describe('people', () => {
  const peopleWith = (item: Item) =>
    createPeopleReads({
      get: async () => Promise.resolve(item),
      getAll: async () => Promise.resolve([item]),
    } as Partial<Reads> as Reads);

  it('can have no NPI', async () => {
    const item = { ...BOB_ITEM, npi: null };
    const found = peopleWith(item).findPractitioner(BOB.practitionerId);

    await expect(found).resolves.toEqual(alwaysOpen({ ...BOB, npi: null }));
  });

  it('are rejected if they are stored wrongly', async () => {
    const unnamed = peopleWith({ ...ALEXEI_ITEM, last_name: '' });
    const invalid = { name: 'InvalidItemError' };

    await expect(unnamed.findPatient(ALEXEI.patientId)).rejects.toMatchObject(invalid);
    await expect(unnamed.findPatients([ALEXEI.patientId])).rejects.toMatchObject(invalid);
    await expect(
      peopleWith({ ...BOB_ITEM, npi: 100 }).findPractitioner(BOB.practitionerId),
    ).rejects.toMatchObject(invalid);
  });
});
