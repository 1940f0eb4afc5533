import * as z from 'zod/mini';
import { type Patient, type Practitioner, parseId, parseName } from '../domain/people.ts';
import type { PatientRepository, PractitionerRepository } from '../domain/repositories.ts';
import { schemaBy } from '../schema-by.ts';
import {
  getItem,
  type Item,
  type Key,
  patientKey,
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

const patientItem = z.object({
  patient_id: schemaBy(z.string(), parseId),
  first_name: schemaBy(z.string(), parseName),
  last_name: schemaBy(z.string(), parseName),
});

/** The patients of the table. */
export function createPatientRepository(table: Table): PatientRepository {
  return {
    async findById(patientId) {
      const item = await getItem(table, patientKey(patientId));
      return item && parsePatient(item);
    },

    async create(patient) {
      return parsePatient(await putItemIfAbsent(table, itemOfPatient(patient)));
    },
  };
}

export function itemOfPatient({ patientId, firstName, lastName }: Patient): Key & Item {
  return {
    ...patientKey(patientId),
    patient_id: patientId,
    first_name: firstName,
    last_name: lastName,
  };
}

function parsePatient(item: Item): Patient {
  const { patient_id, first_name, last_name } = z.parse(patientItem, item);
  return { patientId: patient_id, firstName: first_name, lastName: last_name };
}
