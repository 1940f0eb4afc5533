import type { Appointment } from './appointment.ts';
import type { Id, Patient, Practitioner } from './people.ts';
import type { UtcDate } from './slot.ts';

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

export interface PeopleRepository {
  findPatient(patientId: Id): Promise<Patient | undefined>;
  findPractitioner(practitionerId: Id): Promise<Practitioner | undefined>;
}

/** Whether a practitioner may have appointments with several patients at the same time. */
export const PRACTITIONER_DOUBLE_BOOKING = ['allow', 'reject'] as const;
export type PractitionerDoubleBooking = (typeof PRACTITIONER_DOUBLE_BOOKING)[number];

export type CreateOutcome =
  /** Also if an earlier attempt of the same call had already stored it. */
  | { readonly kind: 'booked' }
  /** The patient has another appointment on that UTC date. */
  | { readonly kind: 'patient-day-taken'; readonly conflict: Appointment }
  /** The date is free, double booking is rejected, and the practitioner has another patient at that time. */
  | { readonly kind: 'practitioner-slot-taken' };

export interface DateRange {
  readonly patientId: Id;
  /** Inclusive. */
  readonly from: UtcDate;
  /** Inclusive. */
  readonly to: UtcDate;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

export interface AppointmentRepository {
  /** Takes the patient's UTC date for the appointment in one atomic write, unless it is taken. */
  create(appointment: Appointment): Promise<CreateOutcome>;
  /** The patient's appointments in the range, by date, at most `limit`. Sees every completed write. */
  listByPatient(range: DateRange): Promise<readonly Appointment[]>;
}

export interface Repositories {
  readonly people: PeopleRepository;
  readonly appointments: AppointmentRepository;
}
