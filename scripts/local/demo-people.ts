import type { Id, Name, Patient, Practitioner } from '../../src/domain/people.ts';
import { type Table } from '../../src/repositories/store.ts';
import { ABSENT, put, write } from '../../src/repositories/writes.ts';
import { itemOfPerson } from '../people-import/people-batch.ts';

const PATIENTS: readonly Patient[] = [
  { patientId: '1' as Id, firstName: 'Alexei' as Name, lastName: 'Isac' as Name },
  { patientId: '2' as Id, firstName: 'Mathew' as Name, lastName: 'Isac' as Name },
];

const PRACTITIONERS: readonly Practitioner[] = [
  { practitionerId: '1' as Id, firstName: 'Bob' as Name, lastName: 'Dr' as Name, npi: '100' },
  { practitionerId: '2' as Id, firstName: 'Alice' as Name, lastName: 'Dr' as Name, npi: '200' },
];

/** Stores the demo people. A person whose id is taken stays as they are. */
export async function createDemoPeople(table: Table): Promise<void> {
  await Promise.all(
    [...PATIENTS, ...PRACTITIONERS].map((person) =>
      write(table, [put(table, itemOfPerson(person), ABSENT)]),
    ),
  );
}
