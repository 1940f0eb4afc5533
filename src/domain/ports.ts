import type {
  AgendaPosition,
  Appointment,
  AppointmentId,
  AppointmentReference,
  Attendance,
  Cancellation,
  EndedAppointment,
  Origin,
} from './appointment.ts';
import type { Id, Patient, Practitioner, ScheduledPractitioner } from './people.ts';
import type { Schedule } from './schedule.ts';
import type { Slot, UtcDate } from './slot.ts';

/**
 * The store throttled, failed, or did not respond in time. A write may have been stored or not.
 * Every method of every repository can throw it.
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';

  constructor(options?: ErrorOptions) {
    super('the store is unavailable', options);
  }
}

export interface PeopleReads {
  findPatient(patientId: Id): Promise<Patient | 'erased' | undefined>;
  findPractitioner(practitionerId: Id): Promise<ScheduledPractitioner | undefined>;
  /** Finds at most 100 patients. Leaves out those that do not exist or are erased. Can miss the latest writes. */
  findPatients(patientIds: readonly Id[]): Promise<ReadonlyMap<Id, Patient>>;
}

/**
 * Changes people. Each change is conditional on the change before it: a request that is repeated late never
 * overwrites a newer one, and changes at the same time happen one after the other.
 */
export interface PeopleRepository extends PeopleReads {
  putPatient(
    patient: Patient,
    origin: Origin,
  ): Promise<{ readonly kind: PutKind | 'patient-erased' }>;
  /** Removes the names for good. An erased patient stays erased. */
  erasePatient(
    patientId: Id,
    origin: Origin,
    /** UTC, RFC 3339 with milliseconds. */
    erasedAt: string,
  ): Promise<{ readonly kind: 'erased' | 'patient-not-found' }>;
  /** Leaves the schedule as it is. */
  putPractitioner(
    practitioner: Practitioner,
    origin: Origin,
  ): Promise<{ readonly kind: PutKind; readonly practitioner: ScheduledPractitioner }>;
  putSchedule(
    practitionerId: Id,
    schedule: Schedule,
    origin: Origin,
  ): Promise<
    | {
        readonly kind: Exclude<PutKind, 'created'>;
        readonly practitioner: ScheduledPractitioner;
      }
    | { readonly kind: 'practitioner-not-found' }
  >;
}

/** What a put did. */
export type PutKind = 'created' | 'replaced' | 'unchanged';

/** Whether a practitioner can have appointments with several patients at the same time. */
export const PRACTITIONER_DOUBLE_BOOKING = ['allow', 'reject'] as const;
export type PractitionerDoubleBooking = (typeof PRACTITIONER_DOUBLE_BOOKING)[number];

/** Another appointment has the date: a booked one, or one that has ended and can be replaced. */
interface DayTaken {
  readonly kind: 'patient-day-taken';
  readonly holder: Appointment;
}

/** The date is free, double booking is rejected, and the practitioner has another patient at that time. */
export interface SlotTaken {
  readonly kind: 'practitioner-slot-taken';
}

type CreateOutcome =
  /** Also if an earlier attempt of the same call had already stored it. */
  | { readonly kind: 'booked' }
  /** `isRetried`: an earlier attempt of the same call got no response, and may have been stored and have ended. */
  | (DayTaken & { readonly isRetried: boolean })
  | SlotTaken;

type ReplaceOutcome =
  /** Also if an earlier attempt of the same call had already stored it. */
  | { readonly kind: 'rescheduled' }
  /** The old appointment had already ended. */
  | { readonly kind: 'ended'; readonly appointment: EndedAppointment }
  | DayTaken
  | SlotTaken;

/** The first items of a list, and whether there are more. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly more: boolean;
}

export interface DateRange {
  readonly patientId: Id;
  /** Inclusive. */
  readonly from: UtcDate;
  /** Inclusive. */
  readonly to: UtcDate;
  /** `all` includes the appointments that have ended. */
  readonly status: 'booked' | 'all';
  readonly order: 'asc' | 'desc';
  /** Continues after this appointment, which is on the first date of the range, or on the last if `desc`. */
  readonly after?: AppointmentId | undefined;
  readonly limit: number;
}

export interface AgendaRange {
  readonly practitionerId: Id;
  /** Inclusive. */
  readonly from: UtcDate;
  /** Inclusive. */
  readonly to: UtcDate;
  readonly order: 'asc' | 'desc';
  /** Continues after this position. */
  readonly after?: AgendaPosition | undefined;
  readonly limit: number;
}

export interface AppointmentReads {
  find(patientId: Id, reference: AppointmentReference): Promise<Appointment | undefined>;
  /** The booked appointment of the date, or else the most recently ended one. */
  findByDate(patientId: Id, date: UtcDate): Promise<Appointment | undefined>;
  /** The appointments of the date that ended and were replaced. */
  listReplaced(patientId: Id, date: UtcDate): Promise<readonly Appointment[]>;
  /** The patient's appointments in the range, each once, by start time, at most `limit`. Sees every completed write. */
  listByPatient(range: DateRange): Promise<Page<Appointment>>;
  /** The practitioner's booked appointments in the range, by {@link AgendaPosition}, at most `limit`. Can miss the latest writes. */
  listByPractitioner(range: AgendaRange): Promise<Page<Appointment>>;
  /** The slots of the dates, both inclusive, that patients have taken. None if double booking is allowed. Sees every completed write. */
  listBusySlots(practitionerId: Id, from: UtcDate, to: UtcDate): Promise<ReadonlySet<Slot>>;
}

export interface AppointmentRepository extends AppointmentReads {
  /**
   * Takes the patient's UTC date for the appointment in one atomic write, if no appointment has it or if
   * `replaced` does. The replaced appointment is kept.
   */
  create(appointment: Appointment, replaced?: EndedAppointment): Promise<CreateOutcome>;
  /** Ends a booked appointment, unless it has ended. Returns how it ended, by this call or another. */
  cancel(appointment: Appointment, cancellation: Cancellation): Promise<EndedAppointment>;
  /**
   * Records attendance, if the appointment is booked and its attendance has not changed since it was read. Returns
   * the appointment with the new attendance. If another request changed it first, returns the appointment as it is now.
   */
  recordAttendance(appointment: Appointment, attendance: Attendance): Promise<Appointment>;
  /**
   * Ends a booked appointment and takes the date of its replacement as {@link create} does, in one atomic
   * write. Both can be on the same date.
   */
  reschedule(
    appointment: Appointment,
    replacement: Appointment,
    replaced?: EndedAppointment,
  ): Promise<ReplaceOutcome>;
}

/** What queries use. */
export interface ReadRepositories {
  readonly people: PeopleReads;
  readonly appointments: AppointmentReads;
}

/** What commands use. */
export interface Repositories extends ReadRepositories {
  readonly people: PeopleRepository;
  readonly appointments: AppointmentRepository;
}
