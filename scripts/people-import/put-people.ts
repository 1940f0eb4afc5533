import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Patient, Practitioner } from '../../src/domain/people.ts';
import { type PutKind, type Repositories, StoreUnavailableError } from '../../src/domain/ports.ts';
import { putPatient } from '../../src/domain/use-cases/put-patient.ts';
import { putPractitioner } from '../../src/domain/use-cases/put-practitioner.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import type { Table } from '../../src/repositories/store.ts';

export type Person = Patient | Practitioner;

export function idOf(person: Person): string {
  return 'patientId' in person ? person.patientId : person.practitionerId;
}

export type Outcome = PutKind | 'patient-erased';

/** The reads of so many people become one call. */
export const PEOPLE_PER_CHUNK = 100;

/** With pauses of 0.2 s, 0.4 s and so on, 12.6 s in total. */
const TRIES_WITHOUT_PROGRESS = 7;

/**
 * Puts up to `PEOPLE_PER_CHUNK` people with different ids at the same time, and again those for whom the store is
 * unavailable. A dry run only reads.
 *
 * @throws StoreUnavailableError if the store stays unavailable
 */
export async function putPeople(
  table: Table,
  people: readonly Person[],
  isDryRun: boolean,
): Promise<ReadonlyMap<Person, Outcome>> {
  const outcomes = new Map<Person, Outcome>();
  const act = isDryRun ? compare : put;
  for (let tries = 1; ; tries += 1) {
    const before = outcomes.size;
    const repositories = createRepositories(table, 'allow');
    const failures: Error[] = [];
    await Promise.all(
      people
        .filter((person) => !outcomes.has(person))
        .map(async (person) => {
          try {
            outcomes.set(person, await act(repositories, person));
          } catch (error) {
            failures.push(error as Error);
          }
        }),
    );
    if (failures.length === 0) return outcomes;
    if (outcomes.size > before) tries = 1;
    for (const error of failures) {
      if (!(error instanceof StoreUnavailableError) || tries === TRIES_WITHOUT_PROGRESS) {
        throw error;
      }
    }
    await sleep(100 * 2 ** tries);
  }
}

async function put(repositories: Repositories, person: Person): Promise<Outcome> {
  const origin = { requestId: randomUUID(), caller: null };
  const { kind } =
    'patientId' in person
      ? await putPatient(repositories, person, origin)
      : await putPractitioner(repositories, person, origin);
  return kind;
}

/** What putting a person would do. */
async function compare({ people }: Repositories, person: Person): Promise<Outcome> {
  if ('patientId' in person) {
    const found = await people.findPatient(person.patientId);
    if (found === 'erased') return 'patient-erased';
    return kindOf(found, person);
  }
  const practitioner = await people.findPractitioner(person.practitionerId);
  if (practitioner === undefined) return 'created';
  const { schedule: _, ...found } = practitioner;
  return kindOf(found, person);
}

function kindOf(found: Person | undefined, person: Person): PutKind {
  if (found === undefined) return 'created';
  return isDeepStrictEqual(found, person) ? 'unchanged' : 'replaced';
}
