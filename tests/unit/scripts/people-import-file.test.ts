import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { recogniseColumns } from '../../../scripts/people-import/columns.ts';
import { type CsvFile, type Row } from '../../../scripts/people-import/csv-file.ts';
import { EXIT, ImportError } from '../../../scripts/people-import/import-error.ts';
import { importFile } from '../../../scripts/people-import/import-file.ts';
import type { Patient, Practitioner } from '../../../src/domain/people.ts';

const HEADER = ['patient_id', 'first_name', 'last_name'];

/** Imports so many patients from a file, in pieces of 90 rows; the file then has an end or a fault. */
async function importPatients(
  count: number,
  store: (people: readonly (Patient | Practitioner)[]) => Promise<number>,
  signal = new AbortController().signal,
  fault?: ImportError,
) {
  const csv: CsvFile = {
    path: 'patients.csv',
    bytes: count,
    hasBom: false,
    header: HEADER,
    bytesRead: () => 0,
    async *rows() {
      for (let first = 0; first < count; first += 90) {
        await sleep(0);
        yield Array.from(
          { length: Math.min(90, count - first) },
          (_, row): Row => ({ line: first + row + 2, values: [String(first + row), 'A', 'B'] }),
        );
      }
      if (fault !== undefined) throw fault;
    },
    close: async () => Promise.resolve(),
  };
  return importFile({
    csv,
    readPerson: recogniseColumns('patients', 'patients.csv', HEADER),
    store,
    onRefused: async () => Promise.resolve(),
    onWarning: () => undefined,
    onProgress: () => undefined,
    signal,
  });
}

describe('the people of a file', () => {
  it('go to the store by the hundred, four hundreds at once', async () => {
    const sizes: number[] = [];
    let running = 0;
    let most = 0;
    const { counts, failure } = await importPatients(2050, async (people) => {
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
    expect(counts).toEqual({ read: 2050, written: 2029, unchanged: 21, refused: 0, warned: 0 });
  });

  it('are read no further once the store has failed, and what is under way is waited for', async () => {
    const error = new Error('from the store');
    let calls = 0;
    let ended = 0;
    const { counts, failure } = await importPatients(100_000, async (people) => {
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

  it('go to the store no more once it has failed', async () => {
    let calls = 0;
    const { counts } = await importPatients(250, async () => {
      calls += 1;
      return Promise.reject(new Error('from the store'));
    });

    expect([calls, counts.written]).toEqual([1, 0]);
  });

  it('go to the store no more where they waited for others that then failed', async () => {
    let calls = 0;
    let fail: (error: Error) => void = () => undefined;
    const failing = new Promise<number>((_resolve, reject) => {
      fail = reject;
    });
    await importPatients(550, async () => {
      calls += 1;
      if (calls === 4) setTimeout(fail, 20, new Error('from the store'));
      return failing;
    });

    expect(calls).toBe(4);
  });

  it('go to the store up to a fault of the file', async () => {
    const sizes: number[] = [];
    const fault = new ImportError(EXIT.refused, 'from the file');
    const { counts, failure } = await importPatients(
      250,
      async (people) => {
        sizes.push(people.length);
        return Promise.resolve(people.length);
      },
      undefined,
      fault,
    );

    expect(failure).toBe(fault);
    expect([sizes, counts.written]).toEqual([[100, 100, 50], 250]);
  });

  it('are read no further once that is asked for', async () => {
    const stop = new AbortController();
    let calls = 0;
    const { counts, failure } = await importPatients(
      100_000,
      async (people) => {
        calls += 1;
        if (calls === 3) stop.abort();
        return Promise.resolve(people.length);
      },
      stop.signal,
    );

    expect(failure).toBeUndefined();
    expect([calls, counts.written]).toEqual([3, 300]);
  });
});
