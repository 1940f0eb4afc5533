import type { Patient, Practitioner } from '../../src/domain/people.ts';
import type { PersonReader, ReadPerson } from './columns.ts';
import type { CsvFile, Row } from './csv-file.ts';
import { ImportError } from './import-error.ts';
import { PEOPLE_A_BATCH } from './people-batch.ts';
import { SeenRows } from './seen-rows.ts';

/** How many calls of the store are under way at once: enough to hide their latency, few enough for a small machine. */
const BATCHES_AT_ONCE = 4;

export interface Counts {
  /** Rows; when the file was read to its end, the sum of the next three. */
  read: number;
  written: number;
  unchanged: number;
  refused: number;
  /** NPIs that went in although they cannot be right. */
  warned: number;
}

interface FileImport {
  readonly csv: CsvFile;
  readonly readPerson: PersonReader;
  /** Stores up to `PEOPLE_A_BATCH` people where they differ, or only looks; returns how many differ. */
  readonly store: (people: readonly (Patient | Practitioner)[]) => Promise<number>;
  readonly onRefused: (row: Row, reason: string) => Promise<void>;
  readonly onWarning: (row: Row, warning: string) => void;
  /** Is told after each piece of the file. */
  readonly onProgress: (counts: Counts) => void;
  /** Ends the reading; what is under way is finished. */
  readonly signal: AbortSignal;
}

/** Counts, and why the file was not read to its end, if it was not. */
interface ImportedFile {
  readonly counts: Counts;
  readonly failure?: unknown;
}

/** Imports the rows of a file. The first row of an id counts; a later one that differs from it is refused. */
export async function importFile(file: FileImport): Promise<ImportedFile> {
  const { csv, readPerson, store, onRefused, onWarning, onProgress, signal } = file;
  const counts: Counts = { read: 0, written: 0, unchanged: 0, refused: 0, warned: 0 };
  const seen = new SeenRows();
  const running = new Set<Promise<void>>();
  let people: (Patient | Practitioner)[] = [];
  let failure: unknown;
  let hasStoreFailed = false;

  async function submit(): Promise<void> {
    const batch = people;
    people = [];
    while (running.size >= BATCHES_AT_ONCE) await Promise.race(running);
    // It would go on trying for a while, before anybody is told.
    if (hasStoreFailed) return;
    const run = store(batch).then(
      (written) => {
        counts.written += written;
        counts.unchanged += batch.length - written;
      },
      (error: unknown) => {
        hasStoreFailed = true;
        failure ??= error;
      },
    );
    const watched = run.finally(() => running.delete(watched));
    running.add(watched);
  }

  async function take(row: Row): Promise<void> {
    counts.read += 1;
    const result = row.misquoted === undefined ? readPerson(row.values) : misquoted(row);
    if ('faults' in result) {
      counts.refused += 1;
      await onRefused(row, result.faults.join('; '));
      return;
    }
    const { person, warnings } = result;
    const id = 'patientId' in person ? person.patientId : person.practitionerId;
    const earlier = seen.see(id, JSON.stringify(person), row.line);
    if (earlier?.isSame === true) {
      counts.unchanged += 1;
    } else if (earlier !== undefined) {
      counts.refused += 1;
      await onRefused(row, `has the id of line ${earlier.line}, and differs from it`);
    } else {
      counts.warned += warnings.length;
      for (const warning of warnings) onWarning(row, warning);
      people.push(person);
      if (people.length === PEOPLE_A_BATCH) await submit();
    }
  }

  const isEnded = () => signal.aborted || failure !== undefined;
  try {
    for await (const rows of csv.rows()) {
      for (const row of rows) {
        if (isEnded()) break;
        await take(row);
      }
      if (isEnded()) break;
      onProgress(counts);
    }
  } catch (error) {
    if (!(error instanceof ImportError)) throw error;
    failure ??= error;
  }
  if (people.length > 0 && !signal.aborted) await submit();
  await Promise.all(running);
  return { counts, failure };
}

function misquoted({ line, misquoted: text = '' }: Row): ReadPerson {
  const fault = 'a quote is not closed or not doubled';
  return /[\r\n]/.test(text)
    ? { faults: [`${fault}: rows after line ${line} may be inside this one`] }
    : { faults: [fault] };
}
