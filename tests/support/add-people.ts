import { randomUUID } from 'node:crypto';
import type { Patient, Practitioner } from '../../src/domain/people.ts';
import { putPatient } from '../../src/domain/use-cases/put-patient.ts';
import { putPractitioner } from '../../src/domain/use-cases/put-practitioner.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import type { Table } from '../../src/repositories/store.ts';

/** Puts people with different ids, a few at a time: a store that has just started is slow. */
export async function addPeople(
  table: Table,
  people: readonly (Patient | Practitioner)[],
): Promise<void> {
  for (let first = 0; first < people.length; first += 25) {
    const repositories = createRepositories(table, 'allow');
    await Promise.all(
      people.slice(first, first + 25).map(async (person) => {
        const origin = { requestId: randomUUID(), caller: null };
        return 'patientId' in person
          ? putPatient(repositories, person, origin)
          : putPractitioner(repositories, person, origin);
      }),
    );
  }
}
