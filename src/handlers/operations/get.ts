import * as z from 'zod/mini';
import type { ReadRepositories } from '../../domain/ports.ts';
import { get } from '../../domain/use-cases/get.ts';
import { respondAppointment } from '../http/appointment-responses.ts';
import { calendarOf, prefersCalendar } from '../http/calendar.ts';
import { type Call, operation } from '../http/operation.ts';
import { respondText } from '../http/responses.ts';
import { datePath, noQuery } from '../http/schemas.ts';

const request = z.object({
  path: datePath,
  query: noQuery,
  headers: z.object({ accept: z.optional(z.string()) }),
});

export const getAppointment = operation(
  'get',
  request,
  async ({ path, headers }, { repositories }: Call<ReadRepositories>) => {
    const outcome = await get(repositories, path.patient_id, path.date);
    if (outcome.kind !== 'found') return { code: outcome.kind };
    return prefersCalendar(headers.accept)
      ? respondText('text/calendar; charset=utf-8', calendarOf(outcome.appointment))
      : respondAppointment(200, outcome);
  },
);
