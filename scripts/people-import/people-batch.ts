import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  BatchWriteCommand,
  type BatchWriteCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import type { Patient, Practitioner } from '../../src/domain/people.ts';
import { StoreUnavailableError } from '../../src/domain/ports.ts';
import { type Key, patientKey, practitionerKey } from '../../src/repositories/keys.ts';
import { callStore, type Item, type Table } from '../../src/repositories/store.ts';

/** The most items that DynamoDB reads in one call. */
export const PEOPLE_PER_BATCH = 100;
/** The most items that DynamoDB writes in one call. */
const PUTS_PER_CALL = 25;

/** Attempts in a row that may make no progress. The pauses between them add up to 22 s at most. */
const MAX_ATTEMPTS = 10;
const FIRST_PAUSE_MILLISECONDS = 50;
const MAX_PAUSE_MILLISECONDS = 5000;

export type Person = Patient | Practitioner;

/**
 * Writes people in batches of up to `PEOPLE_PER_BATCH`. The functions never write people. In one batch, no
 * two patients and no two practitioners may have the same id. Each method returns how many of the people
 * differ from the table. Nobody is deleted, and other attributes of an item stay.
 *
 * If the store stays unavailable, both methods throw a `StoreUnavailableError`. Any other error passes
 * through. In both cases, the same call can be repeated.
 */
export interface PeopleBatch {
  /** Writes the people who differ from the table. */
  readonly store: (people: readonly Person[]) => Promise<number>;
  /** Only counts them. */
  readonly compare: (people: readonly Person[]) => Promise<number>;
}

/** @param pause waits for a number of milliseconds */
export function createPeopleBatch(
  table: Table,
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): PeopleBatch {
  async function findChanged(people: readonly Person[]): Promise<(Key & Item)[]> {
    const items = people.map(itemOfPerson);
    const stored = new Map<unknown, Item>();
    await repeatUntilDone(
      items.map(({ PK, SK }) => ({ PK, SK })),
      async (keys) => {
        const command = new BatchGetCommand({
          RequestItems: { [table.name]: { Keys: keys, ConsistentRead: true } },
        });
        const output: BatchGetCommandOutput = await callStore(table, (options) =>
          table.client.send(command, options),
        );
        for (const item of output.Responses?.[table.name] ?? []) stored.set(item['PK'], item);
        return (output.UnprocessedKeys?.[table.name]?.Keys ?? []) as Key[];
      },
      pause,
    );
    return items.flatMap((item) => {
      const before = stored.get(item.PK);
      return before !== undefined && includes(before, item) ? [] : [{ ...before, ...item }];
    });
  }

  return {
    async compare(people) {
      return (await findChanged(people)).length;
    },

    async store(people) {
      const items = await findChanged(people);
      for (let start = 0; start < items.length; start += PUTS_PER_CALL) {
        await repeatUntilDone(
          items.slice(start, start + PUTS_PER_CALL),
          async (puts) => {
            const command = new BatchWriteCommand({
              RequestItems: { [table.name]: puts.map((Item) => ({ PutRequest: { Item } })) },
            });
            const output: BatchWriteCommandOutput = await callStore(table, (options) =>
              table.client.send(command, options),
            );
            const unprocessed = output.UnprocessedItems?.[table.name] ?? [];
            return unprocessed.map(({ PutRequest }) => PutRequest?.Item as Key & Item);
          },
          pause,
        );
      }
      return items.length;
    },
  };
}

export function itemOfPerson(person: Person): Key & Item {
  const names = { first_name: person.firstName, last_name: person.lastName };
  if ('patientId' in person) {
    const { patientId } = person;
    return { ...patientKey(patientId), patient_id: patientId, ...names };
  }
  const { practitionerId, npi } = person;
  return { ...practitionerKey(practitionerId), practitioner_id: practitionerId, ...names, npi };
}

/** Whether an item has all attributes of another. A missing attribute equals null. */
function includes(item: Item, other: Item): boolean {
  return Object.entries(other).every(([name, value]) => (item[name] ?? null) === value);
}

/**
 * Calls the store with all parts, then again with the parts that it did not process. The pauses between
 * calls grow and are random, so that simultaneous imports do not retry at the same moment.
 *
 * @param call returns the parts that were not processed
 */
async function repeatUntilDone<Part>(
  parts: readonly Part[],
  call: (parts: Part[]) => Promise<Part[]>,
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<void> {
  let left = [...parts];
  let failures = 0;
  while (left.length > 0) {
    const { length } = left;
    try {
      left = await call(left);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || failures + 1 === MAX_ATTEMPTS) throw error;
    }
    if (left.length === 0) return;
    failures = left.length < length ? 0 : failures + 1;
    if (failures === MAX_ATTEMPTS) throw new StoreUnavailableError();
    const maxPause = Math.min(FIRST_PAUSE_MILLISECONDS * 2 ** failures, MAX_PAUSE_MILLISECONDS);
    await pause(Math.random() * maxPause);
  }
}
