import * as z from 'zod/mini';
import type { ReadRepositories } from '../../domain/ports.ts';
import { slotEnd, UTC_DATE } from '../../domain/slot.ts';
import { slots } from '../../domain/use-cases/slots.ts';
import { type Call, operation } from '../http/operation.ts';
import { respond } from '../http/responses.ts';
import { practitionerPath, queryOf, textBy } from '../http/schemas.ts';

const request = z.object({
  path: practitionerPath,
  query: queryOf({ date: textBy(UTC_DATE) }),
});

export const getSlots = operation(
  'slots',
  request,
  async ({ path, query }, { repositories }: Call<ReadRepositories>) => {
    const outcome = await slots(repositories, path.practitioner_id, query.date);
    if (outcome.kind !== 'found') return { code: outcome.kind };
    return respond(
      200,
      'application/json',
      outcome.slots.map(({ slot, status }) => ({
        start_time: slot,
        end_time: slotEnd(slot),
        status,
      })),
    );
  },
);
