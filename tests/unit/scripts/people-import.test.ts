import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePorts } from '../../../scripts/local/free-ports.ts';
import { ROOT } from '../../../scripts/local/local-folder.ts';
import { createFolder, type Folder, runImport } from '../../support/people-import.ts';

jest.setTimeout(30_000);

let folder: Folder;
let patients: string;

beforeAll(async () => {
  folder = await createFolder();
  patients = await folder.file('patients.csv', 'patient_id,first_name,last_name\n1,Alexei,Isac\n');
});

afterAll(async () => {
  await folder.remove();
});

describe('npm run people:import', () => {
  it('explains itself', async () => {
    const { code, output } = await runImport(['--help']);

    expect(code).toBe(0);
    expect(output).toMatch(/^npm run people:import -- \[--patients FILE\]/);
    expect(output).toContain('\n  patient_id,first_name,last_name\n');
  });

  it.each([
    ['an unknown option', ['--patient', 'FILE'], {}, "Unknown option '--patient'"],
    ['a hint', ['--patient', 'FILE'], {}, 'For help, run: npm run people:import -- --help'],
    ['no file', ['--dry-run'], {}, '--patients FILE or --practitioners FILE is required.'],
    ['an unexpected argument', ['--patients', 'FILE', 'b.csv'], {}, "Unexpected argument 'b.csv'"],
    ['--table twice', ['--table', 'a', '--table', 'b'], {}, '--table is given more than once.'],
    ['an empty table', ['--patients', 'FILE', '--table='], {}, '--table has no value.'],
    ['a missing file', ['--patients', 'none.csv'], {}, 'none.csv: no such file or directory.'],
    [
      'a missing second file',
      ['--patients', 'FILE', '--patients', 'none.csv'],
      {},
      'none.csv: no such file or directory.',
    ],
    [
      'a second file with a wrong header',
      ['--patients', 'FILE', '--practitioners', 'FILE'],
      {},
      'patients.csv: The header is not one for practitioners',
    ],
    [
      'a --dry-run that npm kept for itself',
      ['--patients', 'FILE'],
      { npm_config_dry_run: 'true' },
      'npm kept --dry-run for itself.',
    ],
    [
      'a --table that npm kept for itself',
      ['--patients', 'FILE'],
      { npm_config_table: 'appointments-prod' },
      'npm kept --table for itself.',
    ],
    [
      'a local store that is not on this machine',
      ['--patients', 'FILE'],
      { DYNAMODB_ENDPOINT: 'https://dynamodb.us-east-1.amazonaws.com' },
      'is not on this machine',
    ],
  ])('ends with 2 for %s and writes nothing', async (_name, args, env, sentence) => {
    const { code, output } = await runImport(
      args.map((arg) => (arg === 'FILE' ? patients : arg)),
      env,
    );

    expect(code).toBe(2);
    expect(output).toContain(sentence);
    expect(output).not.toContain('    at ');
    expect(await readdir(folder.path)).toEqual(['patients.csv']);
  });

  it('asks for npm start if no local store responds', async () => {
    const port = await freePorts(1);
    const { code, output } = await runImport(['--patients', patients], {
      DYNAMODB_PORT: String(port),
      DYNAMODB_ENDPOINT: '',
    });

    expect([code, output]).toEqual([
      3,
      `No local store responds at http://localhost:${port}. Keep "npm start" running in another terminal, or name a table on AWS with --table NAME.\n`,
    ]);
  });

  it.each([
    [{ AWS_REGION: undefined }, 'There is no AWS region. Set AWS_REGION'],
    [
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      'There are no AWS credentials. Set AWS_PROFILE',
    ],
  ])('says what is missing to reach AWS with %j', async (variables, sentence) => {
    const { code, output } = await runImport(['--patients', patients, '--table', 'appointments'], {
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      ...variables,
    });

    expect(code).toBe(3);
    expect(output).toContain(sentence);
    expect(output).not.toContain('    at ');
  });
});

describe('.gitignore', () => {
  it('keeps files of people and their rejected rows out of the repository', async () => {
    const ignored = (await readFile(join(ROOT, '.gitignore'), 'utf8')).split('\n');

    // A pattern without a slash matches in every folder.
    expect(ignored).toEqual(expect.arrayContaining(['/*.csv', '*.rejected.csv']));
  });
});
