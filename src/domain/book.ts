import type { Appointment } from './appointment.ts';
import type { Id, Patient } from './people.ts';
import type { Repositories } from './repositories.ts';

/** A request to book. Its `appointmentId` is new for each request and the same for all its attempts. */
export type Booking = Omit<Appointment, 'practitioner'> & { readonly practitionerId: Id };

export type BookOutcome =
  /** `replayed`: an earlier request with the same idempotency key booked it. */
  | {
      readonly kind: 'booked' | 'replayed';
      readonly appointment: Appointment;
      readonly patient: Patient;
    }
  | { readonly kind: 'patient-not-found' }
  | { readonly kind: 'practitioner-not-found' }
  | {
      readonly kind: 'patient-day-taken';
      readonly conflict: Appointment;
      readonly patient: Patient;
    }
  | { readonly kind: 'practitioner-slot-taken' }
  /** The key was already used on that date to book a different practitioner or start time. */
  | { readonly kind: 'idempotency-key-reused' };

/**
 * Books a practitioner for a patient. The store alone decides whether the patient's UTC date is free,
 * in the write itself. No earlier read decides it.
 *
 * @throws StoreUnavailableError
 */
export async function book(
  { people, appointments }: Repositories,
  { practitionerId, ...booking }: Booking,
): Promise<BookOutcome> {
  const [patient, practitioner] = await Promise.all([
    people.findPatient(booking.patientId),
    people.findPractitioner(practitionerId),
  ]);
  if (patient === undefined) return { kind: 'patient-not-found' };
  if (practitioner === undefined) return { kind: 'practitioner-not-found' };

  const appointment = { ...booking, practitioner };
  const outcome = await appointments.create(appointment);
  if (outcome.kind === 'booked') return { ...outcome, appointment, patient };
  if (outcome.kind === 'practitioner-slot-taken') return outcome;

  const { conflict } = outcome;
  if (booking.idempotencyKey === null || conflict.idempotencyKey !== booking.idempotencyKey) {
    return { ...outcome, patient };
  }
  return conflict.practitioner.practitionerId === practitionerId && conflict.slot === booking.slot
    ? { kind: 'replayed', appointment: conflict, patient }
    : { kind: 'idempotency-key-reused' };
}
