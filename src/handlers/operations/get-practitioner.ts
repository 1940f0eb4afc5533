import * as z from 'zod/mini';
import type { ReadRepositories } from '../../domain/ports.ts';
import { getPractitioner as get } from '../../domain/use-cases/get-practitioner.ts';
import { type Call, operation } from '../http/operation.ts';
import { respondPractitioner } from '../http/people-responses.ts';
import { noQuery, practitionerPath } from '../http/schemas.ts';

const request = z.object({ path: practitionerPath, query: noQuery });

export const getPractitioner = operation(
  'getPractitioner',
  request,
  async ({ path }, { repositories }: Call<ReadRepositories>) => {
    const outcome = await get(repositories, path.practitioner_id);
    return outcome.kind === 'found'
      ? respondPractitioner(outcome.kind, outcome.practitioner)
      : { code: outcome.kind };
  },
);
