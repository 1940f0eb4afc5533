import type { Appointment } from '../../src/domain/appointment.ts';
import type { Id, Name, Patient, Practitioner } from '../../src/domain/people.ts';
import type { Slot } from '../../src/domain/slot.ts';

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

/** Alexei's appointment with Bob, 2021-01-07 at midnight, with changes. */
export function appointment(changes: Partial<Appointment> = {}): Appointment {
  return {
    appointmentId: '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11',
    patientId: ALEXEI.patientId,
    practitioner: BOB,
    slot: '2021-01-07T00:00:00Z' as Slot,
    createdAt: '2021-01-01T12:00:00.000Z',
    requestId: 'JKJaXmPLvHcESHA=',
    idempotencyKey: null,
    ...changes,
  };
}

export const ALEXEI_ITEM = {
  PK: 'PATIENT#1',
  SK: 'PROFILE',
  patient_id: '1',
  first_name: 'Alexei',
  last_name: 'Isac',
};

/** Bob's time, 2021-01-07 at midnight, taken by a patient that must stay secret. */
export const SLOT_ITEM = {
  PK: 'PRACTITIONER#1',
  SK: 'SLOT#2021-01-07T00:00Z',
  appointment_id: 'of-another',
  patient_id: 'another-patient',
};

export const BOB_ITEM = {
  PK: 'PRACTITIONER#1',
  SK: 'PROFILE',
  practitioner_id: '1',
  first_name: 'Bob',
  last_name: 'Dr',
  npi: '100',
};

/** The stored item of {@link appointment}. */
export const APPOINTMENT_ITEM = {
  PK: 'PATIENT#1',
  SK: 'DAY#2021-01-07',
  appointment_id: '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11',
  patient_id: '1',
  practitioner_id: '1',
  practitioner_first_name: 'Bob',
  practitioner_last_name: 'Dr',
  practitioner_npi: '100',
  start_time: '2021-01-07T00:00:00Z',
  created_at: '2021-01-01T12:00:00.000Z',
  request_id: 'JKJaXmPLvHcESHA=',
};
