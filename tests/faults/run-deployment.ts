// node run-deployment.ts JOB: runs fault tests of one kind of deployment, or checks that they find deliberate bugs, and
// sends the outcome to the parent process.
import { stopPrograms } from '../../scripts/local/program.ts';
import type { PractitionerDoubleBooking } from '../../src/domain/ports.ts';
import { runFaultTest } from './fault-test.ts';
import { faultTests } from './fault-tests.ts';
import { type DeliberateBug, SABOTAGE } from './sabotage.ts';
import { SCHEDULE_TESTS } from './schedules.ts';
import { inParallel, inWorld } from './world.ts';

export interface Job {
  readonly store: string;
  readonly doubleBooking: PractitionerDoubleBooking;
  readonly names: readonly string[];
  readonly small: boolean;
  readonly sabotage: boolean;
  readonly seed: number;
}

export interface Outcome {
  readonly doubleBooking: PractitionerDoubleBooking;
  /** The rows of the results table. */
  readonly rows: readonly string[][];
  readonly violations: readonly string[];
}

for (const end of ['SIGINT', 'disconnect']) {
  process.once(end, () => void stopPrograms().then(() => process.exit()));
}

const job = JSON.parse(process.argv[2] ?? '') as Job;
const { store, doubleBooking, names, small, seed } = job;
const tests = faultTests(names).find((one) => one.doubleBooking === doubleBooking)?.tests ?? [];
const rows: string[][] = [];
const violations: string[] = [];
await (job.sabotage ? findBugs() : runTests());
process.send?.({ doubleBooking, rows, violations } satisfies Outcome);
await stopPrograms();
process.disconnect();

async function runTests(): Promise<void> {
  await inWorld(store, { seed, doubleBooking }, async (world) => {
    for (const test of tests) {
      const { name, claim, unit, size, smallSize } = test;
      const began = performance.now();
      const result = await runFaultTest(test, world, small ? smallSize : size);
      const { tried, held, seen } = result;
      const seconds = ((performance.now() - began) / 1000).toFixed(1);
      console.log(`${doubleBooking}  ${name}: ${held} of ${tried} ${unit} held, ${seconds} s`);
      rows.push([`\`${name}\``, claim, `${tried} ${unit}`, String(held), seen]);
      violations.push(...result.violations.slice(0, 5).map((reason) => `${name}: ${reason}`));
    }
  });
}

async function findBugs(): Promise<void> {
  const bugs = SABOTAGE.filter(
    (bug) => bug.doubleBooking === doubleBooking && tests.includes(bug.caughtBy),
  );
  // Schedule tests keep a core busy, while the other tests often wait.
  const limit = tests.some((test) => SCHEDULE_TESTS.includes(test)) ? 1 : 4;
  const found = await inParallel(bugs, limit, findBug);
  rows.push(...found);
}

/** Checks that the test named for a bug finds it, and returns the row for the table. */
async function findBug(sabotage: DeliberateBug): Promise<string[]> {
  const { name, caughtBy: test } = sabotage;
  // Some bugs show only if a schedule has a fault, and schedules at the small size have none.
  const size = Math.max(test.smallSize, 1);
  const { violations: found } = await inWorld(store, { seed, doubleBooking, sabotage }, (world) =>
    runFaultTest(test, world, size),
  );
  const [violation] = found;
  console.log(
    `${doubleBooking}  ${name}: ${violation === undefined ? 'NOT FOUND' : `found by ${test.name}`}`,
  );
  if (violation === undefined) violations.push(`${test.name} does not find the bug "${name}"`);
  return [name, doubleBooking, `\`${test.name}\``, violation?.slice(0, 240) ?? 'NOT FOUND'];
}
