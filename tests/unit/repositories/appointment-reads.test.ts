import { describe, expect, it, jest } from '@jest/globals';
import type { Appointment } from '../../../src/domain/appointment.ts';
import type { DateRange } from '../../../src/domain/ports.ts';
import { FIRST_DATE, LAST_DATE } from '../../../src/domain/slot.ts';
import { itemOf, replacedItemOf } from '../../../src/repositories/appointment-items.ts';
import { createAppointmentReads } from '../../../src/repositories/appointment-reads.ts';
import type { Reads } from '../../../src/repositories/reads.ts';
import type { Item } from '../../../src/repositories/store.ts';
import { PEOPLE } from '../../support/clinic.ts';
import { ALEXEI, BOB, cancelled, january, newAppointment } from '../../support/people.ts';

type Query = Parameters<Reads['query']>[0];

const EVER = { from: FIRST_DATE, to: LAST_DATE, limit: 10 } as const;
const ALL: DateRange = { ...EVER, patientId: ALEXEI.patientId, status: 'all', order: 'asc' };

const booked = (slot = january(7)) => newAppointment(PEOPLE, slot);
const ended = (slot = january(7)) => cancelled(booked(slot));

/** Reads that find these pages, and then these replaced appointments of a date. */
function readsOf(pages: readonly (readonly Item[])[], replaced: readonly Item[] = []) {
  const queries: Query[] = [];
  const reads = {
    async *query(input: Query) {
      queries.push(input);
      const isOfDate = input.KeyConditionExpression?.includes('begins_with') === true;
      yield* await Promise.resolve(isOfDate ? [replaced] : pages);
    },
  } as Partial<Reads> as Reads;
  return { queries, appointments: createAppointmentReads(reads, 'allow') };
}

describe('listByPatient', () => {
  it.each([
    ['asc', 12, 13],
    ['desc', 12, 13],
  ] as const)('reads what a page needs at once, %s', async (order, first, further) => {
    const { queries, appointments } = readsOf([]);

    await appointments.listByPatient({ ...ALL, order });
    await appointments.listByPatient({ ...ALL, order, after: booked().appointmentId });

    expect(queries.map(({ Limit }) => Limit)).toEqual([first, further]);
    expect(queries[0]?.ScanIndexForward).toBe(order === 'asc');
  });

  it('reads no further than the date after a full page', async () => {
    const all = [6, 7, 8].map((day) => booked(january(day)));
    const unneeded = [{ SK: 'cannot be parsed' }];
    const { appointments } = readsOf([...all.map((one) => [itemOf(one)]), unneeded]);

    await expect(appointments.listByPatient({ ...ALL, limit: 1 })).resolves.toEqual({
      items: all.slice(0, 1),
      more: true,
    });
  });

  it.each(['asc', 'desc'] as const)(
    'has an appointment once that is replaced while it is read, %s',
    async (order) => {
      const [replaced, next] = [ended(), booked(january(7, '10:00'))];
      const items = [itemOf(replaced), replacedItemOf(replaced)];
      const pages = order === 'asc' ? [items, [itemOf(next)]] : [[itemOf(next)], items];

      const { items: listed } = await readsOf(pages).appointments.listByPatient({ ...ALL, order });

      expect(listed).toEqual(order === 'asc' ? [replaced, next] : [next, replaced]);
    },
  );

  it('has what was replaced between two pages of a date, latest first', async () => {
    const before = [ended(january(7, '12:00')), ended(january(7, '11:00'))];
    const between = ended(january(7, '10:00'));
    const holder = booked(january(7, '15:00'));
    const { queries, appointments } = readsOf(
      [before.map(replacedItemOf), [itemOf(holder)], [itemOf(booked(january(6)))]],
      [...before, between].map(replacedItemOf),
    );

    const { items } = await appointments.listByPatient({ ...ALL, order: 'desc' });

    expect(items.slice(0, -1)).toEqual([holder, ...before, between]);
    expect(queries).toHaveLength(2);
    expect(queries[1]?.ExpressionAttributeValues).toEqual({
      ':patient': 'PATIENT#1',
      ':day': 'DAY#2021-01-07#',
    });
  });

  it.each(['asc', 'desc'] as const)(
    'sorts and reads each of many appointments of a date once, %s',
    async (order) => {
      const all: Appointment[] = Array.from({ length: 1000 }, () => ended());
      let reads = 0;
      const items = all.map((one) => ({
        ...itemOf(one),
        SK: `DAY#2021-01-07#${one.appointmentId}`,
        get appointment_id() {
          reads += 1;
          return one.appointmentId;
        },
      }));
      const pages = Array.from({ length: 100 }, (_, i) => items.slice(10 * i, 10 * i + 10));
      const sort = jest.spyOn(Array.prototype, 'sort');

      await readsOf(pages).appointments.listByPatient({ ...ALL, order });

      const sorted = sort.mock.contexts.map((array) => (array as unknown[]).length);
      sort.mockRestore();
      expect(sorted.reduce((sum, length) => sum + length, 0)).toBe(1000);
      // The last appointment of a page tells the date of the next one.
      expect(reads).toBeLessThanOrEqual(1000 + pages.length);
    },
  );
});

describe('listByPractitioner', () => {
  it('reads what a page needs at once, from the index', async () => {
    const { queries, appointments } = readsOf([]);
    const range = { ...EVER, practitionerId: BOB.practitionerId, order: 'asc' } as const;

    await appointments.listByPractitioner(range);
    await appointments.listByPractitioner({ ...range, after: `${january(7)}_` as never });

    expect(queries.map(({ Limit }) => Limit)).toEqual([11, 12]);
    expect(queries.map(({ IndexName }) => IndexName)).toEqual([
      'by-practitioner',
      'by-practitioner',
    ]);
  });

  it('reads no further than a full page', async () => {
    const all = [6, 7, 8].map((day) => booked(january(day)));
    const { appointments } = readsOf([all.map(itemOf), [{ SK: 'cannot be parsed' }]]);
    const { practitionerId } = PEOPLE;

    await expect(
      appointments.listByPractitioner({ ...EVER, practitionerId, order: 'asc', limit: 2 }),
    ).resolves.toEqual({ items: all.slice(0, 2), more: true });
  });
});
