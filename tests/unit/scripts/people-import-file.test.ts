import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { recognizeColumns } from '../../../scripts/people-import/columns.ts';
import type { RejectedRow, Row } from '../../../scripts/people-import/csv-file.ts';
import { importFile } from '../../../scripts/people-import/import-file.ts';
import type { Person } from '../../../scripts/people-import/people-batch.ts';

const HEADER = ['patient_id', 'first_name', 'last_name'];

/** Imports rows in chunks of 90. The file then ends, or is unreadable. */
async function importRows(
  rows: Iterable<readonly string[]>,
  store: (people: readonly Person[]) => Promise<number>,
  {
    signal = new AbortController().signal,
    unreadable,
  }: { signal?: AbortSignal; unreadable?: Error } = {},
) {
  const rejected: RejectedRow[] = [];
  async function* chunks() {
    let chunk: Row[] = [];
    let line = 1;
    for (const values of rows) {
      line += 1;
      chunk.push({ line, values, text: values.join(','), isMisquoted: false });
      if (chunk.length === 90) {
        await sleep(0);
        yield chunk;
        chunk = [];
      }
    }
    yield chunk;
    if (unreadable !== undefined) throw unreadable;
  }
  const result = await importFile({
    rows: chunks(),
    readPerson: recognizeColumns('patients', 'patients.csv', HEADER),
    store,
    onWarning: () => undefined,
    onChunk: async (more) => {
      rejected.push(...more);
      return Promise.resolve();
    },
    signal,
  });
  return { ...result, rejected };
}

function* patients(count: number) {
  for (let id = 0; id < count; id += 1) yield [String(id), 'A', 'B'];
}

const storeAll = async (people: readonly Person[]) => Promise.resolve(people.length);

describe('importFile', () => {
  it('stores batches of 100 people, four at a time', async () => {
    const sizes: number[] = [];
    let running = 0;
    let most = 0;
    const { counts, failure } = await importRows(patients(2050), async (people) => {
      sizes.push(people.length);
      running += 1;
      most = Math.max(most, running);
      await sleep(20);
      running -= 1;
      return people.length - 1;
    });

    expect(failure).toBeUndefined();
    expect(sizes).toEqual([...Array<number>(20).fill(100), 50]);
    expect(most).toBe(4);
    expect(counts).toEqual({ read: 2050, written: 2029, unchanged: 21, rejected: 0, warned: 0 });
  });

  it('finds every duplicate id, however far apart', async () => {
    function* rows() {
      yield* patients(30_000);
      for (let id = 0; id < 30_000; id += 997) yield [String(id), 'A', id % 2 === 0 ? 'B' : 'C'];
      yield ['a', 'A', 'B'];
      yield ['A', 'A', 'C'];
    }
    const { counts, rejected } = await importRows(rows(), storeAll);

    expect(counts).toEqual({
      read: 30_033,
      written: 30_002,
      unchanged: 16,
      rejected: 15,
      warned: 0,
    });
    expect(rejected.map(({ reason }) => reason).slice(0, 2)).toEqual([
      'has the same id as line 999, but differs from it',
      'has the same id as line 2993, but differs from it',
    ]);
  });

  it('stops if the store fails, and waits for the batches that are under way', async () => {
    const error = new Error('from the store');
    let calls = 0;
    let ended = 0;
    const { counts, failure } = await importRows(patients(100_000), async (people) => {
      calls += 1;
      if (calls === 2) throw error;
      await sleep(20);
      ended += 1;
      return people.length;
    });

    expect(failure).toBe(error);
    expect(calls).toBeLessThan(10);
    expect(ended).toBe(calls - 1);
    expect(counts.written).toBe(ended * 100);
  });

  it.each([250, 550])('stores nothing after a failure, with %i rows', async (count) => {
    let hasFailed = false;
    let callsAfterFailure = 0;
    await importRows(patients(count), async () => {
      if (hasFailed) callsAfterFailure += 1;
      await sleep(20);
      hasFailed = true;
      throw new Error('from the store');
    });

    expect(callsAfterFailure).toBe(0);
  });

  it('stores everything before the unreadable part of a file', async () => {
    const unreadable = new Error('from the file');
    const { counts, failure } = await importRows(patients(250), storeAll, { unreadable });

    expect(failure).toBe(unreadable);
    expect(counts.written).toBe(250);
  });

  it('stops when asked to', async () => {
    const stop = new AbortController();
    let calls = 0;
    const { counts, failure } = await importRows(
      patients(100_000),
      async (people) => {
        calls += 1;
        if (calls === 3) stop.abort();
        return Promise.resolve(people.length);
      },
      { signal: stop.signal },
    );

    expect(failure).toBeUndefined();
    expect([calls, counts.written]).toEqual([3, 300]);
  });
});
