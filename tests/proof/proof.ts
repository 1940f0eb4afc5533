// npm run proof: shows that the rules hold under races, faults, retries and malformed requests, and prints a table.
import { randomInt } from 'node:crypto';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { stopPrograms } from '../../scripts/local/program.ts';
import { StartError } from '../../scripts/local/start-error.ts';
import { openTestStore } from '../support/test-store.ts';
import { PROPERTIES } from './properties.ts';
import { SABOTAGED } from './sabotage.ts';
import { openWorld } from './world.ts';

const HELP = `npm run proof -- [--small] [--sabotage] [--seed NUMBER]

  --small          a fraction of each size, in under a minute
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

async function prove(endpoint: string, { small, seed }: Options): Promise<boolean> {
  const rows: string[][] = [];
  const violated: string[] = [];
  const world = await openWorld(endpoint, seed);
  try {
    for (const [index, property] of PROPERTIES.entries()) {
      console.log(`[${index + 1}/${PROPERTIES.length}] ${property.name} ...`);
      const began = performance.now();
      const { tried, violations, figure } = await property.check(
        world,
        small ? property.smallSize : property.size,
      );
      const held = Math.max(0, tried - violations.length);
      console.log(`      held ${held} of ${tried}, ${seconds(began)}`);
      rows.push([property.name, String(tried), String(held), figure, String(seed)]);
      violated.push(
        ...violations.slice(0, 5).map((violation) => `${property.name}\n  ${violation}`),
      );
    }
  } finally {
    await world.close();
  }
  printTable(['property', 'tried', 'held', 'figure', 'seed'], rows);
  for (const violation of violated) console.error(`\nDoes not hold: ${violation}`);
  return violated.length === 0;
}

/** Whether each break of the functions is caught by a property. */
async function proveProof(endpoint: string, { seed }: Options): Promise<boolean> {
  const rows: string[][] = [];
  for (const [index, sabotage] of SABOTAGED.entries()) {
    console.log(`[${index + 1}/${SABOTAGED.length}] ${sabotage.name} ...`);
    const began = performance.now();
    const world = await openWorld(endpoint, seed, [sabotage]);
    let row = ['nothing', ''];
    for (const { name, smallSize, check } of PROPERTIES) {
      const { violations } = await check(world, smallSize);
      if (violations[0] !== undefined) {
        row = [name, violations[0].slice(0, 120)];
        break;
      }
    }
    await world.close();
    console.log(`      caught by: ${String(row[0])}, ${seconds(began)}`);
    rows.push([sabotage.name, ...row]);
  }
  printTable(['sabotage', 'caught by', 'first violation'], rows);
  return rows.every(([, by]) => by !== 'nothing');
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`;
}

function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  console.log(['', line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n'));
}
