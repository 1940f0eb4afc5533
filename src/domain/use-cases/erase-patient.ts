import type { Origin } from '../appointment.ts';
import type { Id } from '../people.ts';
import type { Repositories } from '../ports.ts';

export interface EraseRequest {
  readonly patientId: Id;
  /** UTC, RFC 3339 with milliseconds. */
  readonly erasedAt: string;
}

export interface EraseOutcome {
  readonly kind: 'erased' | 'patient-not-found';
}

/**
 * Removes a patient's names for good. Their id stays, so their appointments keep their place and their lock.
 *
 * @throws StoreUnavailableError
 */
export async function erasePatient(
  { people }: Repositories,
  { patientId, erasedAt }: EraseRequest,
  origin: Origin,
): Promise<EraseOutcome> {
  return people.erasePatient(patientId, origin, erasedAt);
}
