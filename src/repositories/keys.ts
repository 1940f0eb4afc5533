import type { AppointmentId } from '../domain/appointment.ts';
import type { Parsed } from '../domain/parsed.ts';
import type { Id } from '../domain/people.ts';
import { SLOT, type Slot, type UtcDate } from '../domain/slot.ts';

export interface Key {
  readonly PK: string;
  readonly SK: string;
}

export function patientKey(patientId: Id): Key {
  return { PK: `PATIENT#${patientId}`, SK: 'PROFILE' };
}

export function practitionerKey(practitionerId: Id): Key {
  return { PK: `PRACTITIONER#${practitionerId}`, SK: 'PROFILE' };
}

/** The key of the patient's appointment on that date: both its record and the lock on the date. */
export function patientDayKey(patientId: Id, date: UtcDate): Key {
  return { PK: `PATIENT#${patientId}`, SK: `DAY#${date}` };
}

/** The key of an ended appointment whose date was booked again. */
export function replacedAppointmentKey(
  patientId: Id,
  date: UtcDate,
  appointmentId: AppointmentId,
): Key {
  const { PK, SK } = patientDayKey(patientId, date);
  return { PK, SK: `${SK}#${appointmentId}` };
}

/** The key of the practitioner's time, `SLOT#yyyy-mm-ddThh:mmZ`. Used only if double booking is rejected. */
export function practitionerSlotKey(practitionerId: Id, slot: Slot): Key {
  return { PK: `PRACTITIONER#${practitionerId}`, SK: `SLOT#${slot.slice(0, -':00Z'.length)}Z` };
}

/** The start of the keys of a practitioner's slots on a date. */
export function practitionerDateKey(practitionerId: Id, date: UtcDate): Key {
  return { PK: `PRACTITIONER#${practitionerId}`, SK: `SLOT#${date}T` };
}

/** Reads the slot from a sort key of {@link practitionerSlotKey}. */
export function parseSlotKey(SK: string): Parsed<Slot> {
  return SLOT.parse(SK.replace(/^SLOT#(.*)Z$/, '$1:00Z'));
}
