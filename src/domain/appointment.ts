import { patternFormat, type TextFormat } from './parsed.ts';
import type { Id, Practitioner } from './people.ts';
import { HALF_HOUR_PATTERN, SLOT, type Slot, type UtcDate } from './slot.ts';

declare const appointmentId: unique symbol;
declare const agendaPosition: unique symbol;
declare const idempotencyKey: unique symbol;

/** A UUID in lower case. */
export type AppointmentId = string & { readonly [appointmentId]: true };

/** The caller's name for a request, which makes a retry safe: 1 to 255 printable ASCII characters without a comma. */
export type IdempotencyKey = string & { readonly [idempotencyKey]: true };

/** A UUID. RFC 9562, section 4: either case is accepted as input. */
export const APPOINTMENT_ID: TextFormat<AppointmentId> = {
  pattern: /^[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/,
  parse: (text) =>
    APPOINTMENT_ID.pattern.test(text)
      ? { value: text.toLowerCase() as AppointmentId }
      : { fault: 'must be the appointment_id of an appointment, a UUID' },
};

/**
 * The position of an appointment in an agenda: `<start_time>_<appointment_id>`. Appointments with the same
 * start time are sorted by id.
 */
export type AgendaPosition = string & { readonly [agendaPosition]: true };

export const AGENDA_POSITION: TextFormat<AgendaPosition> = {
  pattern: new RegExp(
    `${HALF_HOUR_PATTERN.source.slice(0, -1)}_${APPOINTMENT_ID.pattern.source.slice(1)}`,
  ),
  parse(text) {
    const [start = '', id = ''] = text.split('_');
    const slot = SLOT.parse(start);
    return 'value' in slot && AGENDA_POSITION.pattern.test(text)
      ? { value: `${slot.value}_${id.toLowerCase()}` as AgendaPosition }
      : { fault: 'must be the "after" of a link to the next page' };
  },
};

export function agendaPositionOf({
  slot,
  appointmentId,
}: Pick<Appointment, 'slot' | 'appointmentId'>): AgendaPosition {
  return `${slot}_${appointmentId}` as AgendaPosition;
}

/** A random id (UUID version 4). */
export function newAppointmentId(): AppointmentId {
  return crypto.randomUUID() as string as AppointmentId;
}

/**
 * The printable ASCII characters, space to tilde, except the comma. API Gateway joins a repeated header with commas,
 * so a retry that sends the header only once would have another key.
 */
export const IDEMPOTENCY_KEY = patternFormat<IdempotencyKey>(
  /^[ -+\--~]{1,255}$/,
  'must be 1 to 255 printable ASCII characters without a comma',
);

/** The top-level codes of FHIR's appointment-cancellation-reason: https://hl7.org/fhir/valueset-appointment-cancellation-reason.html */
export const CANCELLATION_REASONS = ['pat', 'prov', 'maint', 'meds-inc', 'other'] as const;
type CancellationReason = (typeof CANCELLATION_REASONS)[number];

/** The codes of FHIR's appointment status for a patient who came, was seen, or did not come: https://hl7.org/fhir/valueset-appointmentstatus.html */
export const ATTENDANCE_CODES = ['arrived', 'fulfilled', 'noshow'] as const;

/** Whether the patient came. */
export interface Attendance {
  /** Null if it was cleared. */
  readonly code: (typeof ATTENDANCE_CODES)[number] | null;
  /** UTC, RFC 3339 with milliseconds. */
  readonly recordedAt: string;
  readonly recordedBy: Origin;
}

/** Names an appointment of a patient. */
export interface AppointmentReference {
  /** The UTC date that the appointment starts on. */
  readonly date: UtcDate;
  readonly appointmentId: AppointmentId;
}

/** Who made a change. These outlive the access log. */
export interface Origin {
  /** API Gateway's id of the request. New for each request, and the same for all attempts of its writes. */
  readonly requestId: string;
  /** The ARN of the AWS principal, the token's subject, or null if neither is known. */
  readonly caller: string | null;
}

export interface Cancellation {
  readonly status: 'cancelled';
  /** UTC, RFC 3339 with milliseconds. */
  readonly cancelledAt: string;
  readonly reason: CancellationReason | null;
  readonly endedBy: Origin;
}

interface Rescheduling {
  readonly status: 'rescheduled';
  /** UTC, RFC 3339 with milliseconds. */
  readonly rescheduledAt: string;
  /** The appointment that replaced it. */
  readonly rescheduledTo: AppointmentReference;
  readonly endedBy: Origin;
}

export interface Appointment {
  /** New for each request, so that a request recognizes its own write. */
  readonly appointmentId: AppointmentId;
  readonly patientId: Id;
  /** The practitioner as they were when the appointment was booked. */
  readonly practitioner: Practitioner;
  readonly slot: Slot;
  /** When the appointment was booked: UTC, RFC 3339 with milliseconds. */
  readonly createdAt: string;
  readonly bookedBy: Origin;
  readonly idempotencyKey: IdempotencyKey | null;
  /** The appointment that it replaced. */
  readonly rescheduledFrom: AppointmentReference | null;
  /** Its chain of reschedules: the id of the first appointment, and how many came before this one. */
  readonly series: { readonly id: AppointmentId; readonly position: number };
  /** The last record of whether the patient came, or null if there is none. */
  readonly attendance: Attendance | null;
  /** How it ended, or null while it is booked. An appointment ends only once. Apart from that and attendance, it never changes. */
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
