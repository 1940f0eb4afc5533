import { hash } from 'node:crypto';
import type { PersonReader } from './columns.ts';
import type { Row } from './csv-file.ts';
import { idOf, type Outcome, PEOPLE_PER_CHUNK, type Person } from './put-people.ts';

/** Enough chunks at a time to hide the latency of the store, and few enough for a small machine. */
const CONCURRENT_CHUNKS = 2;

interface FileImport {
  readonly rows: AsyncIterable<readonly Row[]>;
  readonly readPerson: PersonReader;
  /** Puts up to `PEOPLE_PER_CHUNK` people with different ids. */
  readonly put: (people: readonly Person[]) => Promise<ReadonlyMap<Person, Outcome>>;
  readonly onRejected: (row: Row, reason: string) => void;
  readonly onWarning: (row: Row, warning: string) => void;
  readonly onReplaced: (row: Row, id: string) => void;
  /** Stops the import. Chunks that have started still finish. */
  readonly signal: AbortSignal;
}

interface Entry {
  readonly row: Row;
  readonly person: Person;
}

/**
 * Imports the rows of a file. If an id occurs twice, the first valid row counts: a later row is rejected
 * if it differs, and ignored if it does not.
 *
 * @returns how many rows were read and what became of them, and the error that stopped the import, if any
 */
export async function importFile({
  rows,
  readPerson,
  put,
  onRejected,
  onWarning,
  onReplaced,
  signal,
}: FileImport) {
  const counts = { read: 0, created: 0, replaced: 0, unchanged: 0, rejected: 0 };
  const findEarlier = createDuplicateFinder();
  let failure: Error | undefined;
  const isStopped = () => signal.aborted || failure !== undefined;

  function reject(row: Row, reason: string): void {
    counts.rejected += 1;
    onRejected(row, reason);
  }

  /** The person to put for a row, if any. */
  function check(row: Row): Person | undefined {
    counts.read += 1;
    const result = row.fault === undefined ? readPerson(row.values) : { faults: [row.fault] };
    if ('faults' in result) {
      reject(row, result.faults.join('; '));
      return undefined;
    }
    if (result.warning !== undefined) onWarning(row, result.warning);
    const earlier = findEarlier(result.person, row.line);
    if (earlier === undefined) return result.person;
    if (earlier.isSame) counts.unchanged += 1;
    else reject(row, `has the same id as line ${earlier.line}, but differs from it`);
    return undefined;
  }

  async function* readChunks(): AsyncGenerator<readonly Entry[], undefined> {
    let chunk: Entry[] = [];
    let unreadable: Error | undefined;
    try {
      for await (const some of rows) {
        for (const row of some) {
          if (isStopped()) return;
          const person = check(row);
          if (person !== undefined) chunk.push({ row, person });
          if (chunk.length === PEOPLE_PER_CHUNK) {
            yield chunk;
            chunk = [];
          }
        }
      }
    } catch (error) {
      unreadable = error as Error;
    }
    if (chunk.length > 0 && !isStopped()) yield chunk;
    failure ??= unreadable;
  }

  const chunks = readChunks();
  async function putChunks(): Promise<void> {
    for await (const chunk of chunks) {
      try {
        const outcomes = await put(chunk.map(({ person }) => person));
        for (const { row, person } of chunk) {
          const outcome = outcomes.get(person);
          if (outcome === 'patient-erased') reject(row, 'the patient was erased');
          else if (outcome !== undefined) counts[outcome] += 1;
          if (outcome === 'replaced') onReplaced(row, idOf(person));
        }
      } catch (error) {
        failure ??= error as Error;
      }
    }
  }
  await Promise.all(Array.from({ length: CONCURRENT_CHUNKS }, putChunks));
  return { counts, failure };
}

/**
 * Remembers the people of a file, and finds the earlier row with the same id. It keeps hashes, about 75 MB
 * per million people: 64 bits of the id, and 22 bits of the whole person packed into one number with the line.
 */
function createDuplicateFinder() {
  const seen = new Map<bigint, number>();
  const CONTENTS = 2 ** 22;
  return (person: Person, line: number) => {
    const key = BigInt(`0x${hash('sha256', idOf(person)).slice(0, 16)}`);
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
