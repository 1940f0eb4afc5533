import * as z from 'zod/mini';
import type { ReadRepositories } from '../../domain/ports.ts';
import { daysBetween, slotEnd, UTC_DATE, UTC_SECOND, type UtcDate } from '../../domain/slot.ts';
import { MAX_DAYS, MAX_SLOTS_LIMIT, slots } from '../../domain/use-cases/slots.ts';
import { type Call, operation } from '../http/operation.ts';
import { isInOrder, limitTo } from '../http/query-schemas.ts';
import { linkToNext, respond } from '../http/responses.ts';
import { ifReadable, oneOf, practitionerPath, queryOf, textBy } from '../http/schemas.ts';

const isShort = z.refine<{ from: UtcDate; to?: UtcDate | undefined }>(
  ({ from, to = from }) => daysBetween(from, to) <= MAX_DAYS,
  {
    path: ['to'],
    error: `must be at most ${MAX_DAYS} days after "from"`,
    when: ifReadable(UTC_DATE, 'from', 'to'),
  },
);

const request = z.object({
  path: practitionerPath,
  query: queryOf({
    from: textBy(UTC_DATE),
    to: z.optional(textBy(UTC_DATE)),
    status: z.optional(oneOf(['all', 'free'])),
    after: z.optional(textBy(UTC_SECOND)),
    limit: z.optional(limitTo(MAX_SLOTS_LIMIT)),
  }).check(isInOrder, isShort),
});

export const getSlots = operation(
  'slots',
  request,
  async ({ path, query }, { repositories }: Call<ReadRepositories>) => {
    const { practitioner_id: practitionerId } = path;
    const { from, to = from, status = 'all', after, limit = MAX_SLOTS_LIMIT } = query;
    const range = { practitionerId, from, to, status, after, limit };
    const outcome = await slots(repositories, range);
    if (outcome.kind !== 'found') return { code: outcome.kind };
    const last = outcome.more ? outcome.items.at(-1) : undefined;
    return respond(
      200,
      'application/json',
      outcome.items.map(({ slot, status }) => ({
        start_time: slot,
        end_time: slotEnd(slot),
        status,
      })),
      last &&
        linkToNext(`/api/practitioners/${practitionerId}/slots`, { ...query, after: last.slot }),
    );
  },
);
