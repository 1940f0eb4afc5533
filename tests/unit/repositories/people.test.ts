import { describe, expect, it } from '@jest/globals';
import { createPeopleRepository } from '../../../src/repositories/people.ts';
import type { Reads } from '../../../src/repositories/reads.ts';
import type { Item } from '../../../src/repositories/store.ts';
import { ALEXEI, ALEXEI_ITEM, BOB, BOB_ITEM } from '../../support/people.ts';

describe('people', () => {
  const peopleWith = (item: Item) =>
    createPeopleRepository({
      get: async () => Promise.resolve(item),
      getAll: async () => Promise.resolve([item]),
    } as Partial<Reads> as Reads);

  it('who were stored without an NPI have none', async () => {
    const { npi: _, ...item } = BOB_ITEM;
    const found = peopleWith(item).findPractitioner(BOB.practitionerId);

    await expect(found).resolves.toEqual({ ...BOB, npi: null });
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
