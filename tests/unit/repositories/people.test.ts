import { describe, expect, it } from '@jest/globals';
import { createPeopleReads } from '../../../src/repositories/people.ts';
import type { Reads } from '../../../src/repositories/reads.ts';
import type { Item } from '../../../src/repositories/store.ts';
import { ALEXEI, ALEXEI_ITEM, BOB, BOB_ITEM } from '../../support/people.ts';

const peopleWith = (item: Item) =>
  createPeopleReads({
    get: async () => Promise.resolve(item),
    getAll: async () => Promise.resolve([item]),
  } as Partial<Reads> as Reads);

describe('people with invalid stored data are rejected', () => {
  it('among patients', async () => {
    const unnamed = peopleWith({ ...ALEXEI_ITEM, last_name: '' });
    const invalid = { name: 'InvalidItemError', attribute: 'last_name' };

    await expect(unnamed.findPatient(ALEXEI.patientId)).rejects.toMatchObject(invalid);
    await expect(unnamed.findPatients([ALEXEI.patientId])).rejects.toMatchObject(invalid);
  });

  const range = { from: '09:00', to: '12:00' };
  it.each<[string, unknown[]]>([
    ['npi', [100, undefined]],
    ['hours', [undefined, 'x', 1, [], new Set(['mon']), { foo: 1 }, { mon: [range], Tue: [] }]],
    ['hours.mon', [null, 'x', {}, range].map((mon) => ({ mon }))],
    ['hours.mon.from', [null, 'x', {}].map((one) => ({ tue: [], mon: [range, one] }))],
    ['hours.mon.to', [{ mon: [{ ...range, to: '12:15' }] }]],
    ['time_off', [undefined, null, 'x', {}]],
    ['time_off.from', [[range]]],
  ])('among practitioners: %s', async (attribute, values) => {
    for (const value of values) {
      const people = peopleWith({ ...BOB_ITEM, [attribute.replace(/\..*/, '')]: value });

      await expect(people.findPractitioner(BOB.practitionerId)).rejects.toMatchObject({
        name: 'InvalidItemError',
        attribute,
        message: expect.stringMatching(`^The stored attribute ${attribute} must be `),
      });
    }
  });
});
