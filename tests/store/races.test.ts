import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { type Appointment, hasEnded } from '../../src/domain/appointment.ts';
import { PRACTITIONER_DOUBLE_BOOKING } from '../../src/domain/ports.ts';
import { slotDate } from '../../src/domain/slot.ts';
import { itemOf, replacedItemOf, slotItemOf } from '../../src/repositories/appointment-items.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { type Item, openTable } from '../../src/repositories/store.ts';
import { appointmentOf, openClinic } from '../support/clinic.ts';
import { january, newAppointment, type People } from '../support/people.ts';
import { newPeople, storedItems, widen } from '../support/tables.ts';

jest.setTimeout(30_000);

const table = openTable(`appointments-${randomUUID()}`);
const wideTable = widen(table);
let people: People;

beforeAll(async () => {
  await createTable(table.name);
});

beforeEach(async () => {
  people = await newPeople(table);
});

/** What a call returns for each of the numbers from 0, all at once. */
async function all<T>(count: number, call: (i: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, async (_, i) => call(i)));
}

/** One of the 48 half hours of a date. */
const halfHour = (i: number) =>
  `${String(Math.floor(i / 2)).padStart(2, '0')}:${i % 2 === 0 ? '00' : '30'}`;

/** How many outcomes there are of each kind. */
function kindsOf(outcomes: readonly { kind: string }[]): Record<string, number> {
  const kinds = Object.entries(Object.groupBy(outcomes, ({ kind }) => kind));
  return Object.fromEntries(kinds.map(([kind, of = []]) => [kind, of.length]));
}

/** The only appointment that the commands booked or ended. */
function winnerOf(outcomes: readonly { kind: string; appointment?: Appointment }[]): Appointment {
  const winners = outcomes.filter(({ appointment }) => appointment !== undefined);
  expect(winners).toHaveLength(1);
  return appointmentOf(winners[0] ?? { kind: 'nobody' });
}

describe.each(PRACTITIONER_DOUBLE_BOOKING)('double booking: %s', (doubleBooking) => {
  const clinic = openClinic(() => createRepositories(wideTable, doubleBooking));
  const { appointments } = createRepositories(wideTable, doubleBooking);

  const booked = async (slot = january(7), of = people) =>
    appointmentOf(await clinic.book(of, slot));

  /** The appointment as it is now, wherever it is stored. */
  async function current({ patientId, slot, appointmentId }: Appointment): Promise<Appointment> {
    const appointment = await appointments.find(patientId, { date: slotDate(slot), appointmentId });
    return appointmentOf({ kind: 'lost', ...(appointment && { appointment }) });
  }

  /** Expects exactly these appointments, and the times of those that are booked. */
  async function expectStored(of: People, ...expected: readonly Appointment[]): Promise<void> {
    const booked = expected.filter((one) => !hasEnded(one));
    const dates = new Set(booked.map(({ slot }) => slotDate(slot)));
    const items: Item[] = expected.map((one) =>
      hasEnded(one) && dates.has(slotDate(one.slot)) ? replacedItemOf(one) : itemOf(one),
    );
    const bySortKey = (a: Item, b: Item) => (String(a['SK']) < String(b['SK']) ? -1 : 1);
    const { appointments, slots } = await storedItems(table, of);
    expect(appointments).toEqual(items.toSorted(bySortKey));
    expect(slots.filter(({ status }) => status === 'taken')).toEqual(
      doubleBooking === 'reject' ? booked.map(slotItemOf).toSorted(bySortKey) : [],
    );
  }

  it('one of 200 concurrent bookings gets a date, and all others see its appointment', async () => {
    const outcomes = await all(200, async (i) => clinic.book(people, january(7, halfHour(i % 48))));

    const winner = winnerOf(outcomes);
    const conflicts = outcomes.flatMap((one) => ('conflict' in one ? [one.conflict] : []));
    expect(conflicts).toEqual(Array.from({ length: 199 }, () => winner));
    await expectStored(people, winner);
  });

  it('each of 20 dates goes to one of 20 writers', async () => {
    const holders = await all(20, async (writer) => {
      const held: Appointment[] = [];
      for (let i = 0; i < 20; i += 1) {
        // Each writer starts elsewhere, so that they meet at every date in another order.
        const own = newAppointment(people, january(1 + ((i + writer) % 20), halfHour(writer)));
        const outcome = await appointments.create(own);
        held.push('holder' in outcome ? outcome.holder : own);
      }
      return held;
    });

    const stored = new Map(holders.flat().map((one) => [one.appointmentId, one]));
    expect(stored.size).toBe(20);
    await expectStored(people, ...stored.values());
  });

  it('one of 100 concurrent clients cancels an appointment, and all others repeat it', async () => {
    const first = await booked();

    const outcomes = await all(100, async () => clinic.cancel(first));

    expect(kindsOf(outcomes)).toEqual({ cancelled: 1, replayed: 99 });
    await expectStored(people, await current(first));
  });

  it.each([
    ['within the date', january(7, '10:00')],
    ['to another date', january(8)],
  ])('either a cancellation or a reschedule %s ends an appointment', async (_name, to) => {
    await all(20, async () => {
      const of = await newPeople(table);
      const first = await booked(january(7), of);

      const [cancelling, rescheduling] = await Promise.all([
        clinic.cancel(first),
        clinic.reschedule(first, to),
      ]);

      const next = 'appointment' in rescheduling ? [rescheduling.appointment] : [];
      expect([cancelling.kind, rescheduling.kind]).toEqual(
        next.length === 0
          ? ['cancelled', 'appointment-cancelled']
          : ['appointment-rescheduled', 'rescheduled'],
      );
      await expectStored(of, await current(first), ...next);
    });
  });

  it('one of 50 concurrent bookings gets a date that was freed twice', async () => {
    const ended = [
      appointmentOf(await clinic.cancel(await booked())),
      appointmentOf(await clinic.cancel(await booked())),
    ];

    const outcomes = await all(50, async () => clinic.book(people, january(7)));

    expect(kindsOf(outcomes)).toEqual({ booked: 1, 'patient-day-taken': 49 });
    await expectStored(people, ...ended, winnerOf(outcomes));
  });

  it('bookings that race with a cancellation lose no appointment', async () => {
    await all(10, async () => {
      const of = await newPeople(table);
      const first = await booked(january(7), of);

      const [cancelling, ...booking] = await Promise.all([
        clinic.cancel(first),
        ...Array.from({ length: 5 }, async () => clinic.book(of, january(7))),
      ]);

      expect(cancelling.kind).toBe('cancelled');
      const winners = booking.flatMap((outcome) =>
        outcome.kind === 'booked' ? [outcome.appointment] : [],
      );
      expect(winners.length).toBeLessThanOrEqual(1);
      await expectStored(of, await current(first), ...winners);
    });
  });

  it.each([
    ['within the date', (i: number) => january(7, halfHour(20 + i))],
    ['to other dates', (i: number) => january(8 + i)],
  ])('one of 20 concurrent reschedules of an appointment %s wins', async (_name, to) => {
    const first = await booked();

    const outcomes = await all(20, async (i) => clinic.reschedule(first, to(i)));

    expect(kindsOf(outcomes)).toEqual({ rescheduled: 1, 'appointment-rescheduled': 19 });
    await expectStored(people, await current(first), winnerOf(outcomes));
  });

  it('one of 20 appointments that are rescheduled to one freed date gets it', async () => {
    const ended = appointmentOf(await clinic.cancel(await booked()));
    const olds = await all(20, async (i) => booked(january(8 + i)));

    const outcomes = await all(20, async (i) =>
      clinic.reschedule(olds[i] ?? ended, january(7, '10:00')),
    );

    expect(kindsOf(outcomes)).toEqual({ rescheduled: 1, 'patient-day-taken': 19 });
    await expectStored(
      people,
      ended,
      ...(await all(20, async (i) => current(olds[i] ?? ended))),
      winnerOf(outcomes),
    );
  });
});

it.each([
  ['is free', false],
  ['was freed', true],
])("one of 100 patients gets a practitioner's time that %s", async (_name, isFreed) => {
  const clinic = openClinic(() => createRepositories(wideTable, 'reject'));
  const { practitionerId } = people;
  if (isFreed) await clinic.cancel(appointmentOf(await clinic.book(people, january(7))));
  const others = await all(100, async () => ({ ...(await newPeople(table)), practitionerId }));

  const outcomes = await Promise.all(others.map(async (one) => clinic.book(one, january(7))));

  expect(kindsOf(outcomes)).toEqual({ booked: 1, 'practitioner-slot-taken': 99 });
  const winner = winnerOf(outcomes);
  const stored = await Promise.all(others.map(async (one) => storedItems(table, one)));
  expect(stored.flatMap(({ appointments }) => appointments)).toEqual([itemOf(winner)]);
  expect(stored[0]?.slots).toEqual([slotItemOf(winner)]);
});
