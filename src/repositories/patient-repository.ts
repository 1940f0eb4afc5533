import * as z from 'zod/mini';
import { parseId } from '../domain/id.ts';
import { type Patient, parseName } from '../domain/people.ts';
import type { PatientRepository } from '../domain/repositories.ts';
import { schemaBy } from '../schema-by.ts';
import { getItem, type Item, type Key, patientKey, putItemIfAbsent, type Table } from './table.ts';

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
