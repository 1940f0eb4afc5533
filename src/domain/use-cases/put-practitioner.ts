import type { Origin } from '../appointment.ts';
import type { Practitioner, ScheduledPractitioner } from '../people.ts';
import type { PutKind, Repositories } from '../ports.ts';

export interface PutPractitionerOutcome {
  readonly kind: PutKind;
  readonly practitioner: ScheduledPractitioner;
}

/**
 * Adds a practitioner who is always open, or replaces their names and NPI. Their schedule stays.
 *
 * @throws StoreUnavailableError
 */
export async function putPractitioner(
  { people }: Pick<Repositories, 'people'>,
  practitioner: Practitioner,
  origin: Origin,
): Promise<PutPractitionerOutcome> {
  return people.putPractitioner(practitioner, origin);
}
