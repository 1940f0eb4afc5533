import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from '../scripts/local/local-folder.ts';
import type { Benchmark } from './figure.ts';

const ROWS = 100_000;

/**
 * Preloaded into every process of the command. The script itself writes its peak memory in kilobytes to
 * `PEAK_FILE`. Linux counts the memory of the parent process toward `maxRSS`, but not toward `VmHWM`.
 */
const WRITE_PEAK = `data:text/javascript,${encodeURIComponent(`
  import { existsSync, readFileSync, writeFileSync } from 'node:fs';
  if (process.argv[1]?.endsWith('people-import.ts')) process.on('exit', () => {
    const status = '/proc/self/status';
    const [, kilobytes] = existsSync(status) ? /VmHWM:\\s+(\\d+)/.exec(readFileSync(status, 'utf8')) : [];
    writeFileSync(process.env.PEAK_FILE, String(kilobytes ?? process.resourceUsage().maxRSS));
  });
`)}`;

export const PEOPLE_IMPORT: Benchmark = {
  name: 'import',
  seconds: 120,
  async measure({ folder, tableName }) {
    const file = join(folder, 'patients.csv');
    const peakFile = join(folder, 'peak-memory');
    const rows = Array.from({ length: ROWS }, (_, row) => `${randomUUID()},Abe${row},Frami${row}`);
    await writeFile(file, ['patient_id,first_name,last_name', ...rows, ''].join('\n'));

    const began = performance.now();
    const command = ['run', 'people:import', '--', '--patients', file, '--table', tableName];
    const child = spawn('npm', command, {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: `--import=${WRITE_PEAK}`, PEAK_FILE: peakFile },
    });
    const [errors] = await Promise.all([text(child.stderr), once(child, 'close')]);
    if (child.exitCode !== 0) throw new Error(`The import failed:\n${errors}`);
    const milliseconds = performance.now() - began;
    const megabytes = (Number(await readFile(peakFile, 'utf8')) * 1024) / 1e6;
    const each = (milliseconds * 1000) / ROWS;
    const note = `in a file of ${ROWS.toLocaleString('en-US')}`;
    return [
      { name: 'import of 1,000 people', value: each, unit: 'ms', bar: 1800, note },
      { name: 'import of people, peak memory', value: megabytes, unit: 'MB', bar: 300 },
    ];
  },
};
