import type { Id } from '../people.ts';
import type { Page, ReadRepositories } from '../ports.ts';
import { isOpen } from '../schedule.ts';
import { addDays, daysBetween, type Slot, slotsOf, type UtcDate, type UtcSecond } from '../slot.ts';

/** The most slots per page, and the default. */
export const MAX_SLOTS_LIMIT = 1000;

/** The most days from the first to the last date of a range. */
export const MAX_DAYS = 30;

export interface SlotsRange {
  readonly practitionerId: Id;
  /** Inclusive. */
  readonly from: UtcDate;
  /** Inclusive, at most {@link MAX_DAYS} later. */
  readonly to: UtcDate;
  readonly status: 'all' | 'free';
  /** Only slots that start later. */
  readonly after?: UtcSecond | undefined;
  readonly limit: number;
}

/** `closed`: outside the hours or within time off, taken or not. `busy`: taken, if double booking is rejected. */
type SlotStatus = 'free' | 'busy' | 'closed';

export type SlotsOutcome =
  | ({ readonly kind: 'found' } & Page<{ readonly slot: Slot; readonly status: SlotStatus }>)
  | { readonly kind: 'practitioner-not-found' };

/**
 * The slots of a practitioner in a range of UTC dates, earliest first. What is free can be booked, unless another
 * request is faster.
 *
 * @throws StoreUnavailableError
 */
export async function slots(
  { people, appointments }: ReadRepositories,
  { practitionerId, from, to, status, after, limit }: SlotsRange,
): Promise<SlotsOutcome> {
  const [practitioner, busy] = await Promise.all([
    people.findPractitioner(practitionerId),
    appointments.listBusySlots(practitionerId, from, to),
  ]);
  if (practitioner === undefined) return { kind: 'practitioner-not-found' };

  const earliest: string = after ?? '';
  const found = Array.from({ length: daysBetween(from, to) + 1 }, (_, days) => addDays(from, days))
    .flatMap(slotsOf)
    .filter((slot) => slot > earliest)
    .map(
      (slot) =>
        ({
          slot,
          status: !isOpen(practitioner.schedule, slot)
            ? 'closed'
            : busy.has(slot)
              ? 'busy'
              : 'free',
        }) as const,
    )
    .filter((one) => status === 'all' || one.status === 'free');
  return { kind: 'found', items: found.slice(0, limit), more: found.length > limit };
}
