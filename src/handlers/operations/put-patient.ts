import * as z from 'zod/mini';
import type { Repositories } from '../../domain/ports.ts';
import { putPatient as put } from '../../domain/use-cases/put-patient.ts';
import { body, names } from '../http/body-schemas.ts';
import { type Call, operation } from '../http/operation.ts';
import { respondPatient } from '../http/people-responses.ts';
import { noQuery, patientPath } from '../http/schemas.ts';

const request = z.object({ path: patientPath, query: noQuery, body: body(names) });

export const putPatient = operation(
  'putPatient',
  request,
  async ({ path, body }, { repositories, origin }: Call<Repositories>) => {
    const { first_name: firstName, last_name: lastName } = body;
    const patient = { patientId: path.patient_id, firstName, lastName };
    const outcome = await put(repositories, patient, origin);
    return outcome.kind === 'patient-erased'
      ? { code: outcome.kind }
      : respondPatient(outcome.kind, outcome.patient);
  },
);
