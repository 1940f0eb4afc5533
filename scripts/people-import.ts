// npm run people:import: brings patients and practitioners from CSV files into the table.

import { StartError } from './local/start-error.ts';
import { recogniseColumns } from './people-import/columns.ts';
import { type Command, readCommand, USAGE } from './people-import/command-line.ts';
import { type CsvFile, openCsvFile } from './people-import/csv-file.ts';
import { EXIT, ImportError } from './people-import/import-error.ts';
import { type Counts, importFile } from './people-import/import-file.ts';
import { openImportTable, sentenceOf } from './people-import/import-table.ts';
import { createPeopleBatch } from './people-import/people-batch.ts';
import { count, createProgress } from './people-import/progress.ts';
import { openRejectedFile } from './people-import/rejected-file.ts';

/** How many refused rows, and how many warnings, of a file are printed. */
const PRINTED = 10;

const AGAIN = 'What was written is complete in itself: run the same command again for the rest.';

const interruption = new AbortController();
process.once('SIGINT', () => {
  interruption.abort();
});

try {
  const command = readCommand(process.argv.slice(2), process.env);
  if (command === 'help') console.log(USAGE);
  else process.exitCode = await importPeople(command);
} catch (error) {
  if (error instanceof ImportError) process.exitCode = error.exitCode;
  else if (error instanceof StartError) process.exitCode = EXIT.wrongUse;
  else throw error;
  console.error(error.message);
}

async function importPeople({ files, table: name, isDryRun }: Command): Promise<number> {
  // All files are looked at before anything is written.
  const opened = [];
  for (const { kind, path } of files) {
    const csv = await openCsvFile(path);
    opened.push({ csv, readPerson: recogniseColumns(kind, path, csv.header) });
  }
  const { table, description } = await openImportTable(name);
  console.error(`${isDryRun ? 'Comparing with' : 'Into'} ${description}.`);
  const people = createPeopleBatch(table);
  const progress = createProgress(process.stderr);
  const { signal } = interruption;

  let exitCode: number = EXIT.done;
  for (const { csv, readPerson } of opened) {
    const rejected = isDryRun ? undefined : await openRejectedFile(csv);
    const print = (line: string) => {
      progress.line(line);
    };
    const refusals = limited(print);
    const warnings = limited(print);
    const { counts, failure } = await importFile({
      csv,
      readPerson,
      store: async (batch) => (isDryRun ? people.compare(batch) : people.store(batch)),
      async onRefused(row, reason) {
        refusals.print(`${csv.path}:${row.line}: refused: ${reason}`);
        await rejected?.add(row, reason);
      },
      onWarning({ line }, warning) {
        warnings.print(`${csv.path}:${line}: warning: ${warning}`);
      },
      onProgress({ read }) {
        const bytesRead = csv.bytesRead();
        progress.show({ file: csv.path, rows: read, bytesRead, bytes: csv.bytes });
      },
      signal,
    });
    progress.end();
    await rejected?.close();
    await csv.close();

    refusals.printRest(`${csv.path}: %s more rows are refused`);
    warnings.printRest(`${csv.path}: %s more warnings`);
    console.log(summary(csv, counts, isDryRun));
    if (counts.refused > 0) {
      exitCode = EXIT.refused;
      if (rejected !== undefined) {
        console.log(`${csv.path}: the refused rows are in ${rejected.path}`);
      }
    }
    if (signal.aborted) {
      throw new ImportError(EXIT.interrupted, `Stopped. ${AGAIN}`);
    }
    if (failure instanceof ImportError && failure.exitCode === EXIT.refused) {
      // The file is broken from some line on; the other one may not be.
      console.error(failure.message);
      exitCode = EXIT.refused;
    } else if (failure !== undefined) {
      throw stopped(failure);
    }
  }
  return exitCode;
}

function stopped(failure: unknown): unknown {
  const sentence = sentenceOf(failure);
  return sentence === undefined
    ? failure
    : new ImportError(EXIT.stopped, `${sentence} ${AGAIN}`, { cause: failure });
}

function summary({ path }: CsvFile, counts: Counts, isDryRun: boolean): string {
  const { read, written, unchanged, refused, warned } = counts;
  return [
    `${path}: ${count(read)} read`,
    `${count(written)} ${isDryRun ? 'would be written' : 'written'}`,
    `${count(unchanged)} unchanged`,
    `${count(refused)} ${isDryRun ? 'would be refused' : 'refused'}`,
    ...(warned > 0 ? [`${count(warned)} with a warning`] : []),
  ].join(', ');
}

/** Prints the first lines, and how many more there were. */
function limited(print: (line: string) => void) {
  let lines = 0;
  return {
    print(line: string) {
      lines += 1;
      if (lines <= PRINTED) print(line);
    },
    printRest(text: string) {
      if (lines > PRINTED) print(text.replace('%s', count(lines - PRINTED)));
    },
  };
}
