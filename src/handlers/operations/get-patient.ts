import * as z from 'zod/mini';
import type { ReadRepositories } from '../../domain/ports.ts';
import { getPatient as get } from '../../domain/use-cases/get-patient.ts';
import { type Call, operation } from '../http/operation.ts';
import { respondPatient } from '../http/people-responses.ts';
import { noQuery, patientPath } from '../http/schemas.ts';

const request = z.object({ path: patientPath, query: noQuery });

export const getPatient = operation(
  'getPatient',
  request,
  async ({ path }, { repositories }: Call<ReadRepositories>) => {
    const outcome = await get(repositories, path.patient_id);
    return outcome.kind === 'found'
      ? respondPatient(outcome.kind, outcome.patient)
      : { code: outcome.kind };
  },
);
