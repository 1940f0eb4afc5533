import * as z from 'zod/mini';
import { AGENDA_POSITION } from '../../domain/appointment.ts';
import type { ReadRepositories } from '../../domain/ports.ts';
import { FIRST_DATE, LAST_DATE } from '../../domain/slot.ts';
import { agenda, MAX_AGENDA_LIMIT } from '../../domain/use-cases/agenda.ts';
import { representAppointment } from '../http/appointment-responses.ts';
import { type Call, operation } from '../http/operation.ts';
import { isInOrder, limitTo, range } from '../http/query-schemas.ts';
import { linkToNext, respond } from '../http/responses.ts';
import { practitionerPath, queryOf, textBy } from '../http/schemas.ts';

const request = z.object({
  path: practitionerPath,
  query: queryOf({
    ...range,
    after: z.optional(textBy(AGENDA_POSITION)),
    limit: z.optional(limitTo(MAX_AGENDA_LIMIT)),
  }).check(isInOrder),
});

export const getAgenda = operation(
  'agenda',
  request,
  async ({ path, query }, { repositories }: Call<ReadRepositories>) => {
    const { from = FIRST_DATE, to = LAST_DATE, order = 'asc', limit = MAX_AGENDA_LIMIT } = query;
    const { practitioner_id: practitionerId } = path;
    const range = { practitionerId, from, to, order, after: query.after, limit };
    const outcome = await agenda(repositories, range);
    if (outcome.kind === 'practitioner-not-found') return { code: outcome.kind };
    const { entries, after } = outcome;
    return respond(
      200,
      'application/json',
      entries.map(({ appointment, patient }) => representAppointment(appointment, patient)),
      after && linkToNext(`/api/practitioners/${practitionerId}/appointments`, { ...query, after }),
    );
  },
);
