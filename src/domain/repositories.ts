import type { Appointment } from './appointment.ts';
import type { Id, Patient, Practitioner } from './people.ts';
import type { UtcDate } from './slot.ts';

/**
 * Every method of every repository throws a `BookingError` with `store-unavailable` where the store
 * refused, failed or did not answer in time.
 */
export interface PatientRepository {
  findById(patientId: Id): Promise<Patient | undefined>;
  /** Stores a new patient; where the id is taken, leaves that patient as it is. Returns who has the id now. */
  create(patient: Patient): Promise<Patient>;
}

export interface PractitionerRepository {
  findById(practitionerId: Id): Promise<Practitioner | undefined>;
  /** Stores a new practitioner; where the id is taken, leaves that one as it is. Returns who has the id now. */
  create(practitioner: Practitioner): Promise<Practitioner>;
}

/** Whether a practitioner may have appointments with several patients at one time. */
export const PRACTITIONER_DOUBLE_BOOKING = ['allow', 'reject'] as const;
export type PractitionerDoubleBooking = (typeof PRACTITIONER_DOUBLE_BOOKING)[number];

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
  /**
   * Takes the patient's UTC date for the appointment, atomically, unless it is taken. Returns the
   * appointment that holds the date now: the given one, also where an earlier try of the same call
   * had stored it already, or the one that was there before.
   *
   * @throws BookingError `practitioner-slot-taken` where the date is free, the practitioner's time is
   * taken, and double booking is rejected; the same write takes that time too
   */
  create(appointment: Appointment): Promise<Appointment>;
  /** The patient's appointments in the range, ordered by date, at most `limit`; sees every write that was answered before. */
  listByPatient(range: DateRange): Promise<readonly Appointment[]>;
}

export interface Repositories {
  readonly patients: PatientRepository;
  readonly practitioners: PractitionerRepository;
  readonly appointments: AppointmentRepository;
}
