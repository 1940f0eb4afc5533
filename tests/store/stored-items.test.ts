import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import type {
  Appointment,
  AppointmentId,
  Cancellation,
  EndedAppointment,
  IdempotencyKey,
} from '../../src/domain/appointment.ts';
import type { Id } from '../../src/domain/people.ts';
import { type AppointmentRepository, PRACTITIONER_DOUBLE_BOOKING } from '../../src/domain/ports.ts';
import type { UtcDate } from '../../src/domain/slot.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { type Item, openTable } from '../../src/repositories/store.ts';
import { january, storedItems } from '../support/clinic.ts';
import {
  APPOINTMENT_ITEM,
  appointment,
  BOB,
  CANCELLED,
  cancelled,
  ID,
  OTHER_ID,
  RESCHEDULED,
} from '../support/people.ts';

const THIRD_ID = 'facade00-7d1f-4a6e-9a3f-0d9b0f7f2c44' as AppointmentId;
const cancellation = cancelled().ending as Cancellation;

/** Alexei's appointments on January 7, and one on January 8. */
const first = appointment();
const second = appointment({ appointmentId: OTHER_ID, slot: january(7, '09:30') });
const third = appointment({ appointmentId: THIRD_ID, slot: january(7, '16:00') });
const nextDate = appointment({ appointmentId: OTHER_ID, slot: january(8, '09:30') });

const FIRST = APPOINTMENT_ITEM;
const SECOND = { ...FIRST, appointment_id: OTHER_ID, start_time: '2021-01-07T09:30:00Z' };
const THIRD = { ...FIRST, appointment_id: THIRD_ID, start_time: '2021-01-07T16:00:00Z' };
const NEXT_DATE = { ...SECOND, SK: 'DAY#2021-01-08', start_time: '2021-01-08T09:30:00Z' };

/** The item of an ended appointment whose date was booked again. */
const replaced = <T extends { SK: string; appointment_id: string }>(item: T) => ({
  ...item,
  SK: `${item.SK}#${item.appointment_id}`,
});

/** The item of Bob's time that is taken by an appointment. */
const slot = (time: string, appointment_id: string) => ({
  PK: 'PRACTITIONER#1',
  SK: `SLOT#${time}`,
  appointment_id,
  patient_id: '1',
});

/** `first` was booked at 12:00 on January 1, and ended at the time that the fixtures say. */
const ending = { createdAt: '2021-01-05T09:15:30.000Z' };
const rescheduledFrom = { date: '2021-01-07' as UtcDate, appointmentId: ID };
const REPLACES_FIRST = {
  created_at: '2021-01-05T09:15:30.000Z',
  rescheduled_from: { date: '2021-01-07', appointment_id: ID },
};

type Step = (appointments: AppointmentRepository) => Promise<unknown>;

const book =
  (...args: Parameters<AppointmentRepository['create']>): Step =>
  async (appointments) =>
    appointments.create(...args);
const cancel =
  (appointment: Appointment, changes: Partial<Cancellation> = {}): Step =>
  async (appointments) =>
    appointments.cancel(appointment, { ...cancellation, ...changes });
const rescheduleFirst =
  (to: Appointment, replaced?: EndedAppointment): Step =>
  async (appointments) =>
    appointments.reschedule(first, { ...to, ...ending, rescheduledFrom }, replaced);

describe.each(PRACTITIONER_DOUBLE_BOOKING)('double booking: %s', (doubleBooking) => {
  it.each<[string, Step[], Item[], Item[]]>([
    ['a booking', [book(first)], [FIRST], [slot('2021-01-07T00:00Z', ID)]],
    [
      'a booking with an idempotency key, and without an NPI',
      [
        book({
          ...first,
          idempotencyKey: 'a key' as IdempotencyKey,
          practitioner: { ...BOB, npi: null },
        }),
      ],
      [{ ...FIRST, idempotency_key: 'a key', practitioner_npi: null }],
      [slot('2021-01-07T00:00Z', ID)],
    ],
    ['a cancellation', [book(first), cancel(first)], [{ ...FIRST, ...CANCELLED }], []],
    [
      'a cancellation without a reason',
      [book(first), cancel(first, { reason: null })],
      [{ ...FIRST, ...CANCELLED, cancellation_reason: null }],
      [],
    ],
    [
      'a second cancellation',
      [
        book(first),
        cancel(first),
        cancel(first, { reason: 'prov', endedBy: { requestId: 'JKJother=', caller: null } }),
      ],
      [{ ...FIRST, ...CANCELLED }],
      [],
    ],
    [
      'a date that was booked again',
      [book(first), cancel(first), book(second, cancelled())],
      [SECOND, replaced({ ...FIRST, ...CANCELLED })],
      [slot('2021-01-07T09:30Z', OTHER_ID)],
    ],
    [
      'a date that was booked twice again',
      [
        book(first),
        cancel(first),
        book(second, cancelled()),
        cancel(second),
        book(third, cancelled(second)),
      ],
      [THIRD, replaced({ ...FIRST, ...CANCELLED }), replaced({ ...SECOND, ...CANCELLED })],
      [slot('2021-01-07T16:00Z', THIRD_ID)],
    ],
    [
      'a cancellation of an appointment that was replaced',
      [book(first), cancel(first), book(second, cancelled()), cancel(first, { reason: 'prov' })],
      [SECOND, replaced({ ...FIRST, ...CANCELLED })],
      [slot('2021-01-07T09:30Z', OTHER_ID)],
    ],
    [
      'a reschedule to another date',
      [book(first), rescheduleFirst(nextDate)],
      [
        { ...FIRST, ...RESCHEDULED },
        { ...NEXT_DATE, ...REPLACES_FIRST },
      ],
      [slot('2021-01-08T09:30Z', OTHER_ID)],
    ],
    [
      'a reschedule within the date',
      [book(first), rescheduleFirst(second)],
      [
        { ...SECOND, ...REPLACES_FIRST },
        replaced({
          ...FIRST,
          ...RESCHEDULED,
          rescheduled_to: { date: '2021-01-07', appointment_id: OTHER_ID },
        }),
      ],
      [slot('2021-01-07T09:30Z', OTHER_ID)],
    ],
    [
      'a reschedule to a date that was freed',
      [
        book({ ...third, slot: january(8) }),
        cancel({ ...third, slot: january(8) }),
        book(first),
        rescheduleFirst(nextDate, cancelled({ ...third, slot: january(8) })),
      ],
      [
        { ...FIRST, ...RESCHEDULED },
        { ...NEXT_DATE, ...REPLACES_FIRST },
        replaced({
          ...THIRD,
          ...CANCELLED,
          SK: 'DAY#2021-01-08',
          start_time: '2021-01-08T09:00:00Z',
        }),
      ],
      [slot('2021-01-08T09:30Z', OTHER_ID)],
    ],
  ])('stores %s', async (_name, steps, appointments, slots) => {
    const table = openTable(`appointments-${randomUUID()}`);
    await createTable(table.name);
    const repository = createRepositories(table, doubleBooking).appointments;

    for (const step of steps) await step(repository);

    const bySortKey = (a: Item, b: Item) => (String(a['SK']) < String(b['SK']) ? -1 : 1);
    await expect(
      storedItems(table, { patientId: '1' as Id, practitionerId: '1' as Id }),
    ).resolves.toEqual({
      appointments: appointments.toSorted(bySortKey),
      slots: doubleBooking === 'reject' ? slots : [],
    });
  });
});
