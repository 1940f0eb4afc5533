import { randomUUID } from 'node:crypto';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { ROOT } from '../../scripts/local/local-folder.ts';
import type { Id } from '../../src/domain/people.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { type Item, openTable, type Table } from '../../src/repositories/table.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, appointment, BOB_ITEM } from '../support/people.ts';
import { createFolder, type Folder, runImport, startImport } from '../support/people-import.ts';

jest.setTimeout(60_000);

const PATIENTS = 'patient_id,first_name,last_name\n';
const PRACTITIONERS = 'practitioner_id,first_name,last_name,npi\n';

let table: Table;
let folder: Folder;

beforeEach(async () => {
  table = openTable(`appointments-${randomUUID()}`);
  await createTable(table.name);
  folder = await createFolder();
});

afterEach(async () => {
  await folder.remove();
});

/** Imports from files into the table of the test. */
async function importFiles(
  files: { patients?: string | undefined; practitioners?: string },
  ...words: string[]
) {
  return runImport([...wordsOf(files), '--table', table.name, ...words]);
}

function wordsOf(files: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(files).flatMap(([kind, path]) =>
    path === undefined ? [] : [`--${kind}`, path],
  );
}

/** All that the table holds, by its keys. */
async function items(): Promise<Map<string, Item>> {
  const all = new Map<string, Item>();
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await table.client.send(
      new ScanCommand({
        TableName: table.name,
        ConsistentRead: true,
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
    );
    for (const item of page.Items ?? []) all.set(`${item['PK']} ${item['SK']}`, item);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return all;
}

async function put(...given: Item[]): Promise<void> {
  for (const Item of given) {
    await table.client.send(new PutCommand({ TableName: table.name, Item }));
  }
}

describe('people in our columns', () => {
  it('come in, and can be found by the service', async () => {
    const patients = await folder.file(
      'patients.csv',
      `\u{feff}${PATIENTS}1,Alexei,Isac\r\n2,"Zoë, ""Zo""","O'Neill 李"\r\n`,
    );
    const practitioners = await folder.file(
      'practitioners.csv',
      `${PRACTITIONERS}1,Bob,Dr,100\n2,Alice,Dr,\n`,
    );

    const { code, output } = await importFiles({ patients, practitioners });

    expect(code).toBe(0);
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        `Into table ${table.name} at ${process.env['AWS_ENDPOINT_URL_DYNAMODB']}.`,
        `${patients}: 2 read, 2 written, 0 unchanged, 0 refused`,
        `${practitioners}:2: warning: npi is not 10 digits with a right check digit`,
        `${practitioners}: 2 read, 2 written, 0 unchanged, 0 refused, 1 with a warning`,
      ]),
    );
    const repositories = createRepositories(table, 'allow');
    await expect(repositories.people.findPatient('2' as Id)).resolves.toEqual({
      patientId: '2',
      firstName: 'Zoë, "Zo"',
      lastName: "O'Neill 李",
    });
    await expect(repositories.people.findPractitioner('2' as Id)).resolves.toEqual({
      practitionerId: '2',
      firstName: 'Alice',
      lastName: 'Dr',
      npi: null,
    });
    expect((await items()).get('PATIENT#1 PROFILE')).toEqual(ALEXEI_ITEM);
    expect((await items()).get('PRACTITIONER#1 PROFILE')).toEqual(BOB_ITEM);
  });

  it('are updated where they have changed, and nobody and nothing else is touched', async () => {
    await createRepositories(table, 'allow').appointments.create(appointment());
    const other = { ...ALEXEI_ITEM, PK: 'PATIENT#gone', patient_id: 'gone' };
    await put({ ...ALEXEI_ITEM, note: 'kept' }, BOB_ITEM, other);

    const { code, output } = await importFiles({
      patients: await folder.file('patients.csv', `${PATIENTS}1,Aleksei,Isac\n`),
      practitioners: await folder.file('practitioners.csv', `${PRACTITIONERS}1,Bob,Dr,100\n`),
    });

    expect(code).toBe(0);
    expect(output).toContain('patients.csv: 1 read, 1 written, 0 unchanged, 0 refused');
    expect(output).toContain('practitioners.csv: 1 read, 0 written, 1 unchanged, 0 refused');
    expect(await items()).toEqual(
      new Map<string, Item>([
        ['PATIENT#1 DAY#2021-01-07', APPOINTMENT_ITEM],
        ['PATIENT#1 PROFILE', { ...ALEXEI_ITEM, first_name: 'Aleksei', note: 'kept' }],
        ['PATIENT#gone PROFILE', other],
        ['PRACTITIONER#1 PROFILE', BOB_ITEM],
      ]),
    );
  });

  it('are compared and not written by a dry run', async () => {
    await put(ALEXEI_ITEM);
    const patients = await folder.file('patients.csv', `${PATIENTS}1,Alexei,Isac\n2,A,B\n#,C,D\n`);
    await writeFile(`${patients}.rejected.csv`, 'of an earlier run');

    const { code, output } = await importFiles({ patients }, '--dry-run');

    expect(code).toBe(1);
    expect(output).toContain(`Comparing with table ${table.name}`);
    expect(output).toContain('3 read, 1 would be written, 1 unchanged, 1 would be refused\n');
    expect(await items()).toEqual(new Map([['PATIENT#1 PROFILE', ALEXEI_ITEM]]));
    expect(await readFile(`${patients}.rejected.csv`, 'utf8')).toBe('of an earlier run');
  });
});

describe('an export of Synthea', () => {
  it('comes in twice, and the second time writes nothing', async () => {
    const patients = join(folder.path, 'patients.csv');
    const practitioners = join(folder.path, 'providers.csv');
    await copyFile(join(ROOT, 'tests/fixtures/synthea/patients.csv'), patients);
    await copyFile(join(ROOT, 'tests/fixtures/synthea/providers.csv'), practitioners);

    const first = await importFiles({ patients, practitioners });
    const after = await items();
    const proxy = await startFaultProxy(process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '');
    const operations: string[] = [];
    proxy.choose(({ operation }) => {
      operations.push(operation);
      return undefined;
    });
    const second = await runImport(
      [...wordsOf({ patients, practitioners }), '--table', table.name],
      { AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint },
    );
    await proxy.close();

    expect([first.code, second.code]).toEqual([0, 0]);
    expect(first.output).toContain('patients.csv: 20 read, 20 written, 0 unchanged, 0 refused\n');
    expect(first.output).toContain('providers.csv: 5 read, 5 written, 0 unchanged, 0 refused\n');
    expect(second.output).toContain('patients.csv: 20 read, 0 written, 20 unchanged, 0 refused\n');
    expect(second.output).toContain('providers.csv: 5 read, 0 written, 5 unchanged, 0 refused\n');
    expect(operations).toEqual(['BatchGetItem', 'BatchGetItem']);
    expect(await items()).toEqual(after);
    expect(after.get('PATIENT#8f7b7676-d015-40dc-ac63-888f28f00481 PROFILE')).toEqual({
      PK: 'PATIENT#8f7b7676-d015-40dc-ac63-888f28f00481',
      SK: 'PROFILE',
      patient_id: '8f7b7676-d015-40dc-ac63-888f28f00481',
      first_name: 'Abe604',
      last_name: 'Frami345',
    });
    expect(after.get('PRACTITIONER#5a8db3a6-1908-4319-ac55-065c2affa6b6 PROFILE')).toEqual({
      PK: 'PRACTITIONER#5a8db3a6-1908-4319-ac55-065c2affa6b6',
      SK: 'PROFILE',
      practitioner_id: '5a8db3a6-1908-4319-ac55-065c2affa6b6',
      first_name: 'Noe500',
      last_name: 'Dibbert990',
      npi: null,
    });
  });
});

describe('bad rows', () => {
  it('are named by line and reason, kept in a file, and do not keep out the others', async () => {
    const patients = await folder.file(
      'patients.csv',
      Buffer.concat([
        Buffer.from(
          `\u{feff}last_name,"first_name",patient_id,"born, at"\nIsac,Alexei,1,\nSecret,"Jane, ""J""",a b,x\n,Secret,2,y\nSecret,Two\nSecret,Z`,
        ),
        Buffer.from([0xeb]),
        Buffer.from(',3,z,1,2\nOk,Ok,4,\n'),
      ]),
    );

    const { code, output } = await importFiles({ patients });

    expect(code).toBe(1);
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        `${patients}:3: refused: patient_id must be 1 to 64 letters, digits, "_" or "-"`,
        `${patients}:4: refused: last_name is missing`,
        `${patients}:5: refused: has 2 values, the header has 4`,
        `${patients}:6: refused: has 6 values, the header has 4`,
        `${patients}: 6 read, 2 written, 0 unchanged, 4 refused`,
        `${patients}: the refused rows are in ${patients}.rejected.csv`,
      ]),
    );
    expect(output).not.toMatch(/Secret|Jane/);
    expect([...(await items()).keys()].sort()).toEqual(['PATIENT#1 PROFILE', 'PATIENT#4 PROFILE']);
    // With the byte of the original that is not UTF-8.
    expect(await readFile(`${patients}.rejected.csv`, 'latin1')).toBe(
      [
        '\u{ef}\u{bb}\u{bf}last_name,first_name,patient_id,"born, at",line,reason',
        'Secret,"Jane, ""J""",a b,x,3,"patient_id must be 1 to 64 letters, digits, ""_"" or ""-"""',
        ',Secret,2,y,4,last_name is missing',
        'Secret,Two,,,5,"has 2 values, the header has 4"',
        'Secret,Z\u{eb},3,z,6,"has 6 values, the header has 4",1,2',
        '',
      ].join('\r\n'),
    );
    expect((await stat(`${patients}.rejected.csv`)).mode & 0o777).toBe(0o600);
  });

  it('are those with a quote out of place in any column, with the rows that it may have taken', async () => {
    const swallowing = '2,Ann,Lee,"5 foot\n3,Secret,Secret,x\n4,Secret,Secret,"y"';
    const patients = await folder.file(
      'patients.csv',
      `patient_id,first_name,last_name,note\n1,Alexei,Isac,"six\n7,""feet"""\n${swallowing}\n5,Bob,Secret,5" 1,,\n6,Bob "B",Secret\n7,Eve,Lo,z\n`,
    );

    const first = await importFiles({ patients });
    const rejected = `${patients}.rejected.csv`;
    const text = await readFile(rejected, 'utf8');
    const unmended = await importFiles({ patients: rejected });
    const dry = await importFiles({ patients }, '--dry-run');

    expect([first.code, unmended.code, dry.code]).toEqual([1, 1, 1]);
    expect(first.output).toContain(
      `${patients}:4: refused: a quote is not closed or not doubled: rows after line 4 may be inside this one\n`,
    );
    expect(first.output).toContain(
      `${patients}:7: refused: a quote is not closed or not doubled\n`,
    );
    expect(first.output).toContain('5 read, 2 written, 0 unchanged, 3 refused\n');
    expect(unmended.output).toContain('3 read, 0 written, 0 unchanged, 3 refused\n');
    expect(first.output + unmended.output).not.toContain('Secret');
    expect([...(await items()).keys()].sort()).toEqual(['PATIENT#1 PROFILE', 'PATIENT#7 PROFILE']);
    expect(text).toBe(
      [
        'patient_id,first_name,last_name,note,line,reason',
        `${swallowing},4,a quote is not closed or not doubled: rows after line 4 may be inside this one`,
        '5,Bob,Secret,5" 1,,,7,a quote is not closed or not doubled',
        '6,Bob "B",Secret,,8,a quote is not closed or not doubled',
        '',
      ].join('\r\n'),
    );
  });

  it('go in from their file once they are right, and an old file of them goes away', async () => {
    const patients = await folder.file('patients.csv', `${PATIENTS}1,Alexei,Isac\n2,,Lee\n`);
    await importFiles({ patients });
    const rejected = `${patients}.rejected.csv`;
    await writeFile(rejected, (await readFile(rejected, 'utf8')).replace('2,,Lee', '2,Ann,Lee'));

    const mended = await importFiles({ patients: rejected });
    await writeFile(patients, `${PATIENTS}1,Alexei,Isac\n2,Ann,Lee\n`);
    const again = await importFiles({ patients });

    expect([mended.code, again.code]).toEqual([0, 0]);
    expect(again.output).toContain('2 read, 0 written, 2 unchanged, 0 refused\n');
    await expect(stat(rejected)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('are those of an id that stands twice, where the later row differs from the first', async () => {
    const patients = await folder.file(
      'patients.csv',
      `${PATIENTS}1,,Lee\n1,Alexei,Isac\n1,Alexei,Isac\n1,Bob,Isac\n`,
    );

    const { code, output } = await importFiles({ patients });

    expect(code).toBe(1);
    expect(output).toContain(':2: refused: first_name is missing\n');
    expect(output).toContain(':5: refused: has the id of line 3, and differs from it\n');
    expect(output).toContain('4 read, 1 written, 1 unchanged, 2 refused\n');
    expect(await items()).toEqual(new Map([['PATIENT#1 PROFILE', ALEXEI_ITEM]]));
  });

  it('are printed up to ten, and are all in the file', async () => {
    const rows = Array.from({ length: 1234 }, (_, row) => `${row},,Lee\n`).join('');
    const patients = await folder.file('patients.csv', PATIENTS + rows);

    const { output } = await importFiles({ patients });

    expect(output.match(/first_name is missing/g)).toHaveLength(10);
    expect(output).toContain(`${patients}: 1,224 more rows are refused\n`);
    const rejected = await readFile(`${patients}.rejected.csv`, 'utf8');
    expect(rejected.split('\r\n')).toHaveLength(1 + 1234 + 1);
  });

  it('do not hide what comes before a part that cannot be read', async () => {
    const patients = await folder.file('patients.csv', `${PATIENTS}1,Alexei,Isac\n2,"Ann,Lee\n`);
    const practitioners = await folder.file('practitioners.csv', `${PRACTITIONERS}1,Bob,Dr,100\n`);

    const { code, output } = await importFiles({ patients, practitioners });

    expect(code).toBe(1);
    expect(output).toContain(`${patients}:3: the file cannot be read from here on`);
    expect([...(await items()).values()]).toEqual(expect.arrayContaining([ALEXEI_ITEM, BOB_ITEM]));
  });
});

describe('many people', () => {
  const COUNT = 3000;
  let patients: string;
  let proxy: FaultProxy;

  beforeAll(async () => {
    proxy = await startFaultProxy(process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '', 20);
  });

  afterAll(async () => {
    await proxy.close();
  });

  beforeEach(async () => {
    const rows = Array.from({ length: COUNT }, (_, row) => `${row},First ${row},Last ${row}\n`);
    patients = await folder.file('patients.csv', PATIENTS + rows.join(''));
  });

  /** Starts an import whose writes are slow, and waits until some are done. */
  async function startedImport() {
    let writes = 0;
    proxy.choose(({ operation }) => {
      if (operation !== 'BatchWriteItem') return undefined;
      writes += 1;
      return 'delay';
    });
    const run = startImport(['--patients', patients, '--table', table.name], {
      AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
    });
    while (writes < 20) await sleep(5);
    return run;
  }

  async function expectAll(): Promise<void> {
    const stored = await items();
    expect(stored.size).toBe(COUNT);
    for (let row = 0; row < COUNT; row += 1) {
      expect(stored.get(`PATIENT#${row} PROFILE`)).toMatchObject({ first_name: `First ${row}` });
    }
  }

  it('of an import that was killed are completed by another', async () => {
    const run = await startedImport();
    run.kill('SIGKILL');
    expect(await run.ended).toBeNull();
    const before = (await items()).size;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(COUNT);

    const { code, output } = await importFiles({ patients });

    expect(code).toBe(0);
    expect(output).toMatch(/: 3,000 read, [\d,]+ written, [\d,]+ unchanged, 0 refused\n/);
    expect(output).not.toContain(' 0 unchanged');
    await expectAll();
  });

  it('of an import that Ctrl-C stopped are counted, and completed by another', async () => {
    const run = await startedImport();
    run.kill('SIGINT');

    expect(await run.ended).toBe(130);
    const { length } = [...(await items()).keys()];
    expect(length).toBeLessThan(COUNT);
    expect(run.output()).toContain(` read, ${length.toLocaleString('en-US')} written, 0 unchanged`);
    expect(run.output()).toContain('\nStopped. What was written is complete in itself: run');

    expect((await importFiles({ patients })).code).toBe(0);
    await expectAll();
  });

  it('come in right where two imports run at once', async () => {
    const runs = await Promise.all([importFiles({ patients }), importFiles({ patients })]);

    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    await expectAll();
  });

  it('come in through a store that throttles, fails and hangs up', async () => {
    let asked = 0;
    proxy.choose(() => {
      asked += 1;
      if (asked % 5 === 0) return 'throttle';
      if (asked % 7 === 0) return 'internal-error';
      return asked % 11 === 0 ? 'drop-answer' : undefined;
    });

    const { code } = await runImport(['--patients', patients, '--table', table.name], {
      AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
    });

    expect(code).toBe(0);
    await expectAll();
  });

  it('end with a sentence where the table goes away', async () => {
    proxy.choose(({ operation }) => (operation === 'BatchWriteItem' ? 'throttle' : undefined));
    const { code, output } = await runImport(
      ['--patients', patients, '--table', `no-${table.name}`],
      { AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint },
    );

    expect(code).toBe(3);
    expect(output).toContain('There is no such table. What was written is complete in itself: run');
    expect(output).not.toContain('    at ');
  });
});
