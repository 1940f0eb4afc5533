import { randomUUID } from 'node:crypto';
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
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
import type { Id, Name } from '../../src/domain/people.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { type Item, openTable, type Table } from '../../src/repositories/store.ts';
import { addPeople } from '../support/add-people.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { ALEXEI, BOB } from '../support/people.ts';
import { createFolder, type Folder, runImport, startImport } from '../support/people-import.ts';

jest.setTimeout(60_000);

const PATIENTS = 'patient_id,first_name,last_name\n';
const PRACTITIONERS = 'practitioner_id,first_name,last_name,npi\n';

let table: Table;
let folder: Folder;
let patients: string;
let practitioners: string;

beforeEach(async () => {
  table = openTable(`appointments-${randomUUID()}`);
  await createTable(table.name);
  folder = await createFolder();
  patients = join(folder.path, 'patients.csv');
  practitioners = join(folder.path, 'practitioners.csv');
});

afterEach(async () => {
  await folder.remove();
});

/** Imports patients from a file with this content. */
async function importPatients(content: string, ...more: string[]) {
  await writeFile(patients, content);
  return importFiles('--patients', patients, ...more);
}

async function importFiles(...args: string[]) {
  return runImport([...args, '--table', table.name]);
}

/** All items of the table, by their keys. */
async function items(): Promise<Map<string, Item>> {
  const all = new Map<string, Item>();
  const pages = paginateScan(table, { TableName: table.name, ConsistentRead: true });
  for await (const { Items = [] } of pages) {
    for (const item of Items) all.set(`${item['PK']} ${item['SK']}`, item);
  }
  return all;
}

describe('an import', () => {
  it('adds people whom the service then finds', async () => {
    await writeFile(
      patients,
      `\u{feff}${PATIENTS}1,Alexei,Isac\r\n2,"Zoë, ""Zo""","O'Neill 李"\r\n`,
    );
    await writeFile(practitioners, `${PRACTITIONERS}1,Bob,Dr,100\n2,Alice,Dr,\n`);

    const { code, output } = await importFiles(
      '--patients',
      patients,
      '--practitioners',
      practitioners,
    );

    expect(code).toBe(0);
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        `Importing into table ${table.name} at ${process.env['AWS_ENDPOINT_URL_DYNAMODB']}.`,
        `${patients}: 2 read, 2 added, 0 renamed, 0 unchanged, 0 rejected`,
        `${practitioners}:2: warning: npi is not 10 digits with a valid check digit`,
        `${practitioners}: 2 read, 2 added, 0 renamed, 0 unchanged, 0 rejected`,
      ]),
    );
    const { people } = createRepositories(table, 'allow');
    await expect(people.findPatient('2' as Id)).resolves.toEqual({
      patientId: '2',
      firstName: 'Zoë, "Zo"',
      lastName: "O'Neill 李",
    });
    await expect(people.findPractitioner('1' as Id)).resolves.toMatchObject(BOB);
    await expect(people.findPractitioner('2' as Id)).resolves.toMatchObject({ npi: null });
  });

  it('updates people who changed, without their schedules, and leaves everyone else', async () => {
    const gone = { ...ALEXEI, patientId: 'gone' as Id };
    await addPeople(table, [{ ...ALEXEI, firstName: 'Alex' as Name }, gone, BOB]);
    const origin = { requestId: 'JKJschedule=', caller: null };
    const schedule = { hours: {}, timeOff: [] };
    await createRepositories(table, 'allow').people.putSchedule(
      BOB.practitionerId,
      schedule,
      origin,
    );
    const before = await items();
    await writeFile(practitioners, `${PRACTITIONERS}1,Robert,Dr,100\n`);

    const content = `${PATIENTS}1,Alexei,Isac\n`;
    const { code, output } = await importPatients(content, '--practitioners', practitioners);

    expect(code).toBe(0);
    expect(output).toContain('patients.csv: 1 read, 0 added, 1 renamed, 0 unchanged, 0 rejected');
    const change = { request_id: expect.any(String), updated_by: null };
    const patient = { ...before.get('PATIENT#1 PROFILE'), ...change, first_name: 'Alexei' };
    const practitioner = {
      ...before.get('PRACTITIONER#1 PROFILE'),
      ...change,
      first_name: 'Robert',
    };
    before.set('PATIENT#1 PROFILE', patient).set('PRACTITIONER#1 PROFILE', practitioner);
    expect(await items()).toEqual(before);
  });

  it('writes nothing in a dry run, and shows whom it would rename', async () => {
    const others = Array.from({ length: 11 }, (_, n) => ({ ...ALEXEI, patientId: `7${n}` as Id }));
    await addPeople(table, [ALEXEI, ...others]);
    const before = await items();
    await writeFile(`${patients}.rejected.csv`, 'from an earlier run');

    const renamed = others.map(({ patientId }) => `${patientId},Secret,Isac\n`).join('');
    const content = `${PATIENTS}1,Alexei,Isac\n2,A,B\n#,C,D\n${renamed}`;
    const { code, output } = await importPatients(content, '--dry-run');

    expect(code).toBe(1);
    expect(output).toContain(`Comparing with table ${table.name}`);
    expect(output).toContain(`${patients}:5: would be renamed: 70\n`);
    expect(output.match(/: would be renamed: /g)).toHaveLength(11);
    expect(output).toContain(
      '14 read, 1 would be added, 11 would be renamed, 1 unchanged, 1 would be rejected\n',
    );
    expect(output).not.toMatch(/Secret|Alexei/);
    expect(await items()).toEqual(before);
    expect(await readFile(`${patients}.rejected.csv`, 'utf8')).toBe('from an earlier run');
  });

  it('of a Synthea export writes nothing the second time', async () => {
    await cp(join(ROOT, 'tests/fixtures/synthea'), folder.path, { recursive: true });
    const providers = join(folder.path, 'providers.csv');

    const first = await importFiles('--patients', patients, '--practitioners', providers);
    const imported = await items();
    const second = await importFiles('--patients', patients, '--practitioners', providers);

    expect([first.code, second.code]).toEqual([0, 0]);
    expect(first.output).toContain(
      'patients.csv: 20 read, 20 added, 0 renamed, 0 unchanged, 0 rejected\n',
    );
    expect(first.output).toContain(
      'providers.csv: 5 read, 5 added, 0 renamed, 0 unchanged, 0 rejected\n',
    );
    expect(second.output).toContain(
      'patients.csv: 20 read, 0 added, 0 renamed, 20 unchanged, 0 rejected\n',
    );
    expect(second.output).toContain(
      'providers.csv: 5 read, 0 added, 0 renamed, 5 unchanged, 0 rejected\n',
    );
    expect(await items()).toEqual(imported);
    expect([...imported.values()]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ first_name: 'Abe604', last_name: 'Frami345' }),
        expect.objectContaining({ first_name: 'Noe500', last_name: 'Dibbert990', npi: null }),
      ]),
    );
  });

  it('ends with a sentence if its rejected rows cannot be written', async () => {
    await mkdir(`${patients}.rejected.csv`);
    const { code, output } = await importPatients(`${PATIENTS}1,Alexei,Isac\n`);

    expect(code).toBe(3);
    expect(output).toContain(`${patients}.rejected.csv`);
    expect(output).toContain('Everything written so far is valid. Run');
    expect(output).not.toContain('    at ');
  });

  it('ends with a sentence if the table does not exist', async () => {
    await writeFile(patients, `${PATIENTS}1,Alexei,Isac\n`);
    const { code, output } = await runImport(['--patients', patients, '--table', 'no-table']);

    expect(code).toBe(3);
    expect(output).toContain('The table does not exist. Everything written so far is valid. Run');
    expect(output).not.toContain('    at ');
  });
});

describe('a bad row', () => {
  it('is rejected with its line and reason, and all other rows are imported', async () => {
    const erased = { ...ALEXEI, patientId: '3' as Id };
    await addPeople(table, [erased]);
    const origin = { requestId: 'JKJerased=', caller: null };
    const { people } = createRepositories(table, 'allow');
    await people.erasePatient(erased.patientId, origin, '2026-01-01T00:00:00.000Z');

    const { code, output } = await importPatients(
      `${PATIENTS}1,Alexei,Isac\na b,Jane,Secret\n2,,Secret\n2,Ann,Lee\n2,Eve,Secret\n3,Jane,Secret\n`,
    );

    expect(code).toBe(1);
    expect(output.split('\n')).toEqual(
      expect.arrayContaining([
        `${patients}:3: rejected: patient_id must be 1 to 64 letters, digits, "_" or "-"`,
        `${patients}:4: rejected: first_name is missing`,
        `${patients}:6: rejected: has the same id as line 5, but differs from it`,
        `${patients}:7: rejected: the patient was erased`,
        `${patients}: 6 read, 2 added, 0 renamed, 0 unchanged, 4 rejected`,
        `${patients}: rejected rows are in ${patients}.rejected.csv`,
      ]),
    );
    expect(output).not.toMatch(/Secret|Jane/);
    await expect(people.findPatient('2' as Id)).resolves.toMatchObject({ firstName: 'Ann' });
    await expect(people.findPatient(erased.patientId)).resolves.toBe('erased');
    expect(await readFile(`${patients}.rejected.csv`, 'utf8')).toBe(
      [
        '\u{feff}line,reason,patient_id,first_name,last_name',
        '3,"patient_id must be 1 to 64 letters, digits, ""_"" or ""-""",a b,Jane,Secret',
        '4,first_name is missing,2,,Secret',
        '6,"has the same id as line 5, but differs from it",2,Eve,Secret',
        '7,the patient was erased,3,Jane,Secret',
        '',
      ].join('\r\n'),
    );
  });

  it('is imported from the rejected file once it is fixed', async () => {
    await importPatients(`${PATIENTS}1,Alexei,Isac\n2,,Lee\n`);
    const rejected = `${patients}.rejected.csv`;
    await writeFile(rejected, (await readFile(rejected, 'utf8')).replace('2,,Lee', '2,Ann,Lee'));

    const fixed = await importFiles('--patients', rejected);
    const whole = await importPatients(`${PATIENTS}1,Alexei,Isac\n2,Ann,Lee\n`);

    expect([fixed.code, whole.code]).toEqual([0, 0]);
    expect(fixed.output).toContain('1 read, 1 added, 0 renamed, 0 unchanged, 0 rejected\n');
    expect(whole.output).toContain('2 read, 0 added, 0 renamed, 2 unchanged, 0 rejected\n');
    await expect(stat(rejected)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('with a bad quote stays rejected, with the rows that it may include, until it is fixed', async () => {
    const bad = '2,Ann,Lee,"5 foot\n3,Secret,Secret,"y"\n';
    const first = await importPatients(
      `patient_id,first_name,last_name,note\n1,Alexei,Isac,"six\n7,""feet"""\n${bad}5,Eve,Lo,z\n`,
    );
    const second = await importFiles('--patients', `${patients}.rejected.csv`);

    expect([first.code, second.code]).toEqual([1, 1]);
    expect(first.output).toContain(
      `${patients}:5: rejected: a quote is not closed or not doubled, so the row may include the rows after it\n`,
    );
    expect(first.output).toContain('3 read, 2 added, 0 renamed, 0 unchanged, 1 rejected\n');
    expect(second.output).toContain('1 read, 0 added, 0 renamed, 0 unchanged, 1 rejected\n');
    expect(first.output + second.output).not.toContain('Secret');
    expect([...(await items()).keys()].sort()).toEqual(['PATIENT#1 PROFILE', 'PATIENT#5 PROFILE']);
  });

  it('is printed only if it is one of the first ten', async () => {
    const rows = Array.from({ length: 12_345 }, (_, row) => `${row},,Lee\n`).join('');
    const { output } = await importPatients(PATIENTS + rows);

    expect(output.match(/first_name is missing/g)).toHaveLength(10);
    expect(output).toContain(`${patients}: 12,335 more rows rejected\n`);
    const rejected = await readFile(`${patients}.rejected.csv`, 'utf8');
    expect(rejected.split('\r\n')).toHaveLength(1 + 12_345 + 1);
  });

  it('that makes the rest of its file unreadable affects neither the rows before nor the other file', async () => {
    await writeFile(practitioners, `${PRACTITIONERS}1,Bob,Dr,100\n`);
    const { code, output } = await importPatients(
      `${PATIENTS}1,Alexei,Isac\n2,"Ann,Lee\n`,
      '--practitioners',
      practitioners,
    );

    expect(code).toBe(1);
    expect(output).toContain(`${patients}:3: Cannot read past this line`);
    expect([...(await items()).keys()].sort()).toEqual([
      'PATIENT#1 PROFILE',
      'PRACTITIONER#1 PROFILE',
    ]);
  });
});

describe('a large import', () => {
  const COUNT = 250;
  const ROWS = Array.from({ length: COUNT }, (_, row) => `${row},First ${row},Last ${row}\n`);
  let proxy: FaultProxy;

  beforeAll(async () => {
    proxy = await startFaultProxy(process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '', 20);
  });

  afterAll(async () => {
    await proxy.close();
  });

  beforeEach(async () => {
    await writeFile(patients, PATIENTS + ROWS.join(''));
  });

  function startImportThroughProxy() {
    return startImport(['--patients', patients, '--table', table.name], {
      AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
    });
  }

  /** Starts an import with slow writes, and sends it a signal when some of them are done. */
  async function interruptImport(signal: NodeJS.Signals) {
    let writes = 0;
    proxy.choose(({ operation }) => {
      if (operation !== 'PutItem') return undefined;
      writes += 1;
      return 'delay';
    });
    const run = startImportThroughProxy();
    while (writes < 60) await sleep(5);
    run.kill(signal);
    return { code: await run.ended, output: run.output(), written: (await items()).size };
  }

  async function expectAll(): Promise<void> {
    const stored = await items();
    expect(stored.size).toBe(COUNT);
    for (let row = 0; row < COUNT; row += 1) {
      expect(stored.get(`PATIENT#${row} PROFILE`)).toMatchObject({ first_name: `First ${row}` });
    }
  }

  it('that was killed is completed by another run', async () => {
    const { code, written } = await interruptImport('SIGKILL');
    expect(code).toBeNull();
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(COUNT);

    const second = await importFiles('--patients', patients);

    expect(second.code).toBe(0);
    expect(second.output).toMatch(
      /: 250 read, [\d,]+ added, 0 renamed, [\d,]+ unchanged, 0 rejected\n/,
    );
    expect(second.output).not.toContain(' 0 unchanged');
    await expectAll();
  });

  it('that Ctrl-C stopped reports what it wrote and is completed by another run', async () => {
    const { code, output, written } = await interruptImport('SIGINT');
    expect(code).toBe(130);
    expect(written).toBeLessThan(COUNT);
    expect(output).toContain(
      ` read, ${written.toLocaleString('en-US')} added, 0 renamed, 0 unchanged`,
    );
    expect(output).toContain('\nStopped. Everything written so far is valid. Run the same command');

    expect((await importFiles('--patients', patients)).code).toBe(0);
    await expectAll();
  });

  it('can run twice at the same time', async () => {
    const runs = [importFiles('--patients', patients), importFiles('--patients', patients)];

    expect((await Promise.all(runs)).map(({ code }) => code)).toEqual([0, 0]);
    await expectAll();
  });

  it('succeeds while the store throttles, fails and hangs up', async () => {
    let requests = 0;
    proxy.choose(() => {
      requests += 1;
      if (requests % 5 === 0) return 'throttle';
      if (requests % 7 === 0) return 'internal-error';
      return requests % 11 === 0 ? 'drop-response' : undefined;
    });

    expect(await startImportThroughProxy().ended).toBe(0);
    await expectAll();
  });
});
