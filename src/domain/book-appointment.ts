import type { Appointment } from './appointment.ts';
import { BookingError } from './booking-error.ts';
import type { Id } from './id.ts';
import type { Patient } from './people.ts';
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
}

/**
 * Books a practitioner for a patient. The patient's UTC date is taken by the store alone: nothing
 * that was read before decides it.
 *
 * @throws BookingError `patient-not-found`, `practitioner-not-found`, `patient-day-taken`, `store-unavailable`
 */
export async function bookAppointment(
  { patients, practitioners, appointments }: Repositories,
  { practitionerId, ...booking }: Booking,
  signal?: AbortSignal,
): Promise<{ appointment: Appointment; patient: Patient }> {
  const [patient, practitioner] = await Promise.all([
    patients.findById(booking.patientId, signal),
    practitioners.findById(practitionerId, signal),
  ]);
  if (patient === undefined) {
    throw new BookingError({ code: 'patient-not-found' }, 'There is no patient with this id.');
  }
  if (practitioner === undefined) {
    throw new BookingError(
      { code: 'practitioner-not-found' },
      'There is no practitioner with this practitioner_id.',
    );
  }

  const appointment = await appointments.create({ ...booking, practitioner }, signal);
  if (appointment.appointmentId !== booking.appointmentId) {
    throw new BookingError(
      { code: 'patient-day-taken', conflict: appointment, patient },
      'The patient already has an appointment on this UTC date. Choose another date.',
    );
  }
  return { appointment, patient };
}
