// npm run bench -- [NAME...]: measures the packaged functions, prints a table, and says which figure is over its bar.
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../scripts/local/local-folder.ts';
import { type OpenStore, openStore } from '../scripts/local/open-store.ts';
import { stopPrograms } from '../scripts/local/program.ts';
import { StartError } from '../scripts/local/start-error.ts';
import { chooseStore } from '../scripts/local/store-choice.ts';
import { chartOf } from './chart.ts';
import { COLD_START, SIZES } from './cold-start.ts';
import { type Bench, type Figure, overTheirBars, tableOf } from './figure.ts';
import { LOAD } from './load.ts';
import { PAGES } from './pages.ts';
import { PEOPLE_IMPORT } from './people-import.ts';
import { openPlace } from './place.ts';
import { STORE_CALLS } from './store-calls.ts';
import { WARM } from './warm.ts';

const BENCHES: readonly Bench[] = [
  SIZES,
  COLD_START,
  WARM,
  STORE_CALLS,
  PAGES,
  LOAD,
  PEOPLE_IMPORT,
];

process.once('SIGINT', () => {
  void stopPrograms().then(() => process.exit(130));
});

try {
  const chosen = choose(process.argv.slice(2));
  const store = await openBenchStore();
  const run = describeRun(store.name);
  console.log(`${Object.values(run).join(', ')}\n\nPackaging ...`);
  const figures = await measure(store.endpoint, chosen);

  console.log(`\n${tableOf(figures)}`);
  if (chosen.length === BENCHES.length) {
    await writeFile(
      join(ROOT, 'bench/results.json'),
      `${JSON.stringify({ run, figures }, null, 2)}\n`,
    );
    await writeFile(
      join(ROOT, 'bench/results.svg'),
      chartOf(figures, `${run.date}, ${run.node}, ${run.machine}.`),
    );
    console.log('\nWritten to bench/results.json and bench/results.svg.');
  }
  const over = overTheirBars(figures);
  for (const sentence of over) console.error(`\nOver its bar: ${sentence}`);
  process.exitCode = over.length > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await stopPrograms();
}

function choose(names: readonly string[]): readonly Bench[] {
  const known = BENCHES.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new StartError(
      `There is no bench ${unknown.join(', ')}. There are: ${known.join(', ')}; without a name all are run.`,
    );
  }
  return names.length === 0 ? BENCHES : BENCHES.filter(({ name }) => names.includes(name));
}

/** The native emulator, which takes the least of the machine, unless the environment says otherwise. */
async function openBenchStore(): Promise<OpenStore> {
  const { DYNAMODB_ENDPOINT = '', DYNAMODB_ENGINE = '' } = process.env;
  const isChosen = DYNAMODB_ENDPOINT !== '' || DYNAMODB_ENGINE !== '';
  return openStore(chooseStore(isChosen ? process.env : { DYNAMODB_ENGINE: 'native' }));
}

async function measure(endpoint: string, benches: readonly Bench[]): Promise<Figure[]> {
  const place = await openPlace(endpoint);
  try {
    const figures: Figure[] = [];
    for (const [index, bench] of benches.entries()) {
      console.log(`[${index + 1}/${benches.length}] ${bench.name}, about ${bench.seconds} s`);
      figures.push(
        ...(await bench.measure(place, (line) => {
          console.log(`      ${line}`);
        })),
      );
    }
    return figures;
  } finally {
    await place.close();
  }
}

/** When, on what machine and of what commit. */
function describeRun(store: string) {
  const git = (...words: string[]) =>
    spawnSync('git', words, { cwd: ROOT, encoding: 'utf8' }).stdout.trim();
  const changed = git('status', '--porcelain', 'src', 'resources', 'serverless.yml') !== '';
  const [cpu] = cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: `commit ${git('rev-parse', '--short', 'HEAD') || 'unknown'}${changed ? ' with changes' : ''}`,
    node: `Node ${process.versions.node}`,
    machine: `${cpus().length} cores of ${cpu?.model.trim() ?? 'an unknown processor'}`,
    store,
  };
}
