import type { Id } from '../people.ts';
import type { ReadRepositories } from '../ports.ts';
import { type Slot, slotsOf, type UtcDate } from '../slot.ts';

export type SlotsOutcome =
  | {
      readonly kind: 'found';
      readonly slots: readonly { readonly slot: Slot; readonly status: 'free' | 'busy' }[];
    }
  | { readonly kind: 'practitioner-not-found' };

/**
 * The slots of a practitioner on a UTC date. All are free if double booking is allowed.
 *
 * @throws StoreUnavailableError
 */
export async function slots(
  { people, appointments }: ReadRepositories,
  practitionerId: Id,
  date: UtcDate,
): Promise<SlotsOutcome> {
  const [practitioner, busy] = await Promise.all([
    people.findPractitioner(practitionerId),
    appointments.listBusySlots(practitionerId, date),
  ]);
  if (practitioner === undefined) return { kind: 'practitioner-not-found' };
  return {
    kind: 'found',
    slots: slotsOf(date).map((slot) => ({ slot, status: busy.has(slot) ? 'busy' : 'free' })),
  };
}
