// npm run people:import: imports patients and practitioners from CSV files into the table.

import type { Table } from '../src/repositories/store.ts';
import { explainFailure, openChosenTable, RUN_AGAIN } from './chosen-table.ts';
import {
  CommandError,
  count,
  EXIT,
  progressBar,
  readOptions,
  runCommand,
  withProgress,
} from './command.ts';
import { HEADERS, type PersonReader, recognizeColumns } from './people-import/columns.ts';
import { type CsvFile, openCsvFile, openRejectedFile } from './people-import/csv-file.ts';
import { importFile } from './people-import/import-file.ts';
import { putPeople } from './people-import/put-people.ts';

const USAGE = `npm run people:import -- [--patients FILE] [--practitioners FILE] [--table NAME] [--dry-run]

Imports patients and practitioners from CSV files. Adds new people and updates names and NPIs that
changed. Never deletes anyone and never changes an appointment. You can run it again at any time.

  --patients FILE        CSV file of patients; can be repeated
  --practitioners FILE   CSV file of practitioners; can be repeated; at least one file is required
  --table NAME           table on AWS, reached with the AWS SDK's usual credentials and region;
                         default: the local table of "npm start"
  --dry-run              compare the files with the table and write nothing
  --help                 show this help

Files must be UTF-8 (or UTF-16 LE with a byte order mark) and start with a header. Columns can be in
any order; other columns are ignored.

Headers for patients, of this service and of Synthea:

  ${HEADERS.patients.join('\n  ')}

Headers for practitioners:

  ${HEADERS.practitioners.join('\n  ')}

Invalid rows go to FILE.rejected.csv, and all other rows are imported. For more, see docs/import.md.

Exit codes:
  0    all rows are imported
  1    some rows were rejected, or the rest of a file was unreadable
  2    the command or a file is wrong; nothing was written
  3    the store or the disk failed; run the command again
  130  stopped by Ctrl-C; run the command again`;

const OPTIONS = {
  patients: { type: 'string', multiple: true },
  practitioners: { type: 'string', multiple: true },
  table: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** How many rejected rows, and how many warnings the import prints per file. */
const MAX_PRINTED = 10;

interface OpenFile {
  readonly csv: CsvFile;
  readonly readPerson: PersonReader;
}

const interruption = new AbortController();
process.once('SIGINT', () => {
  interruption.abort();
});

await runCommand(async () => {
  const options = readOptions('people:import', OPTIONS);
  const { table: name, 'dry-run': isDryRun = false } = options;
  if (options.help === true) {
    console.log(USAGE);
    return EXIT.done;
  }
  // Check every header before writing anything.
  const files: OpenFile[] = [];
  for (const kind of ['patients', 'practitioners'] as const) {
    for (const path of options[kind] ?? []) {
      const csv = await openCsvFile(path);
      files.push({ csv, readPerson: recognizeColumns(kind, path, csv.header) });
    }
  }
  if (files.length === 0) {
    throw new CommandError(EXIT.usage, '--patients FILE or --practitioners FILE is required.');
  }
  const { table, description } = await openChosenTable(name);
  console.error(`${isDryRun ? 'Comparing with' : 'Importing into'} ${description}.`);
  let exitCode: number = EXIT.done;
  for (const file of files) {
    const isComplete = await importInto(table, file, isDryRun).catch((error: unknown) => {
      throw explainFailure(error);
    });
    if (!isComplete) exitCode = EXIT.incomplete;
  }
  return exitCode;
});

/** Imports a file and prints what became of its rows. Returns whether all of them are imported. */
async function importInto(table: Table, { csv, readPerson }: OpenFile, isDryRun: boolean) {
  const { path } = csv;
  const rejectedFile = isDryRun ? undefined : await openRejectedFile(csv);
  const rejections = createLimitedPrinter();
  const warnings = createLimitedPrinter();
  const importing = importFile({
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
    // Every rename: an unintended one overwrites a different person's names.
    onReplaced({ line }, id) {
      if (isDryRun) console.error(`${path}:${line}: would be renamed: ${id}`);
    },
    signal: interruption.signal,
  });
  const { counts, failure } = await withProgress(
    () => `${path} ${progressBar(csv.bytesRead / csv.bytes)}`,
    importing,
  );
  rejections.printRest(`${path}: %s more rows rejected`);
  warnings.printRest(`${path}: %s more warnings`);
  const would = isDryRun ? 'would be ' : '';
  const outcomes = [
    `${count(counts.read)} read`,
    `${count(counts.created)} ${would}added`,
    `${count(counts.replaced)} ${would}renamed`,
    `${count(counts.unchanged)} unchanged`,
    `${count(counts.rejected)} ${would}rejected`,
  ];
  console.log(`${path}: ${outcomes.join(', ')}`);
  if (counts.rejected > 0 && rejectedFile !== undefined) {
    console.log(`${path}: rejected rows are in ${rejectedFile.path}`);
  }
  if (interruption.signal.aborted) {
    throw new CommandError(EXIT.interrupted, `Stopped. ${RUN_AGAIN}`);
  }
  if (failure === undefined) return counts.rejected === 0;
  if (!(failure instanceof CommandError)) throw failure;
  // Only the rest of this file is unreadable. Go on with the next one.
  console.error(failure.message);
  return false;
}

/** Prints the first lines, and at the end how many lines it left out. */
function createLimitedPrinter() {
  let lines = 0;
  return {
    print(line: string) {
      lines += 1;
      if (lines <= MAX_PRINTED) console.error(line);
    },
    printRest(text: string) {
      if (lines > MAX_PRINTED) console.error(text.replace('%s', count(lines - MAX_PRINTED)));
    },
  };
}
