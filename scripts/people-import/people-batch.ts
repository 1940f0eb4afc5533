import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Patient, Practitioner } from '../../src/domain/people.ts';
import type { PutKind, Repositories } from '../../src/domain/ports.ts';
import { putPatient } from '../../src/domain/use-cases/put-patient.ts';
import { putPractitioner } from '../../src/domain/use-cases/put-practitioner.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import type { Table } from '../../src/repositories/store.ts';

/** The most items that DynamoDB reads in one call. */
export const PEOPLE_PER_BATCH = 100;

export type Person = Patient | Practitioner;

/**
 * Puts people in batches of up to `PEOPLE_PER_BATCH`, whose reads are one call. Each method returns how many of
 * the people differ from the table. A batch can be repeated.
 */
export interface PeopleBatch {
  readonly store: (people: readonly Person[]) => Promise<number>;
  /** Only counts them. */
  readonly compare: (people: readonly Person[]) => Promise<number>;
}

export function createPeopleBatch(table: Table): PeopleBatch {
  return {
    async compare(people) {
      const repositories = createRepositories(table, 'allow');
      const same = await Promise.all(people.map(async (person) => isStored(repositories, person)));
      return same.filter((one) => !one).length;
    },

    async store(people) {
      const repositories = createRepositories(table, 'allow');
      const kinds = await Promise.all(people.map(async (person) => put(repositories, person)));
      return kinds.filter((kind) => kind !== 'unchanged').length;
    },
  };
}

async function put(
  repositories: Repositories,
  person: Person,
): Promise<PutKind | 'patient-erased'> {
  const origin = { requestId: randomUUID(), caller: null };
  const { kind } =
    'patientId' in person
      ? await putPatient(repositories, person, origin)
      : await putPractitioner(repositories, person, origin);
  return kind;
}

async function isStored({ people }: Repositories, person: Person): Promise<boolean> {
  if ('patientId' in person) {
    return isDeepStrictEqual(await people.findPatient(person.patientId), person);
  }
  const { schedule: _, ...found } = (await people.findPractitioner(person.practitionerId)) ?? {};
  return isDeepStrictEqual(found, person);
}
