import * as z from 'zod/mini';
import type { ReadRepositories } from '../../domain/ports.ts';
import { get } from '../../domain/use-cases/get.ts';
import { respondAppointment } from '../http/appointment-responses.ts';
import { type Call, operation } from '../http/operation.ts';
import { datePath, noQuery } from '../http/schemas.ts';

const request = z.object({ path: datePath, query: noQuery });

export const getAppointment = operation(
  'get',
  request,
  async ({ path }, { repositories }: Call<ReadRepositories>) => {
    const outcome = await get(repositories, path.patient_id, path.date);
    return outcome.kind === 'found' ? respondAppointment(200, outcome) : { code: outcome.kind };
  },
);
