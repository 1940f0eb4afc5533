import { randomUUID } from 'node:crypto';
import type { Patient, Practitioner } from '../../src/domain/people.ts';
import { putPatient } from '../../src/domain/use-cases/put-patient.ts';
import { putPractitioner } from '../../src/domain/use-cases/put-practitioner.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import type { Table } from '../../src/repositories/store.ts';

/** Puts people with different ids. Reads up to 100 of them in one call. */
export async function addPeople(
  table: Table,
  people: readonly (Patient | Practitioner)[],
): Promise<void> {
  for (let first = 0; first < people.length; first += 100) {
    const repositories = createRepositories(table, 'allow');
    await Promise.all(
      people.slice(first, first + 100).map(async (person) => {
        const origin = { requestId: randomUUID(), caller: null };
        return 'patientId' in person
          ? putPatient(repositories, person, origin)
          : putPractitioner(repositories, person, origin);
      }),
    );
  }
}
