import * as z from 'zod/mini';
import type { ReadRepositories } from '../../domain/ports.ts';
import { FIRST_DATE, LAST_DATE } from '../../domain/slot.ts';
import { list, MAX_LIMIT } from '../../domain/use-cases/list.ts';
import { representAppointment } from '../http/appointment-responses.ts';
import { type Call, operation } from '../http/operation.ts';
import { isInOrder, limitTo, range } from '../http/query-schemas.ts';
import { linkToNext, respond } from '../http/responses.ts';
import { appointmentId, oneOf, patientPath, queryOf } from '../http/schemas.ts';

const request = z.object({
  path: patientPath,
  query: queryOf({
    ...range,
    status: z.optional(oneOf(['booked', 'all'])),
    after: z.optional(appointmentId),
    limit: z.optional(limitTo(MAX_LIMIT)),
  }).check(isInOrder),
});

export const listAppointments = operation(
  'list',
  request,
  async ({ path, query }, { repositories }: Call<ReadRepositories>) => {
    const { from = FIRST_DATE, to = LAST_DATE, after, limit = MAX_LIMIT } = query;
    const { status = 'booked', order = 'asc' } = query;
    const range = { patientId: path.patient_id, from, to, status, order, after, limit };
    const outcome = await list(repositories, range);
    if (outcome.kind === 'patient-not-found') return { code: outcome.kind };
    const { patient, appointments, next } = outcome;
    return respond(
      200,
      'application/json',
      appointments.map((appointment) => representAppointment(appointment, patient)),
      next && linkToNext(`/api/patients/${path.patient_id}/appointments`, { ...query, ...next }),
    );
  },
);
