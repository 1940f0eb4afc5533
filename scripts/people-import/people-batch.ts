import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  BatchWriteCommand,
  type BatchWriteCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import type { Patient, Practitioner } from '../../src/domain/people.ts';
import { StoreUnavailableError } from '../../src/domain/repositories.ts';
import {
  callStore,
  type Item,
  type Key,
  patientKey,
  practitionerKey,
  type Table,
} from '../../src/repositories/table.ts';

/** How many people DynamoDB gives out in one call; it takes in `PUTS_A_CALL`. */
export const PEOPLE_A_BATCH = 100;
const PUTS_A_CALL = 25;

/** Tries in a row that may come to nothing, with pauses between them of 22 s at the most. */
const TRIES = 10;
const FIRST_PAUSE_MILLISECONDS = 50;
const LONGEST_PAUSE_MILLISECONDS = 5000;

/**
 * People by the hundred, for bringing them in; no part of the functions. Each method takes up to
 * `PEOPLE_A_BATCH` people, no two of them of one kind and id, and returns how many of them are not
 * stored as they are given. What an item holds besides is left in it, and nobody is removed.
 *
 * Both throw a `StoreUnavailableError` where the store went on refusing some of them,
 * and anything else as it came. They can then be called again with the same people.
 */
export interface PeopleBatch {
  /** Stores those that differ from what is stored. */
  store(people: readonly (Patient | Practitioner)[]): Promise<number>;
  /** Counts them and writes nothing. */
  compare(people: readonly (Patient | Practitioner)[]): Promise<number>;
}

/**
 * @param pause waits so many milliseconds
 */
export function createPeopleBatch(
  table: Table,
  pause: (milliseconds: number) => Promise<unknown> = sleep,
): PeopleBatch {
  async function changed(people: readonly (Patient | Practitioner)[]): Promise<(Key & Item)[]> {
    const items = people.map(itemOfPerson);
    const stored = new Map<unknown, Item>();
    await untilDone(
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
      return before !== undefined && holds(before, item) ? [] : [{ ...before, ...item }];
    });
  }

  return {
    async compare(people) {
      return (await changed(people)).length;
    },

    async store(people) {
      const items = await changed(people);
      const calls = Array.from({ length: Math.ceil(items.length / PUTS_A_CALL) }, (_, call) =>
        items.slice(call * PUTS_A_CALL, (call + 1) * PUTS_A_CALL),
      );
      for (const call of calls) {
        await untilDone(
          call,
          async (puts) => {
            const command = new BatchWriteCommand({
              RequestItems: { [table.name]: puts.map((Item) => ({ PutRequest: { Item } })) },
            });
            const output: BatchWriteCommandOutput = await callStore(table, (options) =>
              table.client.send(command, options),
            );
            const left = output.UnprocessedItems?.[table.name] ?? [];
            return left.map(({ PutRequest }) => PutRequest?.Item as Key & Item);
          },
          pause,
        );
      }
      return items.length;
    },
  };
}

export function itemOfPerson(person: Patient | Practitioner): Key & Item {
  const names = { first_name: person.firstName, last_name: person.lastName };
  return 'patientId' in person
    ? { ...patientKey(person.patientId), patient_id: person.patientId, ...names }
    : {
        ...practitionerKey(person.practitionerId),
        practitioner_id: person.practitionerId,
        ...names,
        npi: person.npi,
      };
}

/** Whether an item has all attributes of another; one that is left out counts as null. */
function holds(item: Item, other: Item): boolean {
  return Object.entries(other).every(([name, value]) => (item[name] ?? null) === value);
}

/**
 * Makes a call for all the parts, and again for those that it returns as not done, after pauses that
 * grow and are drawn by chance, so that runs which were refused together do not come back together.
 */
async function untilDone<Part>(
  parts: readonly Part[],
  call: (parts: Part[]) => Promise<Part[]>,
  pause: (milliseconds: number) => Promise<unknown>,
): Promise<void> {
  let left = [...parts];
  for (let tries = 0; left.length > 0; tries += 1) {
    if (tries > 0) {
      const longest = FIRST_PAUSE_MILLISECONDS * 2 ** tries;
      await pause(Math.random() * Math.min(longest, LONGEST_PAUSE_MILLISECONDS));
    }
    const { length } = left;
    try {
      left = await call(left);
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || tries + 1 >= TRIES) throw error;
    }
    if (left.length < length) tries = 0;
    else if (tries + 1 >= TRIES) throw new StoreUnavailableError();
  }
}
