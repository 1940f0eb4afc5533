import {
  type AppointmentReference,
  type Cancellation,
  type EndedAppointment,
  hasEnded,
} from '../appointment.ts';
import { type Id, type Patient, unlessErased } from '../people.ts';
import type { Repositories } from '../ports.ts';

/** A request to cancel. */
export type CancelRequest = AppointmentReference &
  Omit<Cancellation, 'status'> & { readonly patientId: Id };

export type CancelOutcome =
  /** `replayed`: an earlier request cancelled it. */
  | {
      readonly kind: 'cancelled' | 'replayed';
      readonly appointment: EndedAppointment;
      readonly patient: Patient | null;
    }
  | { readonly kind: 'patient-not-found' }
  | { readonly kind: 'appointment-not-found' }
  | {
      readonly kind: 'appointment-rescheduled';
      readonly conflict: EndedAppointment;
      readonly patient: Patient | null;
    };

/**
 * Cancels an appointment and frees its UTC date. The store decides in the write itself whether the
 * appointment is still booked. Repeating it changes nothing.
 *
 * @throws StoreUnavailableError
 */
export async function cancel(
  { people, appointments }: Repositories,
  { patientId, date, appointmentId, ...cancellation }: CancelRequest,
): Promise<CancelOutcome> {
  const [record, found] = await Promise.all([
    people.findPatient(patientId),
    appointments.find(patientId, { date, appointmentId }),
  ]);
  if (record === undefined) return { kind: 'patient-not-found' };
  const patient = unlessErased(record);
  if (found === undefined) return { kind: 'appointment-not-found' };

  const appointment = hasEnded(found)
    ? found
    : await appointments.cancel(found, { status: 'cancelled', ...cancellation });
  const { ending } = appointment;
  if (ending.status === 'rescheduled') {
    return { kind: 'appointment-rescheduled', conflict: appointment, patient };
  }
  const isOwn = !hasEnded(found) && ending.endedBy.requestId === cancellation.endedBy.requestId;
  return { kind: isOwn ? 'cancelled' : 'replayed', appointment, patient };
}
