import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import type { Appointment, Cancellation } from '../../src/domain/appointment.ts';
import { PRACTITIONER_DOUBLE_BOOKING } from '../../src/domain/ports.ts';
import { slotDate } from '../../src/domain/slot.ts';
import { itemOf, slotItemOf } from '../../src/repositories/appointment-items.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/store.ts';
import { appointmentOf, openClinic } from '../support/clinic.ts';
import { cancelled, january, newAppointment, type People } from '../support/people.ts';
import { loseResponses, newPeople, storedItems } from '../support/tables.ts';

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
  const clinic = openClinic(() => createRepositories(table, doubleBooking));
  const lossy = openClinic(() => createRepositories(lossyTable, doubleBooking));
  const { appointments } = createRepositories(table, doubleBooking);

  const booked = async (slot = january(7)) => appointmentOf(await clinic.book(people, slot));
  const ended = async (slot = january(7)) => clinic.cancel(await booked(slot));

  const cancellation = cancelled().ending as Cancellation;
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
      expect(slots.filter(({ status }) => status === 'taken')).toEqual(
        takesSlot ? [slotItemOf(appointment)] : [],
      );
    });
  });

  it('a booking that is cancelled and replaced before the SDK sends it again stays cancelled', async () => {
    const first = newAppointment(people, january(7));
    const second = newAppointment(people, january(7, '10:00'));
    const slowTable = openTable(table.name);
    loseResponses(slowTable, async () =>
      appointments.create(second, await appointments.cancel(first, cancellation)),
    );

    const outcome = await createRepositories(slowTable, doubleBooking).appointments.create(first);

    // DynamoDB recognizes a repeated transaction by its token, and confirms it.
    expect(outcome).toEqual(
      doubleBooking === 'allow'
        ? { kind: 'patient-day-taken', holder: second, isRetried: true }
        : { kind: 'booked' },
    );
    const { patientId } = people;
    await expect(appointments.findByDate(patientId, slotDate(first.slot))).resolves.toEqual(second);
    await expect(appointments.listReplaced(patientId, slotDate(first.slot))).resolves.toEqual([
      { ...first, ending: cancellation },
    ]);
  });
});
