import type { Appointment } from '../appointment.ts';
import { type Id, type Patient, unlessErased } from '../people.ts';
import type { ReadRepositories } from '../ports.ts';
import type { UtcDate } from '../slot.ts';

export type GetOutcome =
  | { readonly kind: 'found'; readonly appointment: Appointment; readonly patient: Patient | null }
  | { readonly kind: 'patient-not-found' }
  | { readonly kind: 'appointment-not-found' };

/**
 * Gets a patient's appointment of a UTC date: the booked one, or else the one that ended last.
 *
 * @throws StoreUnavailableError
 */
export async function get(
  { people, appointments }: ReadRepositories,
  patientId: Id,
  date: UtcDate,
): Promise<GetOutcome> {
  const [patient, appointment] = await Promise.all([
    people.findPatient(patientId),
    appointments.findByDate(patientId, date),
  ]);
  if (patient === undefined) return { kind: 'patient-not-found' };
  if (appointment === undefined) return { kind: 'appointment-not-found' };
  return { kind: 'found', appointment, patient: unlessErased(patient) };
}
