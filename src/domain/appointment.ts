import type { Parsed } from './parsed.ts';
import type { Id, Practitioner } from './people.ts';
import type { Slot, UtcDate } from './slot.ts';

declare const appointmentId: unique symbol;
declare const idempotencyKey: unique symbol;

/** A UUID in lower case. */
export type AppointmentId = string & { readonly [appointmentId]: true };

/** The caller's name for a request, which makes a retry safe: 1 to 255 printable ASCII characters. */
export type IdempotencyKey = string & { readonly [idempotencyKey]: true };

/** RFC 9562, section 4: either case is accepted as input. */
export const UUID_PATTERN = /^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/;

/** Reads the id of an appointment. */
export function parseAppointmentId(text: string): Parsed<AppointmentId> {
  return UUID_PATTERN.test(text)
    ? { value: text.toLowerCase() as AppointmentId }
    : { fault: 'must be the appointment_id of an appointment, a UUID' };
}

/** A random id (UUID version 4). */
export function newAppointmentId(): AppointmentId {
  return crypto.randomUUID() as string as AppointmentId;
}

/** The printable ASCII characters, space to tilde. */
export const IDEMPOTENCY_KEY_PATTERN = /^[ -~]{1,255}$/;

/** Reads an idempotency key. */
export function parseIdempotencyKey(text: string): Parsed<IdempotencyKey> {
  return IDEMPOTENCY_KEY_PATTERN.test(text)
    ? { value: text as IdempotencyKey }
    : { fault: 'must be 1 to 255 printable ASCII characters' };
}

/** The top-level codes of FHIR's appointment-cancellation-reason: https://hl7.org/fhir/valueset-appointment-cancellation-reason.html */
export const CANCELLATION_REASONS = ['pat', 'prov', 'maint', 'meds-inc', 'other'] as const;
type CancellationReason = (typeof CANCELLATION_REASONS)[number];

/** Names an appointment of a patient. */
export interface AppointmentReference {
  /** The UTC date that the appointment starts on. */
  readonly date: UtcDate;
  readonly appointmentId: AppointmentId;
}

export interface Cancellation {
  readonly status: 'cancelled';
  /** UTC, RFC 3339 with milliseconds. */
  readonly cancelledAt: string;
  readonly reason: CancellationReason | null;
  /** API Gateway's id of the request that cancelled it. */
  readonly requestId: string;
}

interface Rescheduling {
  readonly status: 'rescheduled';
  /** UTC, RFC 3339 with milliseconds. */
  readonly rescheduledAt: string;
  /** The appointment that replaced it. */
  readonly rescheduledTo: AppointmentReference;
}

export interface Appointment {
  /** New for each request. It tells a request's own write from another's. */
  readonly appointmentId: AppointmentId;
  readonly patientId: Id;
  /** The practitioner as they were when the appointment was booked. */
  readonly practitioner: Practitioner;
  readonly slot: Slot;
  /** When the appointment was booked: UTC, RFC 3339 with milliseconds. */
  readonly createdAt: string;
  /** API Gateway's id of the request that booked it. The access log has the caller under this id. */
  readonly requestId: string;
  readonly idempotencyKey: IdempotencyKey | null;
  /** The appointment that it replaced. */
  readonly rescheduledFrom: AppointmentReference | null;
  /** How it ended, or null while it is booked. An appointment ends once, and never changes otherwise. */
  readonly ending: Cancellation | Rescheduling | null;
}

export type EndedAppointment = Appointment & { readonly ending: Cancellation | Rescheduling };

export function hasEnded(appointment: Appointment): appointment is EndedAppointment {
  return appointment.ending !== null;
}

/** The outcome of a request that needs a booked appointment but finds an ended one. */
export function endedOutcome(appointment: EndedAppointment) {
  return { kind: `appointment-${appointment.ending.status}`, conflict: appointment } as const;
}
