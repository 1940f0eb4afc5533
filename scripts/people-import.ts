// npm run people:import: imports patients and practitioners from CSV files into the table.

import { explainStoreError, openChosenTable } from './chosen-table.ts';
import { CommandError, EXIT } from './command-error.ts';
import { StartError } from './local/start-error.ts';
import { recognizeColumns } from './people-import/columns.ts';
import { type Command, readCommand, USAGE } from './people-import/command-line.ts';
import { openCsvFile, openRejectedFile } from './people-import/csv-file.ts';
import { type Counts, importFile } from './people-import/import-file.ts';
import { count, createProgress } from './people-import/progress.ts';
import { putPeople } from './people-import/put-people.ts';

/** How many rejected rows, how many warnings, and how many renames of a dry run the import prints per file. */
const MAX_PRINTED = 10;

const PERMISSIONS = 'dynamodb:BatchGetItem, GetItem, PutItem, and UpdateItem on the table';

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
  if (error instanceof CommandError) process.exitCode = error.exitCode;
  else if (error instanceof StartError) process.exitCode = EXIT.usage;
  else throw error;
  console.error(error.message);
}

async function importPeople({ files, table: name, isDryRun }: Command): Promise<number> {
  // Check every header before writing anything.
  const opened = [];
  for (const { kind, path } of files) {
    const csv = await openCsvFile(path);
    opened.push({ csv, readPerson: recognizeColumns(kind, path, csv.header) });
  }
  const { table, description } = await openChosenTable(name);
  console.error(`${isDryRun ? 'Comparing with' : 'Importing into'} ${description}.`);
  const progress = createProgress(process.stderr);
  const { signal } = interruption;

  let exitCode: number = EXIT.done;
  for (const { csv, readPerson } of opened) {
    const { path } = csv;
    const rejectedFile = isDryRun ? undefined : await openRejectedFile(csv);
    const print = (line: string) => {
      progress.print(line);
    };
    const rejections = createLimitedPrinter(print);
    const warnings = createLimitedPrinter(print);
    const renames = createLimitedPrinter(print);
    const { counts, failure } = await importFile({
      rows: csv.rows(),
      readPerson,
      put: async (people) => putPeople(table, people, isDryRun),
      onRejected(row, reason) {
        rejections.print(`${path}:${row.line}: rejected: ${reason}`);
        rejectedFile?.add(row, reason);
      },
      onWarning({ line }, warning) {
        warnings.print(`${path}:${line}: warning: ${warning}`);
      },
      onReplaced({ line }, person) {
        const id = 'patientId' in person ? person.patientId : person.practitionerId;
        if (isDryRun) renames.print(`${path}:${line}: would be renamed: ${id}`);
      },
      onProgress(rows) {
        progress.show(csv, rows);
      },
      signal,
    });
    progress.clear();
    rejections.printRest(`${path}: %s more rows rejected`);
    warnings.printRest(`${path}: %s more warnings`);
    renames.printRest(`${path}: %s more would be renamed`);
    console.log(summarize(path, counts, isDryRun));
    await rejectedFile?.close();
    if (counts.rejected > 0) {
      exitCode = EXIT.incomplete;
      if (rejectedFile !== undefined)
        console.log(`${path}: rejected rows are in ${rejectedFile.path}`);
    }
    if (signal.aborted) throw new CommandError(EXIT.interrupted, `Stopped. ${RUN_AGAIN}`);
    if (failure instanceof CommandError && failure.exitCode === EXIT.incomplete) {
      // Only this file is broken. Go on with the next one.
      console.error(failure.message);
      exitCode = EXIT.incomplete;
    } else if (failure !== undefined) {
      const explanation = explainStoreError(failure, PERMISSIONS);
      if (explanation === undefined) throw failure;
      throw new CommandError(EXIT.failed, `${explanation} ${RUN_AGAIN}`, { cause: failure });
    }
  }
  return exitCode;
}

function summarize(path: string, counts: Counts, isDryRun: boolean): string {
  const would = isDryRun ? 'would be ' : '';
  return [
    `${path}: ${count(counts.read)} read`,
    `${count(counts.created)} ${would}added`,
    `${count(counts.replaced)} ${would}renamed`,
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
