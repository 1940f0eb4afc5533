import { randomUUID } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { createFolder, runImport } from '../support/people-import.ts';

jest.setTimeout(180_000);

describe('the memory of an import', () => {
  it('does not grow with the file: 200,000 people pass through a heap that cannot hold them', async () => {
    const tableName = `appointments-${randomUUID()}`;
    await createTable(tableName);
    const folder = await createFolder();
    const rows = Array.from({ length: 200_000 }, (_, row) => `${row},First ${row},Last ${row}\n`);
    const patients = await folder.file(
      'patients.csv',
      `patient_id,first_name,last_name\n${rows.join('')}`,
    );

    const { code, output } = await runImport(
      ['--patients', patients, '--table', tableName, '--dry-run'],
      { NODE_OPTIONS: '--max-old-space-size=48' },
    );

    await folder.remove();
    expect(output).toContain(': 200,000 read, 200,000 would be written, 0 unchanged, 0 would be');
    expect(code).toBe(0);
  });
});
