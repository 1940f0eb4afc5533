// npm run bench -- [NAME...] [--write]
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../scripts/local/local-folder.ts';
import { openStore } from '../scripts/local/open-store.ts';
import { stopPrograms } from '../scripts/local/program.ts';
import { StartError } from '../scripts/local/start-error.ts';
import { chooseStore } from '../scripts/local/store-choice.ts';
import { BUNDLE_SIZE, COLD_START } from './cold-start.ts';
import {
  type Benchmark,
  exceededBars,
  type Figure,
  markdownTables,
  withResults,
} from './figure.ts';
import { LOAD } from './load.ts';
import { PAGES } from './pages.ts';
import { PEOPLE_IMPORT } from './people-import.ts';
import { STORE_USAGE } from './store-usage.ts';
import { WARM } from './warm.ts';
import { openWorkspace } from './workspace.ts';

const BENCHMARKS = [BUNDLE_SIZE, COLD_START, WARM, STORE_USAGE, PAGES, LOAD, PEOPLE_IMPORT];
const REPORT = 'docs/performance.md';
const USAGE = `Usage: npm run bench -- [NAME...] [--write]
  NAME     ${BENCHMARKS.map(({ name }) => name).join(', ')}; all of them by default
  --write  update the results in ${REPORT}`;

process.once('SIGINT', () => {
  void stopPrograms().then(() => process.exit(130));
});

try {
  const words = process.argv.slice(2);
  const chosen = choose(words.filter((word) => word !== '--write'));
  const write = words.includes('--write');
  if (write && chosen.length < BENCHMARKS.length) {
    throw new StartError(`--write needs all benchmarks: leave out the names.\n\n${USAGE}`);
  }
  const { DYNAMODB_ENDPOINT: endpoint = '' } = process.env;
  // The native emulator leaves most of the machine to the functions.
  const engine = endpoint === '' && { DYNAMODB_ENGINE: 'native' };
  const store = await openStore(chooseStore({ ...engine, ...process.env }));
  const description = describeRun(store.name);
  console.log(description);

  const workspace = await openWorkspace(store.endpoint);
  const figures: Figure[] = [];
  for (const [index, { name, seconds, measure }] of chosen.entries()) {
    console.log(`[${index + 1}/${chosen.length}] ${name}, about ${seconds} s`);
    figures.push(...(await measure(workspace)));
  }
  const tables = markdownTables(figures);
  console.log(`\n${tables}`);
  if (write) {
    const page = await readFile(join(ROOT, REPORT), 'utf8');
    await writeFile(join(ROOT, REPORT), withResults(page, `${description}\n\n${tables}`));
    console.log(`\nUpdated the results in ${REPORT}.`);
  }
  for (const sentence of exceededBars(figures)) {
    console.error(`\n${sentence}`);
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await stopPrograms();
}

function choose(names: readonly string[]): readonly Benchmark[] {
  const unknown = names.filter((name) => !BENCHMARKS.some((known) => known.name === name));
  if (unknown.length > 0) {
    throw new StartError(`Unknown benchmark: ${unknown.join(', ')}\n\n${USAGE}`);
  }
  return names.length === 0 ? BENCHMARKS : BENCHMARKS.filter(({ name }) => names.includes(name));
}

function describeRun(store: string): string {
  const git = (...words: string[]) =>
    spawnSync('git', words, { cwd: ROOT, encoding: 'utf8' }).stdout.trim();
  const isChanged = git('status', '--porcelain', 'src', 'resources', 'serverless.yml') !== '';
  const commit = `commit ${git('rev-parse', '--short', 'HEAD')}${isChanged ? ' with changes' : ''}`;
  const date = new Date().toISOString().slice(0, 10);
  const processor = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown processor'})`;
  return `Measured on ${date} at ${commit} with Node ${process.versions.node} and ${store}, on ${processor}.`;
}
