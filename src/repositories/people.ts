import { type Patient, type Practitioner, parseId, parseName } from '../domain/people.ts';
import type { PeopleRepository } from '../domain/ports.ts';
import { attribute, nullable, text } from './attributes.ts';
import { getItem, getItems, type Item, patientKey, practitionerKey, type Table } from './table.ts';

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
  return {
    patientId: attribute(item, 'patient_id', parseId),
    firstName: attribute(item, 'first_name', parseName),
    lastName: attribute(item, 'last_name', parseName),
  };
}

function parsePractitioner(item: Item): Practitioner {
  return {
    practitionerId: attribute(item, 'practitioner_id', parseId),
    firstName: attribute(item, 'first_name', parseName),
    lastName: attribute(item, 'last_name', parseName),
    npi: item['npi'] === undefined ? null : nullable(item, 'npi', text),
  };
}
