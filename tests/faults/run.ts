// npm run test:faults: runs the fault tests at full size, or checks that they find deliberate bugs.
import { fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopPrograms } from '../../scripts/local/program.ts';
import { StartError } from '../../scripts/local/start-error.ts';
import { PRACTITIONER_DOUBLE_BOOKING } from '../../src/domain/ports.ts';
import { openTestStore } from '../support/test-store.ts';
import { FAULT_TEST_NAMES, faultTests } from './fault-tests.ts';
import { circumstancesOf, tableOf, writeReport } from './report.ts';
import type { Job, Outcome } from './run-deployment.ts';
import { repeat, SCENARIO_NAMES, SCHEDULE_TESTS } from './schedules.ts';
import { inWorld } from './world.ts';

const HELP = `npm run test:faults -- [NAME...] [--small] [--sabotage] [--seed NUMBER] [--write]
       npm run test:faults -- NAME --schedule '...'

  NAME           Runs only these tests. The default is all of them:
                 ${FAULT_TEST_NAMES.join('\n                 ')}
  --small        Runs a fraction of each test, in about a minute.
  --sabotage     Builds one copy of the functions for each deliberate bug. A test must find
                 each bug.
  --seed NUMBER  Repeats a run with its printed random seed.
  --schedule '...'
                 Repeats a schedule of the scenario NAME, as a violation prints it, and
                 prints its timeline for both kinds of deployment.
  --write        Writes the results to docs/testing.md. Needs a full run.

Set DYNAMODB_ENDPOINT to use a running local store. Otherwise the command starts one;
DYNAMODB_ENGINE (java, docker, or native) says which.

Exits with 1 if something does not hold, and with 2 if the tests cannot run.`;

interface Report {
  readonly report: string;
  readonly violations: readonly string[];
}

interface Options {
  readonly names: readonly string[];
  readonly small: boolean;
  readonly sabotage: boolean;
  readonly seed: number;
  readonly schedule: string | undefined;
  readonly write: boolean;
}

process.once('SIGINT', () => {
  void stopPrograms().then(() => process.exit(130));
});

try {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    console.log(HELP);
  } else {
    const store = await openTestStore(process.env);
    const circumstances = circumstancesOf(options.seed, store.name);
    if (options.schedule === undefined) console.log(`${circumstances}\n`);
    const run =
      options.schedule === undefined ? (options.sabotage ? runSabotage : runAll) : repeatSchedule;
    const { report, violations } = await run(store.endpoint, options);
    console.log(`\n${report}`);
    for (const violation of violations) console.error(`\nDoes not hold: ${violation}`);
    if (violations.length > 0) process.exitCode = 1;
    else if (options.write) {
      await writeReport(
        options.sabotage ? 'sabotage' : 'results',
        `${circumstances}.\n\n${report}`,
      );
    }
  }
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await stopPrograms();
}

function readOptions(args: readonly string[]): Options | undefined {
  try {
    const { values, positionals: names } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean' },
        small: { type: 'boolean' },
        sabotage: { type: 'boolean' },
        seed: { type: 'string' },
        schedule: { type: 'string' },
        write: { type: 'boolean' },
      },
    });
    if (values.help === true) return undefined;
    const { small = false, sabotage = false, write = false, schedule } = values;
    const { seed = String(randomInt(2 ** 31)) } = values;
    const unknown = names.find((name) => !FAULT_TEST_NAMES.includes(name));
    if (unknown !== undefined) throw new TypeError(`There is no fault test "${unknown}".`);
    if (!/^\d{1,10}$/.test(seed) || Number(seed) >= 2 ** 31) {
      throw new TypeError(`--seed must be an integer from 0 to 2147483647, not "${seed}".`);
    }
    if (write && (names.length > 0 || small)) {
      throw new TypeError('--write needs a full run, without NAME and --small.');
    }
    if (
      schedule !== undefined &&
      (names.length !== 1 || !SCENARIO_NAMES.includes(names[0] ?? ''))
    ) {
      throw new TypeError(
        `--schedule needs the name of one scenario: ${SCENARIO_NAMES.join(', ')}.`,
      );
    }
    return { names, small, sabotage, seed: Number(seed), schedule, write };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new StartError(`${error.message}\n\n${HELP}`);
  }
}

/** Runs the tests at full size, or at a fraction of it. */
async function runAll(store: string, options: Options): Promise<Report> {
  const results = await runDeployments(store, options);
  const deployments = Map.groupBy(results, ({ doubleBooking }) => doubleBooking);
  return {
    report: [...deployments]
      .map(([doubleBooking, parts]) => {
        const rows = parts.flatMap(({ rows }) => rows);
        return `With \`practitionerDoubleBooking: ${doubleBooking}\`:\n\n${tableOf(['test', 'what must hold', 'tried', 'held', 'seen'], rows)}`;
      })
      .join('\n\n'),
    violations: results.flatMap(({ violations }) => violations),
  };
}

/** Checks that the test named for each bug finds it. */
async function runSabotage(store: string, options: Options): Promise<Report> {
  const results = await runDeployments(store, options);
  const rows = results.flatMap(({ rows }) => rows);
  return {
    report: tableOf(['bug', 'double booking', 'found by', 'first violation'], rows),
    violations: results.flatMap(({ violations }) => violations),
  };
}

/** Runs each kind of deployment in two processes: one for the schedule tests and one for the other tests. */
async function runDeployments(
  store: string,
  { names, small, sabotage, seed }: Options,
): Promise<Outcome[]> {
  const parts = faultTests(names).flatMap(({ doubleBooking, tests }) =>
    [...Map.groupBy(tests, (test) => SCHEDULE_TESTS.includes(test)).values()].map((part) => ({
      doubleBooking,
      names: part.map(({ name }) => name),
    })),
  );
  return Promise.all(
    parts.map(async ({ doubleBooking, names }) => {
      const job: Job = { store, doubleBooking, names, small, sabotage, seed };
      const child = fork(join(import.meta.dirname, 'run-deployment.ts'), [JSON.stringify(job)]);
      const [outcome] = await Promise.race([
        once(child, 'message') as Promise<[Outcome]>,
        once(child, 'exit').then(() => {
          throw new StartError(
            `The tests with practitionerDoubleBooking=${doubleBooking} ended early.`,
          );
        }),
      ]);
      return outcome;
    }),
  );
}

/** Repeats one schedule of a scenario. */
async function repeatSchedule(
  store: string,
  { names, schedule = '', seed }: Options,
): Promise<Report> {
  const sections: string[] = [];
  const violations: string[] = [];
  for (const doubleBooking of PRACTITIONER_DOUBLE_BOOKING) {
    await inWorld(store, { seed, doubleBooking }, async (world) => {
      const { timeline, reasons } = await repeat(world, names[0] ?? '', schedule.split(/\s+/));
      sections.push(`practitionerDoubleBooking: ${doubleBooking}\n${timeline}`);
      violations.push(...reasons);
    });
  }
  return { report: sections.join('\n\n'), violations };
}
