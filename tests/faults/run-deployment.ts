// node run-deployment.ts JOB: runs the fault tests of one kind of deployment, and sends the outcome to the parent process.
import { stopPrograms } from '../../scripts/local/program.ts';
import type { PractitionerDoubleBooking } from '../../src/domain/repositories.ts';
import { runFaultTest } from './fault-test.ts';
import { faultTests } from './fault-tests.ts';
import { tableOf } from './report.ts';
import { inWorld } from './world.ts';

export interface Job {
  readonly store: string;
  readonly doubleBooking: PractitionerDoubleBooking;
  readonly names: readonly string[];
  readonly small: boolean;
  readonly seed: number;
}

export interface Outcome {
  readonly report: string;
  readonly violations: readonly string[];
}

for (const end of ['SIGINT', 'disconnect']) {
  process.once(end, () => void stopPrograms().then(() => process.exit()));
}

const job = JSON.parse(process.argv[2] ?? '') as Job;
process.send?.(await run(job));
await stopPrograms();
process.disconnect();

async function run({ store, doubleBooking, names, small, seed }: Job): Promise<Outcome> {
  const rows: string[][] = [];
  const violations: string[] = [];
  const tests = faultTests(names).find((one) => one.doubleBooking === doubleBooking)?.tests ?? [];
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
  const table = tableOf(['test', 'what must hold', 'tried', 'held', 'seen'], rows);
  return {
    report: `With \`practitionerDoubleBooking: ${doubleBooking}\`:\n\n${table}`,
    violations,
  };
}
