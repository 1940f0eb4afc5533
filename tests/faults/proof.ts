// npm run proof: shows that the rules hold under races, faults, retries and malformed requests, and prints a table.
import { randomInt } from 'node:crypto';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { stopPrograms } from '../../scripts/local/program.ts';
import { StartError } from '../../scripts/local/start-error.ts';
import type { PractitionerDoubleBooking } from '../../src/domain/repositories.ts';
import type { Sabotage } from '../support/build-handlers.ts';
import { openTestStore } from '../support/test-store.ts';
import { SUITES } from './properties.ts';
import type { Finding, Property } from './property.ts';
import { SABOTAGED } from './sabotage.ts';
import { openWorld, type World } from './world.ts';

const HELP = `npm run proof -- [--small] [--sabotage] [--seed NUMBER]

  --small          a fraction of each size, in about a minute
  --sabotage       the small sizes on functions that are broken on purpose: each must be caught
  --seed NUMBER    repeats a run from its printed seed; by chance otherwise

DYNAMODB_ENDPOINT names a store of this machine to run on; otherwise one is started,
DYNAMODB_ENGINE=java, docker or native forces which. Exits with 1 where something does
not hold, with 2 where it cannot run.`;

interface Options {
  readonly small: boolean;
  readonly sabotage: boolean;
  readonly seed: number;
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
    console.log(
      `Seed ${options.seed}, on ${store.name}, Node ${process.versions.node}, ${cpus().length} cores\n`,
    );
    const held = await (options.sabotage ? proveProof : prove)(store.endpoint, options);
    process.exitCode = held ? 0 : 1;
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
    const { values } = parseArgs({
      args: [...args],
      options: {
        help: { type: 'boolean' },
        small: { type: 'boolean' },
        sabotage: { type: 'boolean' },
        seed: { type: 'string' },
      },
    });
    if (values.help === true) return undefined;
    const { seed = String(randomInt(2 ** 31)), small = false, sabotage = false } = values;
    if (!/^\d{1,10}$/.test(seed) || Number(seed) >= 2 ** 31) {
      throw new TypeError(`--seed ${seed} is not a number from 0 to 2147483647`);
    }
    return { small, sabotage, seed: Number(seed) };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new StartError(`${error.message}\n\n${HELP}`);
  }
}

function nameOf({ name }: Property, doubleBooking: PractitionerDoubleBooking): string {
  return doubleBooking === 'allow' ? name : `double booking rejected: ${name}`;
}

async function prove(endpoint: string, { small, seed }: Options): Promise<boolean> {
  const count = SUITES.flatMap(({ properties }) => properties).length;
  const rows: string[][] = [];
  const violated: string[] = [];
  for (const { doubleBooking, properties } of SUITES) {
    await inWorld(endpoint, { seed, doubleBooking }, async (world) => {
      for (const property of properties) {
        console.log(`[${rows.length + 1}/${count}] ${nameOf(property, doubleBooking)} ...`);
        const began = performance.now();
        const size = small ? property.smallSize : property.size;
        const { tried, violations, figure } = await check(property, world, size);
        const held = Math.max(0, tried - violations.length);
        console.log(`      held ${held} of ${tried}, ${seconds(began)}`);
        const name = nameOf(property, doubleBooking);
        rows.push([name, String(tried), String(held), figure, String(seed)]);
        violated.push(...violations.slice(0, 5).map((violation) => `${name}\n  ${violation}`));
      }
    });
  }
  printTable(['property', 'tried', 'held', 'figure', 'seed'], rows);
  for (const violation of violated) console.error(`\nDoes not hold: ${violation}`);
  return violated.length === 0;
}

/** Whether each break of the functions is caught by the property that is there for it, and nothing by any without one. */
async function proveProof(endpoint: string, { seed }: Options): Promise<boolean> {
  const rows: string[][] = [];
  const missed: string[] = [];

  console.log('[control] nothing is broken ...');
  for (const { doubleBooking, properties } of SUITES) {
    await inWorld(endpoint, { seed, doubleBooking }, async (world) => {
      for (const property of properties) {
        const { violations } = await check(property, world, property.smallSize);
        if (violations[0] !== undefined) missed.push(`nothing is broken, but: ${violations[0]}`);
      }
    });
  }
  for (const [index, sabotage] of SABOTAGED.entries()) {
    console.log(`[${index + 1}/${SABOTAGED.length}] ${sabotage.name} ...`);
    const { caughtBy, name, doubleBooking = 'allow' } = sabotage;
    await inWorld(endpoint, { seed, doubleBooking, sabotage }, async (world) => {
      const { violations } = await check(caughtBy, world, caughtBy.smallSize);
      if (violations[0] === undefined) missed.push(`not caught: ${name}`);
      rows.push([name, caughtBy.name, violations[0]?.slice(0, 120) ?? 'NOT CAUGHT']);
    });
  }
  printTable(['sabotage', 'caught by', 'first violation'], rows);
  for (const reason of missed) console.error(`\n${reason}`);
  return missed.length === 0;
}

interface WorldOptions {
  readonly seed: number;
  readonly doubleBooking: PractitionerDoubleBooking;
  readonly sabotage?: Sabotage;
}

async function inWorld(
  endpoint: string,
  { seed, doubleBooking, sabotage }: WorldOptions,
  work: (world: World) => Promise<void>,
): Promise<void> {
  const world = await openWorld(endpoint, seed, doubleBooking, sabotage ? [sabotage] : []);
  try {
    await work(world);
  } finally {
    await world.close();
  }
}

/** A property that cannot be checked to its end does not hold. */
async function check(property: Property, world: World, size: number): Promise<Finding> {
  try {
    return await property.check(world, size);
  } catch (error) {
    world.proxy.choose(() => undefined);
    return { tried: size, violations: [`could not be checked: ${String(error)}`], figure: '' };
  }
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  console.log(['', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}
