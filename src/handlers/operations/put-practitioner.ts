import * as z from 'zod/mini';
import { NPI } from '../../domain/people.ts';
import type { Repositories } from '../../domain/ports.ts';
import { putPractitioner as put } from '../../domain/use-cases/put-practitioner.ts';
import { body, names } from '../http/body-schemas.ts';
import { type Call, operation } from '../http/operation.ts';
import { respondPractitioner } from '../http/people-responses.ts';
import { noQuery, practitionerPath, textBy } from '../http/schemas.ts';

const request = z.object({
  path: practitionerPath,
  query: noQuery,
  body: body({ ...names, npi: z.optional(z.nullable(textBy(NPI))) }),
});

export const putPractitioner = operation(
  'putPractitioner',
  request,
  async ({ path, body }, { repositories, origin }: Call<Repositories>) => {
    const { first_name: firstName, last_name: lastName, npi = null } = body;
    const practitioner = { practitionerId: path.practitioner_id, firstName, lastName, npi };
    const outcome = await put(repositories, practitioner, origin);
    return respondPractitioner(outcome.kind, outcome.practitioner);
  },
);
