import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePorts } from '../../../scripts/local/free-ports.ts';
import { ROOT } from '../../../scripts/local/local-folder.ts';
import { readCommand } from '../../../scripts/people-import/command-line.ts';
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

describe('the words of people:import', () => {
  it('name one file or both, and where they go', () => {
    expect(readCommand(['--patients', 'a.csv'])).toEqual({
      files: [{ kind: 'patients', path: 'a.csv' }],
      table: undefined,
      isDryRun: false,
    });
    expect(
      readCommand(['--dry-run', '--table=t', '--practitioners=b.csv', '--patients', 'a.csv']),
    ).toEqual({
      files: [
        { kind: 'patients', path: 'a.csv' },
        { kind: 'practitioners', path: 'b.csv' },
      ],
      table: 't',
      isDryRun: true,
    });
  });

  it.each([
    [[], 'It needs --patients FILE or --practitioners FILE.'],
    [['--dry-run'], 'It needs --patients FILE or --practitioners FILE.'],
    [['--patients', 'a.csv', '--force'], "Unknown option '--force'"],
    [['--patients', 'a.csv', 'b.csv'], "Unexpected argument 'b.csv'"],
    [['--patients'], "Option '--patients <value>' argument missing"],
    [['--patients', 'a.csv', '--table='], '--table has no value.'],
    [['--patients='], '--patients has no value.'],
    [
      ['--patients', 'a.csv', '--patients=b.csv'],
      '--patients is given more than once: run the command once for each.',
    ],
    [
      ['--practitioners', 'a.csv', '--practitioners', 'a.csv'],
      '--practitioners is given more than once: run the command once for each.',
    ],
    [
      ['--patients', 'a.csv', '--table', 't', '--table', 'u'],
      '--table is given more than once: run the command once for each.',
    ],
  ])('are refused where they are %j', (words, sentence) => {
    expect(() => readCommand(words)).toThrow(sentence);
    expect(() => readCommand(words)).toThrow(
      '\nKnown are --patients FILE, --practitioners FILE, --table NAME, --dry-run and --help. After "npm run people:import", options stand behind "--".',
    );
  });
});

describe('npm run people:import', () => {
  it('explains itself', async () => {
    const { code, output } = await runImport(['--help']);

    expect(code).toBe(0);
    expect(output).toMatch(/^npm run people:import -- \[--patients FILE\]/);
    expect(output).toContain('\n  patient_id,first_name,last_name  (this service)\n');
  });

  it.each([
    ['an unknown option', ['--patient', 'FILE'], "Unknown option '--patient'"],
    ['a file twice', ['--patients', 'FILE', '--patients', 'FILE'], 'is given more than once'],
    ['no file', [], 'It needs --patients FILE or --practitioners FILE.'],
    ['a file that is not there', ['--patients', 'none.csv'], 'none.csv: there is no such file.'],
    [
      'one file of two with another header',
      ['--patients', 'FILE', '--practitioners', 'FILE'],
      'patients.csv does not begin with a header of practitioners that is known',
    ],
  ])('ends with 2 for %s, and a sentence', async (_name, words, sentence) => {
    const { code, output } = await runImport(
      words.map((word) => (word === 'FILE' ? patients : word)),
    );

    expect(code).toBe(2);
    expect(output).toContain(sentence);
    expect(output).not.toContain('    at ');
    expect(await readdir(folder.path)).toEqual(['patients.csv']);
  });

  it.each([
    ['--dry-run', { npm_config_dry_run: 'true' }],
    ['--table', { npm_config_table: 'appointments-prod' }],
  ])('ends with 2 if npm kept %s for itself, and writes nothing', async (option, env) => {
    const { code, output } = await runImport(['--patients', patients], env);

    expect(code).toBe(2);
    expect(output).toContain(`npm kept ${option} for itself.`);
  });

  it('tells to run npm start where no local store runs', async () => {
    const port = await freePorts(1);
    const { code, output } = await runImport(['--patients', patients], {
      DYNAMODB_PORT: String(port),
      DYNAMODB_ENDPOINT: '',
    });

    expect([code, output]).toEqual([
      3,
      `No local store answers at http://localhost:${port}: run "npm start" in another terminal and leave it running, or name a table on AWS with --table NAME.\n`,
    ]);
  });

  it('reaches no store that is not on this machine, without --table', async () => {
    const { code, output } = await runImport(['--patients', patients], {
      DYNAMODB_ENDPOINT: 'https://dynamodb.us-east-1.amazonaws.com',
    });

    expect(code).toBe(2);
    expect(output).toContain('is not on this machine');
  });

  it.each([
    [{ AWS_REGION: undefined }, 'There is no AWS region: set AWS_REGION'],
    [
      { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
      'There are no AWS credentials: set AWS_PROFILE',
    ],
  ])('with a table on AWS and %j says what is missing', async (variables, sentence) => {
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

describe('lists of people, and rows of them that were refused,', () => {
  it('stay out of the repository', async () => {
    const ignored = (await readFile(join(ROOT, '.gitignore'), 'utf8')).split('\n');

    // Without a slash a pattern holds at any depth.
    expect(ignored).toEqual(expect.arrayContaining(['/*.csv', '*.rejected.csv']));
  });
});
