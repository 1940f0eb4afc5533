import { ID, NAME, type Patient, type Practitioner } from '../domain/people.ts';
import type { PeopleRepository } from '../domain/ports.ts';
import { attribute, nullable, text } from './attributes.ts';
import { patientKey, practitionerKey } from './keys.ts';
import type { Reads } from './reads.ts';
import type { Item } from './store.ts';

/** The patients and practitioners of the table. The functions only read them. */
export function createPeopleRepository(reads: Reads): PeopleRepository {
  return {
    async findPatient(patientId) {
      const item = await reads.get(patientKey(patientId));
      return item && parsePatient(item);
    },

    async findPatients(patientIds) {
      const items = await reads.getAll([...new Set(patientIds)].map(patientKey));
      return new Map(items.map(parsePatient).map((patient) => [patient.patientId, patient]));
    },

    async findPractitioner(practitionerId) {
      const item = await reads.get(practitionerKey(practitionerId));
      return item && parsePractitioner(item);
    },
  };
}

function parsePatient(item: Item): Patient {
  return {
    patientId: attribute(item, 'patient_id', ID.parse),
    firstName: attribute(item, 'first_name', NAME.parse),
    lastName: attribute(item, 'last_name', NAME.parse),
  };
}

function parsePractitioner(item: Item): Practitioner {
  return {
    practitionerId: attribute(item, 'practitioner_id', ID.parse),
    firstName: attribute(item, 'first_name', NAME.parse),
    lastName: attribute(item, 'last_name', NAME.parse),
    npi: item['npi'] === undefined ? null : nullable(item, 'npi', text),
  };
}
