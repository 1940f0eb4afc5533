// node bench/people-import.ts [ROWS]: how fast people come in, and in how much memory. For 100,000 rows if none are given.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { connectTo, withConnection } from '../scripts/local/connection.ts';
import { createTable } from '../scripts/local/create-table.ts';
import { freePorts } from '../scripts/local/free-ports.ts';
import { ROOT } from '../scripts/local/local-folder.ts';
import { startStore } from '../scripts/local/store.ts';
import { TABLE_NAME } from '../scripts/local/table-name.ts';
import type { Bench } from './figure.ts';

export interface PeopleImportMeasures {
  /** From the start of the command to its end. */
  readonly peopleASecond: number;
  /** Resident memory of the import's own process, in units of 10^6 bytes. */
  readonly peakMegabytes: number;
}

/** Runs in each process of the command, and writes down the one of the script: `maxRSS` would count what its parent had before. */
const WRITE_PEAK = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync, writeFileSync } from 'node:fs';
  if (process.argv[1]?.endsWith('people-import.ts')) process.on('exit', () => {
    let kilobytes = process.resourceUsage().maxRSS;
    try {
      kilobytes = Number(/VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
    } catch {}
    writeFileSync(process.env.PEAK_FILE, String(kilobytes * 1024));
  });
`)}`;

/**
 * Imports so many new patients into an empty native store, with the command of the operator.
 *
 * @param words further words of the command
 * @throws where the import does not end with 0
 */
export async function measurePeopleImport(
  rows: number,
  words: readonly string[] = [],
): Promise<PeopleImportMeasures> {
  const folder = await mkdtemp(join(tmpdir(), 'people-import-'));
  const store = await startStore('native', await freePorts(1));
  const { env } = process;
  try {
    process.env = withConnection(env, connectTo(store.endpoint));
    await createTable(TABLE_NAME);
    const file = join(folder, 'patients.csv');
    await pipeline(Readable.from(patients(rows)), createWriteStream(file));

    const began = performance.now();
    const command = ['run', 'people:import', '--', '--patients', file, ...words];
    const child = spawn('npm', command, {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        DYNAMODB_ENDPOINT: store.endpoint,
        NODE_OPTIONS: `--import=${WRITE_PEAK}`,
        PEAK_FILE: join(folder, 'peak'),
      },
    });
    const ended = once(child, 'close') as Promise<[number | null]>;
    const [errors, [code]] = await Promise.all([text(child.stderr), ended]);
    const seconds = (performance.now() - began) / 1000;
    if (code !== 0) throw new Error(`The import ended with ${code}:\n${errors}`);
    const peak = Number(await readFile(join(folder, 'peak'), 'utf8'));
    return { peopleASecond: rows / seconds, peakMegabytes: peak / 1e6 };
  } finally {
    process.env = env;
    await store.stop();
    await rm(folder, { recursive: true });
  }
}

/** A list of patients with UUIDs, as clinics have them. */
function* patients(rows: number): Generator<string> {
  yield 'patient_id,first_name,last_name\n';
  for (let row = 0; row < rows; row += 1) yield `${randomUUID()},Abe${row},Frami${row}\n`;
}

const ROWS = 100_000;

export const PEOPLE_IMPORT: Bench = {
  name: 'import',
  seconds: 25,
  async measure(_place, progress) {
    progress(`importing ${ROWS} people`);
    const { peopleASecond, peakMegabytes } = await measurePeopleImport(ROWS);
    const speed = Math.round(peopleASecond).toLocaleString('en');
    return [
      {
        name: 'import of people: for each 1,000',
        value: 1e6 / peopleASecond,
        unit: 'ms',
        bar: 500,
        note: `${speed} people a second, ${ROWS.toLocaleString('en')} of them`,
      },
      {
        name: 'import of people: memory at the peak',
        value: peakMegabytes * 1e6,
        unit: 'bytes',
        bar: 300_000_000,
      },
    ];
  },
};

async function report(rows: number): Promise<void> {
  const { peopleASecond, peakMegabytes } = await measurePeopleImport(rows);
  console.log(
    `${rows} people: ${Math.round(peopleASecond)} a second, ${Math.round(peakMegabytes)} MB at the peak`,
  );
}

// Neither `import.meta.main` nor an `await` here: a test imports this file, as CommonJS.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  void report(Number(process.argv[2] ?? 100_000));
}
