import * as z from 'zod/mini';
import { parseId } from '../domain/id.ts';
import { type Practitioner, parseName } from '../domain/people.ts';
import type { PractitionerRepository } from '../domain/repositories.ts';
import { schemaBy } from '../schema-by.ts';
import {
  getItem,
  type Item,
  type Key,
  practitionerKey,
  putItemIfAbsent,
  type Table,
} from './table.ts';

const practitionerItem = z.object({
  practitioner_id: schemaBy(z.string(), parseId),
  first_name: schemaBy(z.string(), parseName),
  last_name: schemaBy(z.string(), parseName),
  npi: z._default(z.nullable(z.string()), null),
});

/** The practitioners of the table. */
export function createPractitionerRepository(table: Table): PractitionerRepository {
  return {
    async findById(practitionerId) {
      const item = await getItem(table, practitionerKey(practitionerId));
      return item && parsePractitioner(item);
    },

    async create(practitioner) {
      return parsePractitioner(await putItemIfAbsent(table, itemOfPractitioner(practitioner)));
    },
  };
}

export function itemOfPractitioner(practitioner: Practitioner): Key & Item {
  const { practitionerId, firstName, lastName, npi } = practitioner;
  return {
    ...practitionerKey(practitionerId),
    practitioner_id: practitionerId,
    first_name: firstName,
    last_name: lastName,
    npi,
  };
}

function parsePractitioner(item: Item): Practitioner {
  const { practitioner_id, first_name, last_name, npi } = z.parse(practitionerItem, item);
  return { practitionerId: practitioner_id, firstName: first_name, lastName: last_name, npi };
}
