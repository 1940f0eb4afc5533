import type { Id, Patient } from '../people.ts';
import type { ReadRepositories } from '../ports.ts';

export type GetPatientOutcome =
  | { readonly kind: 'found'; readonly patient: Patient }
  | { readonly kind: 'patient-not-found' | 'patient-erased' };

/** @throws StoreUnavailableError */
export async function getPatient(
  { people }: ReadRepositories,
  patientId: Id,
): Promise<GetPatientOutcome> {
  const patient = await people.findPatient(patientId);
  if (patient === undefined) return { kind: 'patient-not-found' };
  return patient === 'erased' ? { kind: 'patient-erased' } : { kind: 'found', patient };
}
