// npm run slots:sync: makes the slots of the table match the booked appointments.
import { explainFailure, openChosenTable } from './chosen-table.ts';
import { count, EXIT, readOptions, runCommand, withProgress } from './command.ts';
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
  table: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

await runCommand(async () => {
  const { table: name, 'dry-run': isDryRun = false, help } = readOptions('slots:sync', OPTIONS);
  if (help === true) {
    console.log(USAGE);
    return EXIT.done;
  }
  const { table, description } = await openChosenTable(name);
  const from = new Date().toISOString().slice(0, 'YYYY-MM-DDThh:mm'.length);
  const task = isDryRun ? 'Comparing the slots of' : 'Syncing the slots of';
  console.error(`${task} ${description}, from ${from}Z on.`);

  const counts = { scanned: 0, taken: 0, unchanged: 0, freed: 0 };
  const conflicts = await withProgress(
    () => `${count(counts.scanned)} items read`,
    syncSlots(table, from, isDryRun, counts),
  ).catch((error: unknown) => {
    throw explainFailure(error);
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
});
