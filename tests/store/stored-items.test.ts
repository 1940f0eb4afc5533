import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import type { Appointment, Cancellation, EndedAppointment } from '../../src/domain/appointment.ts';
import type { Id } from '../../src/domain/people.ts';
import { type AppointmentRepository, PRACTITIONER_DOUBLE_BOOKING } from '../../src/domain/ports.ts';
import { slotDate } from '../../src/domain/slot.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { type Item, openTable } from '../../src/repositories/store.ts';
import {
  APPOINTMENT_ITEM,
  appointment,
  CANCELLED,
  cancelled,
  ID,
  january,
  NOSHOW,
  NOSHOW_ITEM,
  OTHER_ID,
  RESCHEDULED,
} from '../support/people.ts';
import { storedItems } from '../support/tables.ts';

/** Alexei's appointments: one of January 7, and others. */
const first = appointment();
const second = appointment({ appointmentId: OTHER_ID, slot: january(7, '09:30') });
/** Booked by the request that ended the first one. */
const replacement = {
  createdAt: '2021-01-05T09:15:30.000Z',
  bookedBy: { requestId: 'JKJrescheduled=', caller: null },
  rescheduledFrom: { date: slotDate(first.slot), appointmentId: ID },
};

const itemAt = (date: string, time: string) => ({
  ...APPOINTMENT_ITEM,
  SK: `DAY#${date}`,
  appointment_id: OTHER_ID,
  series_id: OTHER_ID,
  start_time: `${date}T${time}:00Z`,
  agenda_key: `${date}T${time}:00Z_${OTHER_ID}`,
});
const SECOND = itemAt('2021-01-07', '09:30');
const REPLACEMENT = {
  created_at: '2021-01-05T09:15:30.000Z',
  request_id: 'JKJrescheduled=',
  booked_by: null,
  rescheduled_from: { date: '2021-01-07', appointment_id: ID },
};
const KEPT = { SK: `DAY#2021-01-07#${ID}` };

/** The item of Bob's slot. */
const slot = (time: string, status: string, appointment_id: string) => ({
  PK: 'PRACTITIONER#1',
  SK: `SLOT#${time}`,
  appointment_id,
  patient_id: '1',
  status,
});
const TAKEN = slot('2021-01-07T00:00Z', 'taken', ID);
const FREED = slot('2021-01-07T00:00Z', 'free', ID);

type Step = (appointments: AppointmentRepository) => Promise<unknown>;
const book =
  (...args: Parameters<AppointmentRepository['create']>): Step =>
  async (appointments) =>
    appointments.create(...args);
const cancel =
  (appointment: Appointment): Step =>
  async (appointments) =>
    appointments.cancel(appointment, cancelled().ending as Cancellation);
const reschedule =
  (old: Appointment, to: Appointment, replaced?: EndedAppointment): Step =>
  async (appointments) =>
    appointments.reschedule(old, { ...to, ...replacement }, replaced);

describe.each(PRACTITIONER_DOUBLE_BOOKING)('double booking: %s', (doubleBooking) => {
  it.each<[string, Step[], Item[], Item[]]>([
    [
      'a booking with attendance',
      [book(first), async (appointments) => appointments.recordAttendance(first, NOSHOW)],
      [{ ...APPOINTMENT_ITEM, ...NOSHOW_ITEM }],
      [TAKEN],
    ],
    [
      'a date that was booked again',
      [book(first), cancel(first), book(second, cancelled())],
      [SECOND, { ...APPOINTMENT_ITEM, ...CANCELLED, ...KEPT }],
      [FREED, slot('2021-01-07T09:30Z', 'taken', OTHER_ID)],
    ],
    [
      'a reschedule to a date that was freed',
      [
        book({ ...second, slot: january(8) }),
        cancel({ ...second, slot: january(8) }),
        book(first),
        reschedule(
          first,
          { ...first, slot: january(8) },
          cancelled({ ...second, slot: january(8) }),
        ),
      ],
      [
        {
          ...APPOINTMENT_ITEM,
          ...RESCHEDULED,
          rescheduled_to: { date: '2021-01-08', appointment_id: ID },
        },
        {
          ...itemAt('2021-01-08', '09:00'),
          ...REPLACEMENT,
          appointment_id: ID,
          series_id: ID,
          agenda_key: `2021-01-08T09:00:00Z_${ID}`,
        },
        {
          ...itemAt('2021-01-08', '09:00'),
          ...CANCELLED,
          SK: `DAY#2021-01-08#${OTHER_ID}`,
        },
      ],
      [FREED, slot('2021-01-08T09:00Z', 'taken', ID)],
    ],
    [
      'a reschedule within the date',
      [book(first), reschedule(first, second)],
      [
        { ...SECOND, ...REPLACEMENT },
        {
          ...APPOINTMENT_ITEM,
          ...RESCHEDULED,
          ...KEPT,
          rescheduled_to: { date: '2021-01-07', appointment_id: OTHER_ID },
        },
      ],
      [FREED, slot('2021-01-07T09:30Z', 'taken', OTHER_ID)],
    ],
  ])('stores %s', async (_name, steps, appointments, slots) => {
    const table = openTable(`appointments-${randomUUID()}`);
    await createTable(table.name);
    const repository = createRepositories(table, doubleBooking).appointments;

    for (const step of steps) await step(repository);

    const people = { patientId: '1' as Id, practitionerId: '1' as Id };
    await expect(storedItems(table, people)).resolves.toEqual({
      appointments,
      slots: doubleBooking === 'reject' ? slots : [],
    });
  });
});
