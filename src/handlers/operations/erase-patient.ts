import * as z from 'zod/mini';
import type { Repositories } from '../../domain/ports.ts';
import { erasePatient as erase } from '../../domain/use-cases/erase-patient.ts';
import { type Call, operation } from '../http/operation.ts';
import { respondNothing } from '../http/responses.ts';
import { noQuery, patientPath } from '../http/schemas.ts';

const request = z.object({ path: patientPath, query: noQuery });

export const erasePatient = operation(
  'erasePatient',
  request,
  async ({ path }, { repositories, origin }: Call<Repositories>) => {
    const erasedAt = new Date().toISOString();
    const outcome = await erase(repositories, { patientId: path.patient_id, erasedAt }, origin);
    return outcome.kind === 'erased' ? respondNothing() : { code: outcome.kind };
  },
);
