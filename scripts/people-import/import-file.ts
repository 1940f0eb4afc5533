import { hash } from 'node:crypto';
import type { PersonReader } from './columns.ts';
import type { RejectedRow, Row } from './csv-file.ts';
import { PEOPLE_PER_BATCH, type Person } from './people-batch.ts';

/** Enough batches at a time to hide the latency of the store, and few enough for a small machine. */
const CONCURRENT_BATCHES = 4;

export interface Counts {
  /** Rows. If nothing stopped the import, this is the sum of the next three. */
  read: number;
  written: number;
  unchanged: number;
  rejected: number;
  /** Rows that were imported although their NPI is invalid. */
  warned: number;
}

interface FileImport {
  readonly rows: AsyncIterable<readonly Row[]>;
  readonly readPerson: PersonReader;
  /** Stores up to `PEOPLE_PER_BATCH` people, or only compares them. Returns how many differ from the store. */
  readonly store: (people: readonly Person[]) => Promise<number>;
  readonly onWarning: (row: Row, warning: string) => void;
  /** Called after each chunk of rows. */
  readonly onChunk: (rejected: readonly RejectedRow[], counts: Counts) => Promise<void>;
  /** Stops the import. Batches that have started still finish. */
  readonly signal: AbortSignal;
}

/**
 * Imports the rows of a file. If an id occurs twice, the first valid row counts: a later row is rejected
 * if it differs, and ignored if it does not.
 *
 * @returns the counts, and the error that stopped the import, if any
 */
export async function importFile({
  rows: chunks,
  readPerson,
  store,
  onWarning,
  onChunk,
  signal,
}: FileImport): Promise<{ readonly counts: Counts; readonly failure: Error | undefined }> {
  const counts: Counts = { read: 0, written: 0, unchanged: 0, rejected: 0, warned: 0 };
  const findEarlier = createDuplicateFinder();
  let failure: Error | undefined;
  const isStopped = () => signal.aborted || failure !== undefined;

  /** Checks one row. Returns its person if the person has to be stored, or the reason to reject the row. */
  function check(row: Row): Person | string | undefined {
    if (row.isMisquoted) return misquoted(row);
    const result = readPerson(row.values);
    if ('faults' in result) return result.faults.join('; ');
    const { person, warning } = result;
    const earlier = findEarlier(person, row.line);
    if (earlier?.isSame === true) {
      counts.unchanged += 1;
      return undefined;
    }
    if (earlier !== undefined)
      return `has the same id as line ${earlier.line}, but differs from it`;
    if (warning !== undefined) {
      counts.warned += 1;
      onWarning(row, warning);
    }
    return person;
  }

  async function* readBatches(): AsyncGenerator<readonly Person[], undefined> {
    let batch: Person[] = [];
    let unreadable: Error | undefined;
    try {
      for await (const rows of chunks) {
        const rejected: RejectedRow[] = [];
        for (const row of rows) {
          if (isStopped()) break;
          counts.read += 1;
          const person = check(row);
          if (typeof person === 'string') rejected.push({ ...row, reason: person });
          else if (person !== undefined) batch.push(person);
          if (batch.length === PEOPLE_PER_BATCH) {
            yield batch;
            batch = [];
          }
        }
        counts.rejected += rejected.length;
        await onChunk(rejected, counts);
        if (isStopped()) return;
      }
    } catch (error) {
      unreadable = error as Error;
    }
    if (batch.length > 0 && !isStopped()) yield batch;
    failure ??= unreadable;
  }

  const batches = readBatches();
  async function storeBatches(): Promise<void> {
    for await (const batch of batches) {
      try {
        const written = await store(batch);
        counts.written += written;
        counts.unchanged += batch.length - written;
      } catch (error) {
        failure ??= error as Error;
      }
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT_BATCHES }, storeBatches));
  return { counts, failure };
}

function misquoted({ line, text }: Row): string {
  const reason = 'a quote is not closed or not doubled';
  return /[\r\n]/.test(text)
    ? `${reason}, so rows after line ${line} may be part of this row`
    : reason;
}

/**
 * Remembers the people of a file, and finds the earlier row with the same id. It keeps hashes, about 75 MB
 * per million people: 64 bits of the id, and 22 bits of the whole person packed into one number with the line.
 */
function createDuplicateFinder() {
  const seen = new Map<bigint, number>();
  const CONTENTS = 2 ** 22;
  return (person: Person, line: number) => {
    const id = 'patientId' in person ? person.patientId : person.practitionerId;
    const key = BigInt(`0x${hash('sha256', id).slice(0, 16)}`);
    const content =
      Number.parseInt(hash('sha256', JSON.stringify(person)).slice(0, 8), 16) % CONTENTS;
    const earlier = seen.get(key);
    if (earlier === undefined) {
      seen.set(key, line * CONTENTS + content);
      return undefined;
    }
    return { line: Math.floor(earlier / CONTENTS), isSame: earlier % CONTENTS === content };
  };
}
