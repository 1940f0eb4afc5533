import { randomUUID } from 'node:crypto';
import { expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { createFolder, runImport } from '../support/people-import.ts';

jest.setTimeout(180_000);

/** Prints the most resident memory that the process had, on Linux. */
const PRINT_PEAK = `data:text/javascript,${encodeURIComponent(`
  import { readFileSync } from 'node:fs';
  process.on('exit', () => {
    const { 1: kilobytes = '0' } = /VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
    console.log('peak of ' + kilobytes + ' kB');
  });
`)}`;

it('an import of 25,000 people needs less than 200 MB, and runs with a heap too small to hold them all', async () => {
  const tableName = `appointments-${randomUUID()}`;
  await createTable(tableName);
  const folder = await createFolder();
  const name = 'ж'.repeat(90);
  const rows = Array.from({ length: 25_000 }, (_, row) => `${row},${name} ${row},${name} ${row}\n`);
  const patients = await folder.file(
    'patients.csv',
    `patient_id,first_name,last_name\n${rows.join('')}`,
  );

  const { code, output } = await runImport(
    ['--patients', patients, '--table', tableName, '--dry-run'],
    {
      NODE_OPTIONS: `--max-old-space-size=28${process.platform === 'linux' ? ` --import=${PRINT_PEAK}` : ''}`,
    },
  );

  await folder.remove();
  expect(output).toContain(': 25,000 read, 25,000 would be added, 0 would be renamed, 0 unchanged');
  expect(code).toBe(0);
  const { 1: kilobytes } = /peak of (\d+) kB/.exec(output) ?? [];
  if (process.platform === 'linux') expect(Number(kilobytes)).toBeGreaterThan(50_000);
  expect(Number(kilobytes ?? 0)).toBeLessThan(200_000);
});
