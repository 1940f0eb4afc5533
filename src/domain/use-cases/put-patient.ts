import type { Origin } from '../appointment.ts';
import type { Patient } from '../people.ts';
import type { PutKind, Repositories } from '../ports.ts';

export type PutPatientOutcome =
  | { readonly kind: PutKind; readonly patient: Patient }
  | { readonly kind: 'patient-erased' };

/**
 * Adds a patient, or replaces their names. An erased patient stays erased.
 *
 * @throws StoreUnavailableError
 */
export async function putPatient(
  { people }: Pick<Repositories, 'people'>,
  patient: Patient,
  origin: Origin,
): Promise<PutPatientOutcome> {
  const { kind } = await people.putPatient(patient, origin);
  return kind === 'patient-erased' ? { kind } : { kind, patient };
}
