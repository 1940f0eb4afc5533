// npm run people:import: imports patients and practitioners from CSV files into the table.

import { StartError } from './local/start-error.ts';
import { recognizeColumns } from './people-import/columns.ts';
import { type Command, readCommand, USAGE } from './people-import/command-line.ts';
import { openCsvFile, openRejectedFile } from './people-import/csv-file.ts';
import { EXIT, ImportError } from './people-import/import-error.ts';
import { type Counts, importFile } from './people-import/import-file.ts';
import { explainStoreError, openImportTable } from './people-import/import-table.ts';
import { createPeopleBatch } from './people-import/people-batch.ts';
import { count, createProgress } from './people-import/progress.ts';

/** How many rejected rows, and how many warnings, the import prints per file. */
const MAX_PRINTED = 10;

const RUN_AGAIN =
  'Everything written so far is valid. Run the same command again to import the rest.';

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
  else if (error instanceof StartError) process.exitCode = EXIT.usage;
  else throw error;
  console.error(error.message);
}

async function importPeople({ files, table: name, isDryRun }: Command): Promise<number> {
  // Check every header before writing anything.
  const opened = [];
  for (const { kind, path } of files) {
    const csv = await openCsvFile(path);
    opened.push({ csv, readPerson: recognizeColumns(kind, path, csv.header?.values ?? []) });
  }
  const { table, description } = await openImportTable(name);
  console.error(`${isDryRun ? 'Comparing with' : 'Importing into'} ${description}.`);
  const people = createPeopleBatch(table);
  const progress = createProgress(process.stderr);
  const { signal } = interruption;

  let exitCode: number = EXIT.done;
  for (const { csv, readPerson } of opened) {
    const { path } = csv;
    const rejectedFile = isDryRun ? undefined : await openRejectedFile(csv);
    const rejections = createLimitedPrinter((line) => {
      progress.print(line);
    });
    const warnings = createLimitedPrinter((line) => {
      progress.print(line);
    });
    const { counts, failure } = await importFile({
      rows: csv.rows(),
      readPerson,
      store: isDryRun ? people.compare : people.store,
      onWarning({ line }, warning) {
        warnings.print(`${path}:${line}: warning: ${warning}`);
      },
      async onChunk(rejected, { read }) {
        for (const { line, reason } of rejected) {
          rejections.print(`${path}:${line}: rejected: ${reason}`);
        }
        await rejectedFile?.add(rejected);
        progress.show(csv, read);
      },
      signal,
    });
    progress.clear();
    rejections.printRest(`${path}: %s more rows rejected`);
    warnings.printRest(`${path}: %s more warnings`);
    console.log(summarize(path, counts, isDryRun));
    if (counts.rejected > 0) {
      exitCode = EXIT.rejected;
      if (rejectedFile !== undefined)
        console.log(`${path}: rejected rows are in ${rejectedFile.path}`);
    }
    if (signal.aborted) throw new ImportError(EXIT.interrupted, `Stopped. ${RUN_AGAIN}`);
    if (failure instanceof ImportError && failure.exitCode === EXIT.rejected) {
      // Only this file is broken. Go on with the next one.
      console.error(failure.message);
      exitCode = EXIT.rejected;
    } else if (failure !== undefined) {
      const explanation = explainStoreError(failure);
      if (explanation === undefined) throw failure;
      throw new ImportError(EXIT.failed, `${explanation} ${RUN_AGAIN}`, { cause: failure });
    }
  }
  return exitCode;
}

function summarize(path: string, counts: Counts, isDryRun: boolean): string {
  const would = isDryRun ? 'would be ' : '';
  return [
    `${path}: ${count(counts.read)} read`,
    `${count(counts.written)} ${would}written`,
    `${count(counts.unchanged)} unchanged`,
    `${count(counts.rejected)} ${would}rejected`,
    ...(counts.warned > 0 ? [`${count(counts.warned)} with a warning`] : []),
  ].join(', ');
}

/** Prints the first lines, and at the end how many lines it left out. */
function createLimitedPrinter(print: (line: string) => void) {
  let lines = 0;
  return {
    print(line: string) {
      lines += 1;
      if (lines <= MAX_PRINTED) print(line);
    },
    printRest(text: string) {
      if (lines > MAX_PRINTED) print(text.replace('%s', count(lines - MAX_PRINTED)));
    },
  };
}
