import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { recognizeColumns } from '../../../scripts/people-import/columns.ts';
import type { Row } from '../../../scripts/people-import/csv-file.ts';
import { importFile } from '../../../scripts/people-import/import-file.ts';
import type { Outcome, Person } from '../../../scripts/people-import/put-people.ts';

const HEADER = ['patient_id', 'first_name', 'last_name'];

/** Imports rows in chunks of 90. */
async function importRows(
  rows: Iterable<readonly string[]>,
  put: (people: readonly Person[]) => Promise<Outcome>,
) {
  const rejected: string[] = [];
  async function* chunks() {
    let chunk: Row[] = [];
    let line = 1;
    for (const values of rows) {
      line += 1;
      chunk.push({ line, values });
      if (chunk.length === 90) {
        await sleep(0);
        yield chunk;
        chunk = [];
      }
    }
    yield chunk;
  }
  const result = await importFile({
    rows: chunks(),
    readPerson: recognizeColumns('patients', 'patients.csv', HEADER),
    async put(people) {
      const outcome = await put(people);
      return new Map(people.map((person) => [person, outcome]));
    },
    onRejected: ({ line }, reason) => rejected.push(`${line}: ${reason}`),
    onWarning: () => undefined,
    onReplaced: () => undefined,
    signal: new AbortController().signal,
  });
  return { ...result, rejected };
}

function* patients(count: number) {
  for (let id = 0; id < count; id += 1) yield [String(id), 'A', 'B'];
}

const created = async () => Promise.resolve('created' as const);

describe('importFile', () => {
  it('puts 100 people at a time, in two chunks at once', async () => {
    const sizes: number[] = [];
    let running = 0;
    let most = 0;
    const { counts, failure } = await importRows(patients(1050), async (people) => {
      sizes.push(people.length);
      running += 1;
      most = Math.max(most, running);
      await sleep(20);
      running -= 1;
      return people.length === 50 ? 'replaced' : 'unchanged';
    });

    expect(failure).toBeUndefined();
    expect(sizes).toEqual([...Array<number>(10).fill(100), 50]);
    expect(most).toBe(2);
    expect(counts).toMatchObject({ read: 1050, created: 0, replaced: 50, unchanged: 1000 });
  });

  it('finds every duplicate id, however far apart', async () => {
    function* rows() {
      yield* patients(3000);
      for (let id = 0; id < 3000; id += 97) yield [String(id), 'A', id % 2 === 0 ? 'B' : 'C'];
      yield ['a', 'A', 'B'];
      yield ['A', 'A', 'C'];
    }
    const { counts, rejected } = await importRows(rows(), created);

    expect(counts).toMatchObject({ read: 3033, created: 3002, unchanged: 16, rejected: 15 });
    expect(rejected[0]).toBe('3003: has the same id as line 99, but differs from it');
  });

  it('stops if the store fails, and waits for the chunk that is under way', async () => {
    const error = new Error('from the store');
    let calls = 0;
    const { counts, failure } = await importRows(patients(100_000), async () => {
      calls += 1;
      if (calls === 2) throw error;
      await sleep(20);
      return 'created';
    });

    expect([failure, calls, counts.created]).toEqual([error, 2, 100]);
  });
});
