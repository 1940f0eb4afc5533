import type { Appointment, IdempotencyKey } from './appointment.ts';
import { BookingError, patientNotFound } from './booking-error.ts';
import type { Id, Patient } from './people.ts';
import type { Repositories } from './repositories.ts';
import type { Slot } from './slot.ts';

export interface Booking {
  /** New for each request, and the same for all its attempts. */
  readonly appointmentId: string;
  readonly patientId: Id;
  readonly practitionerId: Id;
  readonly slot: Slot;
  /** Now: UTC, RFC 3339 with milliseconds. */
  readonly createdAt: string;
  readonly requestId: string;
  readonly idempotencyKey: IdempotencyKey | null;
}

export interface Booked {
  readonly appointment: Appointment;
  readonly patient: Patient;
  /** Whether an earlier request with the same key had booked it. */
  readonly replayed: boolean;
}

/**
 * Books a practitioner for a patient. The patient's UTC date is taken by the store alone: nothing
 * that was read before decides it. A request that was made before with the same key, practitioner and
 * slot gets the appointment that it booked then.
 *
 * @throws BookingError `patient-not-found`, `practitioner-not-found`, `patient-day-taken`,
 * `practitioner-slot-taken`, `idempotency-key-reused`, `store-unavailable`
 */
export async function bookAppointment(
  { patients, practitioners, appointments }: Repositories,
  { practitionerId, ...booking }: Booking,
): Promise<Booked> {
  const [patient, practitioner] = await Promise.all([
    patients.findById(booking.patientId),
    practitioners.findById(practitionerId),
  ]);
  if (patient === undefined) throw patientNotFound();
  if (practitioner === undefined) {
    throw new BookingError(
      { code: 'practitioner-not-found' },
      'There is no practitioner with this practitioner_id.',
    );
  }

  const appointment = await appointments.create({ ...booking, practitioner });
  if (appointment.appointmentId === booking.appointmentId) {
    return { appointment, patient, replayed: false };
  }
  if (booking.idempotencyKey === null || appointment.idempotencyKey !== booking.idempotencyKey) {
    throw new BookingError(
      { code: 'patient-day-taken', conflict: appointment, patient },
      'The patient already has an appointment on this UTC date. Choose another date.',
    );
  }
  if (
    appointment.practitioner.practitionerId !== practitionerId ||
    appointment.slot !== booking.slot
  ) {
    throw new BookingError(
      { code: 'idempotency-key-reused' },
      'This Idempotency-Key has booked another practitioner or start on this date. Use a new key for a new booking.',
    );
  }
  return { appointment, patient, replayed: true };
}
