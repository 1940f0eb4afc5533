import type { Id, Name, Patient, Practitioner } from '../../src/domain/people.ts';
import type { Repositories } from '../../src/domain/repositories.ts';

const PATIENTS: readonly Patient[] = [
  { patientId: '1' as Id, firstName: 'Alexei' as Name, lastName: 'Isac' as Name },
  { patientId: '2' as Id, firstName: 'Mathew' as Name, lastName: 'Isac' as Name },
];

const PRACTITIONERS: readonly Practitioner[] = [
  { practitionerId: '1' as Id, firstName: 'Bob' as Name, lastName: 'Dr' as Name, npi: '100' },
  { practitionerId: '2' as Id, firstName: 'Alice' as Name, lastName: 'Dr' as Name, npi: '200' },
];

/** Stores the demo people; those who are there already stay as they are. */
export async function createDemoPeople({ patients, practitioners }: Repositories): Promise<void> {
  await Promise.all([
    ...PATIENTS.map((patient) => patients.create(patient)),
    ...PRACTITIONERS.map((practitioner) => practitioners.create(practitioner)),
  ]);
}
