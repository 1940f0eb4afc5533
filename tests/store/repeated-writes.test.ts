import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { type Appointment, type Cancellation } from '../../src/domain/appointment.ts';
import { PRACTITIONER_DOUBLE_BOOKING } from '../../src/domain/ports.ts';
import { type Slot, slotDate } from '../../src/domain/slot.ts';
import { itemOf, slotItemOf } from '../../src/repositories/appointment-items.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/store.ts';
import {
  appointmentOf,
  january,
  loseResponses,
  newAppointment,
  newPeople,
  openClinic,
  type People,
  storedItems,
} from '../support/clinic.ts';
import { cancelled } from '../support/people.ts';

const table = openTable(`appointments-${randomUUID()}`);
const attempts: number[] = [];
const lossyTable = { ...openTable(table.name), onCall: (count: number) => attempts.push(count) };
let people: People;

beforeAll(async () => {
  await createTable(table.name);
  loseResponses(lossyTable);
});

beforeEach(async () => {
  people = await newPeople(table);
});

describe.each(PRACTITIONER_DOUBLE_BOOKING)('double booking: %s', (doubleBooking) => {
  const clinic = openClinic(table, doubleBooking);
  const lossy = openClinic(lossyTable, doubleBooking);
  const { appointments } = clinic.repositories;

  const booked = async (slot = january(7), key?: string) =>
    appointmentOf(await clinic.book(people, slot, key));
  const ended = async (slot = january(7), key?: string) =>
    appointmentOf(await clinic.cancel(await booked(slot, key)));

  const cancellation = cancelled().ending as Cancellation;
  const on = (slot: Slot) => newAppointment(people, slot);
  const cancel = async (of: Appointment) => appointments.cancel(of, cancellation);
  const taken = (holder: Appointment) => ({
    kind: 'patient-day-taken',
    holder,
    isRetried: false,
  });

  describe('a command that the SDK sends again after a lost response', () => {
    it.each<[string, string, number, () => Promise<{ kind: string; appointment?: Appointment }>]>([
      ['books', 'booked', 1, async () => lossy.book(people, january(7))],
      ['cancels', 'cancelled', 1, async () => lossy.cancel(await booked())],
      [
        'books a freed date',
        'booked',
        2,
        async () => {
          await ended();
          return lossy.book(people, january(7));
        },
      ],
      [
        'reschedules within the date',
        'rescheduled',
        2,
        async () => lossy.reschedule(await booked(), january(7, '15:30')),
      ],
      [
        'reschedules to another date',
        'rescheduled',
        2,
        async () => lossy.reschedule(await booked(), january(8)),
      ],
      [
        'reschedules to a freed date',
        'rescheduled',
        3,
        async () => {
          await ended(january(8));
          return lossy.reschedule(await booked(), january(8));
        },
      ],
    ])('%s', async (_name, kind, count, command) => {
      attempts.length = 0;

      const outcome = await command();

      expect(new Set(attempts)).toEqual(new Set([2]));
      expect(outcome.kind).toBe(kind);
      const appointment = appointmentOf(outcome);
      const { appointments, slots } = await storedItems(table, people);
      expect(appointments).toHaveLength(count);
      expect(appointments).toContainEqual(itemOf(appointment));
      const takesSlot = doubleBooking === 'reject' && kind !== 'cancelled';
      expect(slots).toEqual(takesSlot ? [slotItemOf(appointment)] : []);
    });
  });

  describe('a write that arrives again and late changes nothing:', () => {
    /** Does what the name says, and returns the write that is repeated and what it must report. */
    type Late = () => Promise<[write: () => Promise<unknown>, outcome: unknown]>;

    it.each<[string, Late]>([
      [
        'a booking',
        async () => {
          const first = on(january(7));
          await appointments.create(first);
          return [async () => appointments.create(first), { kind: 'booked' }];
        },
      ],
      [
        'a booking after its cancellation',
        async () => {
          const first = on(january(7));
          await appointments.create(first);
          const ended = await cancel(first);
          return [async () => appointments.create(first), taken(ended)];
        },
      ],
      [
        'a booking after its reschedule',
        async () => {
          const first = on(january(7));
          const next = on(january(8));
          await appointments.create(first);
          await appointments.reschedule(first, next);
          const holder = await appointments.findByDate(people.patientId, slotDate(first.slot));
          return [async () => appointments.create(first), taken(holder ?? first)];
        },
      ],
      [
        'a booking after another has its date',
        async () => {
          const [first, second] = [on(january(7)), on(january(7, '10:00'))];
          await appointments.create(first);
          await appointments.create(second, await cancel(first));
          return [async () => appointments.create(first), taken(second)];
        },
      ],
      [
        'a booking of a freed date after its cancellation',
        async () => {
          const [first, second] = [on(january(7)), on(january(7, '10:00'))];
          await appointments.create(first);
          const replaced = await cancel(first);
          await appointments.create(second, replaced);
          const ended = await cancel(second);
          return [async () => appointments.create(second, replaced), taken(ended)];
        },
      ],
      [
        'a cancellation after another has the date',
        async () => {
          const [first, second] = [on(january(7)), on(january(7, '10:00'))];
          await appointments.create(first);
          const ended = await cancel(first);
          await appointments.create(second, ended);
          return [async () => cancel(first), ended];
        },
      ],
      [
        'a reschedule to another date after its cancellation',
        async () => {
          const [first, next] = [on(january(7)), on(january(8))];
          await appointments.create(first);
          await appointments.reschedule(first, next);
          await cancel(next);
          return [async () => appointments.reschedule(first, next), { kind: 'rescheduled' }];
        },
      ],
      [
        'a reschedule within the date after another has it',
        async () => {
          const [first, next, last] = [
            on(january(7)),
            on(january(7, '10:00')),
            on(january(7, '11:00')),
          ];
          await appointments.create(first);
          await appointments.reschedule(first, next);
          await appointments.create(last, await cancel(next));
          return [async () => appointments.reschedule(first, next), { kind: 'rescheduled' }];
        },
      ],
    ])('%s', async (_name, late) => {
      const [write, outcome] = await late();
      const before = await storedItems(table, people);

      await expect(write()).resolves.toEqual(outcome);
      await expect(storedItems(table, people)).resolves.toEqual(before);
    });
  });

  it('a booking that is cancelled and replaced before the SDK sends it again stays cancelled', async () => {
    const [first, second] = [on(january(7)), on(january(7, '10:00'))];
    const slowTable = openTable(table.name);
    loseResponses(slowTable, async () => appointments.create(second, await cancel(first)));

    const outcome = await createRepositories(slowTable, doubleBooking).appointments.create(first);

    // DynamoDB recognizes a repeated transaction by its token, and confirms it.
    expect(outcome).toEqual(
      doubleBooking === 'allow' ? { ...taken(second), isRetried: true } : { kind: 'booked' },
    );
    const { patientId } = people;
    await expect(appointments.findByDate(patientId, slotDate(first.slot))).resolves.toEqual(second);
    await expect(appointments.listReplaced(patientId, slotDate(first.slot))).resolves.toEqual([
      { ...first, ending: cancellation },
    ]);
  });

  describe('a client that books again with the key of an ended appointment', () => {
    it.each<[string, string, (first: Appointment) => Promise<unknown>]>([
      ['a cancellation', 'appointment-cancelled', async (first) => clinic.cancel(first)],
      [
        'a reschedule to another date',
        'appointment-rescheduled',
        async (first) => clinic.reschedule(first, january(8)),
      ],
      [
        'a reschedule within the date',
        'appointment-rescheduled',
        async (first) => clinic.reschedule(first, january(7, '10:00')),
      ],
      [
        'a cancellation and another booking',
        'appointment-cancelled',
        async (first) => {
          await clinic.cancel(first);
          await booked();
        },
      ],
      [
        'a cancellation and two other bookings that were cancelled',
        'appointment-cancelled',
        async (first) => {
          await clinic.cancel(first);
          await ended();
          await ended(january(7), 'another key');
        },
      ],
    ])('books nothing after %s', async (_name, kind, end) => {
      const first = await booked(january(7), 'a key');
      await end(first);
      const before = await storedItems(table, people);

      await expect(clinic.book(people, january(7), 'a key')).resolves.toMatchObject({
        kind,
        conflict: { appointmentId: first.appointmentId },
      });
      await expect(storedItems(table, people)).resolves.toEqual(before);
    });
  });
});
