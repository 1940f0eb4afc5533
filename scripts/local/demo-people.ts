import { randomUUID } from 'node:crypto';
import type { Id, Name, Patient, Practitioner } from '../../src/domain/people.ts';
import { putPatient } from '../../src/domain/use-cases/put-patient.ts';
import { putPractitioner } from '../../src/domain/use-cases/put-practitioner.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import type { Table } from '../../src/repositories/store.ts';

const PATIENTS: readonly Patient[] = [
  { patientId: '1' as Id, firstName: 'Alexei' as Name, lastName: 'Isac' as Name },
  { patientId: '2' as Id, firstName: 'Mathew' as Name, lastName: 'Isac' as Name },
];

const PRACTITIONERS: readonly Practitioner[] = [
  { practitionerId: '1' as Id, firstName: 'Bob' as Name, lastName: 'Dr' as Name, npi: '100' },
  { practitionerId: '2' as Id, firstName: 'Alice' as Name, lastName: 'Dr' as Name, npi: '200' },
];

/** Adds the demo people. A person whose id is taken stays as they are. */
export async function createDemoPeople(table: Table): Promise<void> {
  const repositories = createRepositories(table, 'allow');
  const { people } = repositories;
  const origin = { requestId: randomUUID(), caller: null };
  for (const patient of PATIENTS) {
    const found = await people.findPatient(patient.patientId);
    if (found === undefined) await putPatient(repositories, patient, origin);
  }
  for (const practitioner of PRACTITIONERS) {
    const found = await people.findPractitioner(practitioner.practitionerId);
    if (found === undefined) await putPractitioner(repositories, practitioner, origin);
  }
}
