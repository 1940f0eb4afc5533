// npm run slots:sync: makes the slots of the table match the booked appointments.
import { parseArgs } from 'node:util';
import { explainStoreError, openChosenTable } from './chosen-table.ts';
import { CommandError, EXIT } from './command-error.ts';
import { StartError } from './local/start-error.ts';
import { explainSwallowedOption } from './npm-options.ts';
import { count } from './people-import/progress.ts';
import { syncSlots } from './slots-sync/sync-slots.ts';

const USAGE = `npm run slots:sync -- [--table NAME] [--dry-run]

For a deployment that rejects double booking. Gives each booked appointment that starts from now on its
practitioner's time, and frees the times of appointments that have ended. Then lists the times that two
patients hold. Never changes an appointment. You can run it again at any time.

  --table NAME   table on AWS, reached with the AWS SDK's usual credentials and region;
                 default: the local table of "npm start"
  --dry-run      show what would change, and write nothing
  --help         show this help

For when to run it, see docs/runbook.md.

Exit codes:
  0  no time is held by two patients
  1  the listed times are held by two patients
  2  the command is wrong; nothing was written
  3  the store failed; run the command again`;

const OPTIONS = {
  table: { type: 'string', multiple: true },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

const PERMISSIONS = [
  'dynamodb:Scan, GetItem, BatchGetItem, ConditionCheckItem, PutItem, and UpdateItem on the table',
  'and, for a dry run, dynamodb:Query on its index',
].join(', ');

const MILLISECONDS_BETWEEN_LINES = 5000;

try {
  process.exitCode = await run();
} catch (error) {
  if (error instanceof CommandError) process.exitCode = error.exitCode;
  else if (error instanceof StartError) process.exitCode = EXIT.usage;
  else throw error;
  console.error(error.message);
}

async function run(): Promise<number> {
  const { table: names = [], 'dry-run': isDryRun = false, help } = readOptions();
  if (help === true) {
    console.log(USAGE);
    return EXIT.done;
  }
  if (names.length > 1) throw usageError('--table is given more than once.');
  if (names[0] === '') throw usageError('--table has no value.');
  const { table, description } = await openChosenTable(names[0]);
  const from = new Date().toISOString().slice(0, 'YYYY-MM-DDThh:mm'.length);
  const task = isDryRun ? 'Comparing the slots of' : 'Syncing the slots of';
  console.error(`${task} ${description}, from ${from}Z on.`);

  let shownAt = performance.now();
  const { counts, conflicts } = await syncSlots(table, from, isDryRun, ({ scanned }) => {
    if (performance.now() - shownAt < MILLISECONDS_BETWEEN_LINES) return;
    shownAt = performance.now();
    console.error(`${count(scanned)} items read`);
  }).catch((error: unknown) => {
    const explanation = explainStoreError(error, PERMISSIONS);
    if (explanation === undefined) throw error;
    const advice = 'Everything written so far is valid. Run the same command again.';
    throw new CommandError(EXIT.failed, `${explanation} ${advice}`, { cause: error });
  });

  const would = isDryRun ? 'would be ' : '';
  const changes = [
    `${count(counts.taken)} ${would}taken`,
    `${count(counts.freed)} ${would}freed`,
    `${count(counts.unchanged)} unchanged`,
    `${count(conflicts.length)} in conflict`,
  ];
  console.log(`${count(counts.scanned)} items read. Slots: ${changes.join(', ')}.`);
  for (const { appointment, holder } of conflicts) {
    const { practitioner, slot, appointmentId } = appointment;
    console.log(
      `practitioner ${practitioner.practitionerId}, ${slot}: appointments ${holder} and ${appointmentId}`,
    );
  }
  return conflicts.length === 0 ? EXIT.done : EXIT.incomplete;
}

function readOptions() {
  const swallowed = explainSwallowedOption('slots:sync', Object.keys(OPTIONS), process.env);
  if (swallowed !== undefined) throw new CommandError(EXIT.usage, swallowed);
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw usageError((error as Error).message);
  }
}

function usageError(message: string): CommandError {
  return new CommandError(EXIT.usage, `${message}\nFor help, run: npm run slots:sync -- --help`);
}
