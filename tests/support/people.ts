import {
  type Appointment,
  type AppointmentId,
  type Attendance,
  type EndedAppointment,
  newAppointmentId,
} from '../../src/domain/appointment.ts';
import type {
  Id,
  Name,
  Patient,
  Practitioner,
  ScheduledPractitioner,
} from '../../src/domain/people.ts';
import { ALWAYS_OPEN } from '../../src/domain/schedule.ts';
import type { Slot, UtcDate } from '../../src/domain/slot.ts';

/** The principal that sent the requests of these appointments. */
const CALLER = 'arn:aws:sts::123456789012:assumed-role/front-desk/session';

export const ALEXEI = {
  patientId: '1' as Id,
  firstName: 'Alexei' as Name,
  lastName: 'Isac' as Name,
} satisfies Patient;

export const BOB = {
  practitionerId: '1' as Id,
  firstName: 'Bob' as Name,
  lastName: 'Dr' as Name,
  npi: '100',
} satisfies Practitioner;

/** A practitioner who can be booked at any time. */
export function alwaysOpen(practitioner: Practitioner): ScheduledPractitioner {
  return { ...practitioner, schedule: ALWAYS_OPEN };
}

/** The ids of Alexei's appointment, and of another one. */
export const ID = '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11' as AppointmentId;
export const OTHER_ID = 'c0ffee00-7d1f-4a6e-9a3f-0d9b0f7f2c22' as AppointmentId;

/** Alexei's appointment with Bob, 2021-01-07 at midnight, with changes. */
export function appointment(changes: Partial<Appointment> = {}): Appointment {
  return {
    appointmentId: ID,
    patientId: ALEXEI.patientId,
    practitioner: BOB,
    slot: '2021-01-07T00:00:00Z' as Slot,
    createdAt: '2021-01-01T12:00:00.000Z',
    bookedBy: { requestId: 'JKJaXmPLvHcESHA=', caller: CALLER },
    idempotencyKey: null,
    rescheduledFrom: null,
    series: { id: changes.appointmentId ?? ID, position: 0 },
    attendance: null,
    ending: null,
    ...changes,
  };
}

/** The same appointment after the patient cancelled it, with changes. */
export function cancelled(changes: Partial<Appointment> = {}): EndedAppointment {
  return {
    ...appointment(changes),
    ending: {
      status: 'cancelled',
      cancelledAt: '2021-01-05T09:15:30.000Z',
      reason: 'pat',
      endedBy: { requestId: 'JKJcancelled=', caller: null },
    },
  };
}

/** The same appointment after it was rescheduled to the next date, with changes. */
export function rescheduled(changes: Partial<Appointment> = {}): EndedAppointment {
  return {
    ...appointment(changes),
    ending: {
      status: 'rescheduled',
      rescheduledAt: '2021-01-05T09:15:30.000Z',
      rescheduledTo: { date: '2021-01-08' as UtcDate, appointmentId: OTHER_ID },
      endedBy: { requestId: 'JKJrescheduled=', caller: null },
    },
  };
}

/** A record that the patient did not come. */
export const NOSHOW: Attendance = {
  code: 'noshow',
  recordedAt: '2021-01-04T09:15:30.000Z',
  recordedBy: { requestId: 'JKJrecorded=', caller: null },
};

/** A time of a date in January 2021. */
export function january(date: number, time = '09:00'): Slot {
  return `2021-01-${String(date).padStart(2, '0')}T${time}:00Z` as Slot;
}

/** A patient and a practitioner. */
export interface People {
  readonly patientId: Id;
  readonly practitionerId: Id;
}

/** An appointment that was never stored. */
export function newAppointment(
  { patientId, practitionerId }: People,
  slot: Slot,
  changes: Partial<Appointment> = {},
): Appointment {
  return appointment({
    appointmentId: newAppointmentId(),
    patientId,
    practitioner: { ...BOB, practitionerId },
    slot,
    ...changes,
  });
}

export const ALEXEI_ITEM = {
  PK: 'PATIENT#1',
  SK: 'PROFILE',
  patient_id: '1',
  first_name: 'Alexei',
  last_name: 'Isac',
  request_id: 'JKJadded=',
  updated_by: null,
  created_request_id: 'JKJadded=',
};

/** Bob's time, 2021-01-07 at midnight, taken by a patient that must stay secret. */
export const SLOT_ITEM = {
  PK: 'PRACTITIONER#1',
  SK: 'SLOT#2021-01-07T00:00Z',
  appointment_id: 'c0ffee00-7d1f-4a6e-9a3f-0d9b0f7f2c33',
  patient_id: 'another-patient',
  status: 'taken',
};

export const BOB_ITEM = {
  PK: 'PRACTITIONER#1',
  SK: 'PROFILE',
  practitioner_id: '1',
  first_name: 'Bob',
  last_name: 'Dr',
  npi: '100',
  request_id: 'JKJadded=',
  updated_by: null,
  hours: null,
  time_off: [],
  schedule_request_id: 'JKJadded=',
  schedule_updated_by: null,
  created_request_id: 'JKJadded=',
};

/** The stored item of {@link appointment}. */
export const APPOINTMENT_ITEM = {
  PK: 'PATIENT#1',
  SK: 'DAY#2021-01-07',
  appointment_id: ID,
  patient_id: '1',
  practitioner_id: '1',
  practitioner_first_name: 'Bob',
  practitioner_last_name: 'Dr',
  practitioner_npi: '100',
  start_time: '2021-01-07T00:00:00Z',
  created_at: '2021-01-01T12:00:00.000Z',
  request_id: 'JKJaXmPLvHcESHA=',
  booked_by: CALLER,
  series_id: ID,
  series_position: 0,
  status: 'booked',
  agenda_key: `2021-01-07T00:00:00Z_${ID}`,
};

/** What a stored item has besides with {@link NOSHOW}. */
export const NOSHOW_ITEM = {
  attendance: 'noshow',
  attendance_recorded_at: '2021-01-04T09:15:30.000Z',
  attendance_request_id: 'JKJrecorded=',
  attendance_by: null,
};

/** What the stored items of {@link cancelled} and {@link rescheduled} have besides. */
export const CANCELLED = {
  status: 'cancelled',
  cancelled_at: '2021-01-05T09:15:30.000Z',
  cancellation_reason: 'pat',
  ended_request_id: 'JKJcancelled=',
  ended_by: null,
  agenda_key: undefined,
};
export const RESCHEDULED = {
  status: 'rescheduled',
  rescheduled_at: '2021-01-05T09:15:30.000Z',
  rescheduled_to: { date: '2021-01-08', appointment_id: OTHER_ID },
  ended_request_id: 'JKJrescheduled=',
  ended_by: null,
  agenda_key: undefined,
};
