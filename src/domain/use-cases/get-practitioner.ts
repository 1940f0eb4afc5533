import type { Id, ScheduledPractitioner } from '../people.ts';
import type { ReadRepositories } from '../ports.ts';

export type GetPractitionerOutcome =
  | { readonly kind: 'found'; readonly practitioner: ScheduledPractitioner }
  | { readonly kind: 'practitioner-not-found' };

/** @throws StoreUnavailableError */
export async function getPractitioner(
  { people }: ReadRepositories,
  practitionerId: Id,
): Promise<GetPractitionerOutcome> {
  const practitioner = await people.findPractitioner(practitionerId);
  return practitioner === undefined
    ? { kind: 'practitioner-not-found' }
    : { kind: 'found', practitioner };
}
