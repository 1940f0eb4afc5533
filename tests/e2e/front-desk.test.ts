import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { LOCAL_FOLDER, ROOT } from '../../scripts/local/local-folder.ts';
import { stopPrograms } from '../../scripts/local/program.ts';
import { buildHandlers } from '../support/build-handlers.ts';
import { type HttpFront, startHttpFront } from '../support/http-front.ts';
import { testStore } from '../support/test-store.ts';

jest.setTimeout(180_000);

const FRIDAY = '2035-03-02';
const MONDAY = '2035-03-05';
const TUESDAY = '2035-03-06';
/** The starts of a day of the page's practitioners. */
const STARTS = [540, 570, 600, 630, 660, 690, 720, 810, 840, 870, 900, 930, 960, 990].map(
  (minutes) => new Date(minutes * 60_000).toISOString().slice(11, 16),
);
const at = (date: string, index: number) => `${date}T${STARTS[index] ?? ''}:00Z`;

const TABLE = 'appointments-front-desk';
const folder = join(LOCAL_FOLDER, `front-desk-${process.pid}`);
let front: HttpFront | undefined;
let proxy: Server | undefined;

/** What becomes of the next reschedules that the program sends. A function runs before the request does. */
const faults: ('pass' | 'response lost' | '503' | 'crash' | (() => Promise<unknown>))[] = [];
/** The program that runs. */
let program: ChildProcess | undefined;

beforeAll(async () => {
  const connection = testStore();
  await createTable(TABLE);
  await mkdir(folder, { recursive: true });
  // The bundles are CommonJS. npm creates folders of this type too.
  await writeFile(join(folder, 'package.json'), '{ "type": "commonjs" }');
  const functions = join(folder, 'functions');
  await buildHandlers(functions);
  front = await startHttpFront(functions, connection, TABLE, 'reject');
  proxy = createServer((incoming, outgoing) => {
    void (async () => {
      const { method = '', url = '', headers } = incoming;
      const body = await text(incoming);
      const fault = url.endsWith('/reschedule') ? (faults.shift() ?? 'pass') : 'pass';
      if (fault === '503') {
        outgoing.writeHead(503, { 'Retry-After': '1' }).end();
        return;
      }
      if (typeof fault === 'function') await fault();
      // The program has to follow the links to the rest of an agenda.
      const paged = url.replace('/ann/appointments?', '$&limit=5&');
      const response = await send(method, paged, body, headers['idempotency-key']);
      if (fault === 'crash') program?.kill('SIGKILL');
      if (fault === 'response lost' || fault === 'crash') {
        outgoing.destroy();
        return;
      }
      outgoing.writeHead(response.status, Object.fromEntries(response.headers));
      outgoing.end(await response.text());
    })();
  }).listen(0, '127.0.0.1');

  const page = await readFile(join(ROOT, 'docs/front-desk.md'), 'utf8');
  const blocks = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, block = '']) => block);
  await writeFile(join(folder, 'front-desk.mts'), blocks.join(''));
});

afterAll(async () => {
  program?.kill('SIGKILL');
  proxy?.close();
  await front?.close();
  await stopPrograms();
  await rm(folder, { recursive: true, force: true });
});

async function send(method: string, url: string, body?: object | string, key?: string | string[]) {
  return fetch(`${front?.url ?? ''}${url}`, {
    method,
    headers: {
      'Content-Type': 'application/json',
      ...(key !== undefined && { 'Idempotency-Key': String(key) }),
    },
    ...(method !== 'GET' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

async function succeed(...request: Parameters<typeof send>): Promise<unknown> {
  const response = await send(...request);
  const answer = await response.text();
  if (!response.ok) throw new Error(`${request[0]} ${request[1]}: ${answer}`);
  return answer === '' ? undefined : JSON.parse(answer);
}

type Booked = Readonly<Record<'patient_id' | 'start_time', string>>;

const list = async (url: string) => (await succeed('GET', url)) as Booked[];

const book = async (patient_id: string, practitioner_id: string, start_time: string) =>
  succeed('POST', `/api/patients/${patient_id}/appointments`, { practitioner_id, start_time });

/** Runs a command of the page. */
async function run(...words: string[]) {
  const child = spawn(process.execPath, ['front-desk.mts', ...words], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { API_URL: `http://127.0.0.1:${(proxy?.address() as AddressInfo).port}` },
  });
  program = child;
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [code, out, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, lines: out.split('\n').slice(0, -1), errors: errors.split('\n').slice(0, -1) };
}

const DONE = { code: 0, lines: [], errors: [] };

it('the code of docs/front-desk.md passes the type check', async () => {
  const options =
    '--ignoreConfig --noEmit --strict --skipLibCheck --module nodenext --target es2022 --types node --allowImportingTsExtensions';
  const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);
  const types = [join(ROOT, 'openapi.json'), '--output', 'appointments.d.ts'];
  await promisify(execFile)(bin('openapi-typescript'), types, { cwd: folder });

  await expect(
    promisify(execFile)(bin('tsc'), [...options.split(' '), 'front-desk.mts'], { cwd: folder }),
  ).resolves.toMatchObject({ stdout: '' });
});

it('prints the usage for an unknown command, and for a missing argument', async () => {
  const usage = { code: 1, errors: [expect.stringMatching(/^Usage: .*open.*sick/)] };
  await expect(run('sik', 'ben', MONDAY)).resolves.toMatchObject(usage);
  await expect(run('sick', 'ben')).resolves.toMatchObject(usage);
});

describe('a clinic with 3 practitioners and 60 patients', () => {
  const ids = (first: number, last: number) =>
    Array.from({ length: last - first + 1 }, (_, index) => `p${first + index}`);
  const PATIENTS = ids(1, 60);
  const datesOfPatients = async () => {
    const lists = PATIENTS.map(async (id) => list(`/api/patients/${id}/appointments`));
    const booked = await Promise.all(lists);
    return booked.map((all) => all.map(({ start_time }) => start_time.slice(0, 10)));
  };

  it('opens, and can open again', async () => {
    await expect(run('open')).resolves.toEqual(DONE);
    await expect(run('open')).resolves.toEqual(DONE);
  });

  it('registers a patient, and books the next free times on two dates', async () => {
    await expect(run('register', 'p1', 'Zoë', "O'Neill")).resolves.toEqual(DONE);

    const before = `${MONDAY}T08:59:59Z`;
    for (const date of [MONDAY, TUESDAY]) {
      await expect(run('book', 'p1', before)).resolves.toEqual({
        ...DONE,
        lines: [`booked ${at(date, 0)} Lee`],
      });
    }
    // Ann's first time is taken now.
    await expect(run('register', 'p15', 'Ed', 'Fox')).resolves.toEqual(DONE);
    await expect(run('book', 'p15', before)).resolves.toMatchObject({
      lines: [`booked ${at(MONDAY, 0)} Cruz`],
    });
  });

  it('prints the day, with who came', async () => {
    for (const code of ['arrived', 'noshow']) {
      await expect(run('attendance', 'p1', MONDAY, code)).resolves.toEqual(DONE);
      await expect(run('day', 'ann', MONDAY)).resolves.toMatchObject({
        lines: [`09:00 O'Neill, Zoë ${code}`],
      });
    }
    const { code } = await run('attendance', 'p1', '2035-03-07', 'arrived');
    expect(code).toBe(1);
  });

  it('moves the patients of a sick practitioner, despite lost responses, rivals, and a crash', async () => {
    for (const patient of ['rival', ...PATIENTS.slice(1)]) {
      await succeed('PUT', `/api/patients/${patient}`, { first_name: patient, last_name: 'Test' });
    }
    // On Monday, Ann's day is full, Ben has two free times, and Cleo has one.
    for (const [index, patient] of ids(2, 14).entries()) {
      await book(patient, 'ann', at(MONDAY, index + 1));
    }
    for (const [index, patient] of ids(16, 26).entries()) {
      await book(patient, 'ben', at(MONDAY, index + 1));
    }
    for (const [index, patient] of ids(27, 39).entries()) {
      await book(patient, 'cleo', at(MONDAY, index));
    }
    // On Tuesday, 26 of 42 times are taken. Some of these patients come on both dates.
    for (const [index, patient] of [...ids(40, 60), ...ids(2, 5)].entries()) {
      await book(patient, ['ben', 'cleo'][index % 2] ?? '', at(TUESDAY, Math.floor(index / 2)));
    }
    // Before and afterwards, everyone is on vacation. Only Cleo is there for Friday's last time.
    const later = { from: '2035-03-07T00:00:00Z', to: '2035-05-01T00:00:00Z' };
    for (const practitioner of ['ann', 'ben', 'cleo']) {
      const url = `/api/practitioners/${practitioner}`;
      const { hours } = (await succeed('GET', url)) as { hours: object };
      const to = practitioner === 'cleo' ? at(FRIDAY, 13) : `${MONDAY}T00:00:00Z`;
      const time_off = [{ from: '2035-01-01T00:00:00Z', to }, later];
      await succeed('PUT', `${url}/schedule`, { hours, time_off });
    }
    await succeed('DELETE', '/api/patients/p14');
    const before = await datesOfPatients();
    expect(before.flat()).toHaveLength(65);

    faults.push('pass', 'response lost', '503', 'pass', 'pass', 'pass', 'pass', 'pass', 'crash');
    const crashed = await run('sick', 'ann', MONDAY);
    expect(crashed.code).toBeNull();
    expect(faults).toEqual([]);
    // Monday is full again, and p4 also comes on Tuesday.
    expect(crashed.lines).toContain(`moved p4 ${at(FRIDAY, 13)} cleo`);
    const left = await list(`/api/practitioners/ann/appointments?from=${MONDAY}&to=${MONDAY}`);
    // The crash came after the reschedule, and before its response.
    expect(14 - left.length).toBe(crashed.lines.length + 1);
    expect(left.length).toBeGreaterThan(3);

    // The program has just seen this time as free. The next one goes to somebody else.
    faults.push(async () => {
      const url = `/api/practitioners/ann/slots?from=${TUESDAY}&status=free&limit=1`;
      const [free] = await list(url);
      await book('rival', 'ann', free?.start_time ?? '');
    });
    const second = await run('sick', 'ann', MONDAY);
    const third = await run('sick', 'ann', MONDAY);

    expect(faults).toEqual([]);
    // Friday is full too, and p5 also comes on Tuesday. The last one was erased.
    const reported = [
      `not moved p5 ${at(MONDAY, 4)} No free time fits in the 20 dates before or after.`,
      expect.stringMatching(/^not moved p14 \S+ .*erased/),
    ];
    expect(second).toMatchObject({ code: 1, errors: reported });
    expect(third).toEqual({ code: 1, lines: [], errors: reported });

    const unmoved = await list(`/api/practitioners/ann/appointments?from=${MONDAY}&to=${MONDAY}`);
    expect(unmoved.map(({ patient_id }) => patient_id)).toEqual(['p5', 'p14']);
    const after = await datesOfPatients();
    expect(after.map(({ length }) => length)).toEqual(before.map(({ length }) => length));
    expect(after).toEqual(after.map((dates) => [...new Set(dates)]));
    // Nobody can book the sick practitioner's day.
    const booking = { practitioner_id: 'ann', start_time: at(MONDAY, 0) };
    const refused = await send('POST', '/api/patients/rival/appointments', booking);
    expect(await refused.json()).toMatchObject({ type: 'urn:problem:practitioner-unavailable' });
  });
});
