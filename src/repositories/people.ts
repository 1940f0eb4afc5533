import * as z from 'zod/mini';
import { type Patient, type Practitioner, parseId, parseName } from '../domain/people.ts';
import type { PeopleRepository } from '../domain/repositories.ts';
import { schemaBy } from '../schema-by.ts';
import { getItem, getItems, type Item, patientKey, practitionerKey, type Table } from './table.ts';

const patientItem = z.object({
  patient_id: schemaBy(z.string(), parseId),
  first_name: schemaBy(z.string(), parseName),
  last_name: schemaBy(z.string(), parseName),
});

const practitionerItem = z.object({
  practitioner_id: schemaBy(z.string(), parseId),
  first_name: schemaBy(z.string(), parseName),
  last_name: schemaBy(z.string(), parseName),
  npi: z._default(z.nullable(z.string()), null),
});

/** The patients and practitioners of the table. The functions only read them. */
export function createPeopleRepository(table: Table): PeopleRepository {
  return {
    async findPatient(patientId) {
      const item = await getItem(table, patientKey(patientId));
      return item && parsePatient(item);
    },

    async findPatients(patientIds) {
      const items = await getItems(table, [...new Set(patientIds)].map(patientKey));
      return new Map(items.map(parsePatient).map((patient) => [patient.patientId, patient]));
    },

    async findPractitioner(practitionerId) {
      const item = await getItem(table, practitionerKey(practitionerId));
      return item && parsePractitioner(item);
    },
  };
}

function parsePatient(item: Item): Patient {
  const { patient_id, first_name, last_name } = z.parse(patientItem, item);
  return { patientId: patient_id, firstName: first_name, lastName: last_name };
}

function parsePractitioner(item: Item): Practitioner {
  const { practitioner_id, first_name, last_name, npi } = z.parse(practitionerItem, item);
  return { practitionerId: practitioner_id, firstName: first_name, lastName: last_name, npi };
}
