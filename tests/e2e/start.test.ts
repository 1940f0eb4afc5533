import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, get as sendGet } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePorts } from '../../scripts/local/free-ports.ts';
import { ROOT } from '../../scripts/local/local-folder.ts';
import { nativeEmulator } from '../../scripts/local/store-choice.ts';
import { fetchDescribed } from '../support/api-description.ts';
import { curl } from '../support/curl.ts';
import {
  endLocalRuns,
  type LocalRun,
  npmStart,
  removeLocalData,
  untilUp,
} from '../support/local-run.ts';
import { createFolder, runImport } from '../support/people-import.ts';
import { APPOINTMENT } from '../support/responses.ts';

jest.setTimeout(90_000);

const GET_CURL =
  "curl -X GET http://127.0.0.1:3000/api/patients/1/appointments -H 'cache-control: no-cache' -H 'content-type: application/json'";
const POST_CURL =
  'curl -X POST http://127.0.0.1:3000/api/patients/1/appointment -H \'cache-control: no-cache\' -H \'content-type: application/json\' -d \'{ "practitioner_id" : 1, "start_time" : "2021-01-07 00:00:00" }\'';

interface Place {
  readonly port: number;
  readonly variables: { readonly PORT: string; readonly DYNAMODB_PORT: string };
}

const places: Place[] = [];

/** New ports for a local run, whose data is removed at the end. */
async function newPlace(): Promise<Place> {
  const port = await freePorts(4);
  const place = { port, variables: { PORT: String(port), DYNAMODB_PORT: String(port + 3) } };
  places.push(place);
  return place;
}

afterAll(async () => {
  await endLocalRuns();
  for (const { port } of places) {
    await removeLocalData(port);
  }
});

describe('npm start', () => {
  let place: Place;
  let run: LocalRun;

  beforeAll(async () => {
    place = await newPlace();
    run = npmStart(place.variables);
    await untilUp(run);
  });

  const get = async (path: string) =>
    fetchDescribed(`http://localhost:${place.port}/api/patients/${path}`);
  const post = async (path: string, body: string, contentType = 'application/json') =>
    fetchDescribed(`http://localhost:${place.port}/api/patients/${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': contentType },
    });

  it('prints its addresses, its settings, and a curl that works', async () => {
    expect(run.output()).toContain(`http://localhost:${place.port}\n`);
    expect(run.output()).toContain(`http://localhost:${place.port + 3} `);
    expect(run.output()).toMatch(/DynamoDB.*, data in \.local\/store-\d+\//);
    expect(run.output()).toContain('Double booking  allow ');
    const [command] = /curl -X POST .*/.exec(run.output()) ?? [''];
    // A patient and day that no other test here books.
    const ofPatient2 = command
      .replace(`:${place.port}/`, ':3000/')
      .replace('patients/1', 'patients/2')
      .replace('2021-01-07', '2021-01-06');
    const [response] = await curl(ofPatient2, place.port);
    expect(response?.status).toBe(201);
  });

  it('does what the quick start of the README shows', async () => {
    const { blocks, examples } = await quickStart();
    const [book, list, addPeople, findAndBook, refuse, reschedule, cancel, erase] = blocks;
    expect([book, list]).toEqual([`${POST_CURL}\n`, `${GET_CURL}\n`]);
    const before = await get('1/appointments');
    expect([before.status, await before.json()]).toEqual([200, []]);

    // Also repeats what can be repeated.
    const script = [book, book, list, addPeople, addPeople, findAndBook, refuse];
    const ends = [reschedule, reschedule, cancel, cancel, erase, erase];
    const answers = await Promise.all(
      (await curl([...script, ...ends].join(''), place.port)).map(async (response) => {
        const text = await response.text();
        return {
          status: response.status,
          location: response.headers.get('location'),
          replayed: response.headers.get('idempotency-replayed'),
          body: text === '' ? null : (JSON.parse(text) as Record<string, unknown>),
        };
      }),
    );

    const [demo, first, second] = [0, 10, 13].map((index) => answers[index]?.body ?? {});
    const [demoId, firstId, secondId] = [demo, first, second].map((one) => one?.['appointment_id']);
    expect(new Set([demoId, firstId, secondId]).size).toBe(3);
    const created_at: unknown = expect.any(String);
    expect(demo).toEqual({
      ...APPOINTMENT,
      appointment_id: demoId,
      series_id: demoId,
      attendance: null,
      created_at,
    });
    const eve = { practitioner_id: 'eve', first_name: 'Eve', last_name: 'Lo', npi: null };
    const ann = { patient_id: 'ann', first_name: 'Ann', last_name: 'Lee' };
    const hours = { mon: [{ from: '09:00', to: '12:00' }] };
    expect(first).toEqual({
      appointment_id: firstId,
      status: 'booked',
      patient_id: 'ann',
      patient_first_name: 'Ann',
      patient_last_name: 'Lee',
      practitioner_id: 'eve',
      practitioner_first_name: 'Eve',
      practitioner_last_name: 'Lo',
      practitioner_npi: null,
      start_time: '2021-01-11T09:00:00Z',
      end_time: '2021-01-11T09:30:00Z',
      created_at,
      series_id: firstId,
      attendance: null,
    });
    expect(second).toEqual({
      ...first,
      appointment_id: secondId,
      start_time: '2021-01-18T10:30:00Z',
      end_time: '2021-01-18T11:00:00Z',
      created_at,
      rescheduled_from: { date: '2021-01-11', appointment_id: firstId },
    });
    const rescheduled = {
      ...first,
      status: 'rescheduled',
      rescheduled_at: second?.['created_at'],
      rescheduled_to: { date: '2021-01-18', appointment_id: secondId },
    };
    const cancelled = {
      ...second,
      status: 'cancelled',
      cancelled_at: answers[18]?.body?.['cancelled_at'],
      cancellation_reason: 'pat',
    };
    const erased = { patient_first_name: null, patient_last_name: null };

    const ok = (body: unknown) => ({ status: 200, location: null, replayed: null, body });
    const created = (path: string, body: unknown) => ({
      ...ok(body),
      status: 201,
      location: `/api/${path}`,
    });
    const conflict = (type: string, members: object) => ({
      ...ok(expect.objectContaining({ type: `urn:problem:${type}`, ...members })),
      status: 409,
    });
    const moved = created('patients/ann/appointments/2021-01-18', second);
    const history = ok([
      { ...rescheduled, ...erased },
      { ...cancelled, ...erased },
    ]);
    expect(answers).toEqual([
      created('patients/1/appointments/2021-01-07', demo),
      conflict('patient-day-taken', { date: '2021-01-07', conflict: demo }),
      ok([demo]),
      created('patients/ann', ann),
      created('practitioners/eve', { ...eve, hours: null, time_off: [] }),
      ok({ ...eve, hours, time_off: [] }),
      ok(ann),
      ok({ ...eve, hours, time_off: [] }),
      ok({ ...eve, hours, time_off: [] }),
      ok([
        { start_time: '2021-01-11T09:00:00Z', end_time: '2021-01-11T09:30:00Z', status: 'free' },
      ]),
      created('patients/ann/appointments/2021-01-11', first),
      conflict('practitioner-unavailable', {}),
      // Each reschedule and cancellation gets the id first.
      ok(first),
      moved,
      ok(rescheduled),
      { ...moved, replayed: 'true' },
      ok([second]),
      ok(second),
      ok(cancelled),
      ok([]),
      ok(cancelled),
      { ...ok(cancelled), replayed: 'true' },
      { ...ok(null), status: 204 },
      history,
      { ...ok(null), status: 204 },
      history,
    ]);

    expect([0, 1, 11, 13, 23].map((index) => answers[index]?.body)).toMatchObject(examples);
  });

  it.each([
    [0, 'the API'],
    [-1, 'the API reference (PORT+1)'],
    [-2, 'serverless-offline (PORT+2)'],
  ])('says in one sentence that a port is taken: PORT%d', async (offset, what) => {
    const other = await newPlace();
    const second = npmStart({ ...other.variables, PORT: String(place.port + offset) });

    expect(await second.ended).toBe(2);
    expect(second.output()).toContain(`Port ${place.port}, which ${what} needs, is taken`);
    expect(second.output()).toContain(
      'Stop the program that listens there, or set PORT to another port.',
    );
  });

  it('books and renames people who are imported while it runs', async () => {
    const folder = await createFolder();
    const importPeople = async (lastName: string) => {
      const patients = `patient_id,first_name,last_name\nann-7,Ann,${lastName}\n`;
      const practitioners = 'practitioner_id,first_name,last_name,npi\n77,Eve,Lo,\n';
      return runImport(
        [
          '--patients',
          await folder.file('p.csv', patients),
          '--practitioners',
          await folder.file('d.csv', practitioners),
        ],
        { ...place.variables, DYNAMODB_ENDPOINT: '' },
      );
    };

    const imported = await importPeople('Lee');
    expect(imported.output).toContain(
      'p.csv: 1 read, 1 added, 0 renamed, 0 unchanged, 0 rejected\n',
    );
    expect(imported.code).toBe(0);

    const { status } = await post(
      'ann-7/appointments',
      '{ "practitioner_id": 77, "start_time": "2021-01-07 00:00:00" }',
    );
    expect(status).toBe(201);

    expect((await importPeople('Lee-Roy')).code).toBe(0);
    await folder.remove();
    expect(await (await get('ann-7/appointments')).json()).toMatchObject([
      { patient_first_name: 'Ann', patient_last_name: 'Lee-Roy', practitioner_npi: null },
    ]);
  });

  describe('next to a second one that rejects double booking, without a usable home folder', () => {
    let other: Place;
    let second: LocalRun;

    beforeAll(async () => {
      other = await newPlace();
      second = npmStart({
        ...other.variables,
        HOME: '/dev/null',
        DYNAMODB_ENGINE: nativeEmulator() === undefined ? 'java' : 'native',
        PRACTITIONER_DOUBLE_BOOKING: 'reject',
      });
      await untilUp(second);
    });

    afterAll(async () => {
      second.signal('SIGTERM', 'npm');
      expect(await second.isGone()).toBe(true);
      expect((await get('1/appointments')).status).toBe(200);
    });

    const ofPractitioner = async (path: string) => {
      const url = `http://localhost:${other.port}/api/practitioners/1/${path}`;
      const response = await fetchDescribed(url);
      return { link: response.headers.get('link'), body: (await response.json()) as unknown[] };
    };

    async function book(patientId: number, start: string) {
      const response = await fetchDescribed(
        `http://localhost:${other.port}/api/patients/${patientId}/appointments`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ practitioner_id: 1, start_time: start }),
        },
      );
      return { status: response.status, body: (await response.json()) as object };
    }

    it('keeps its own bookings, one per practitioner and time', async () => {
      expect(await book(1, '2024-01-07 09:00:00')).toMatchObject({ status: 201 });
      expect(await book(2, '2024-01-07 09:00:00')).toMatchObject({
        status: 409,
        body: { type: 'urn:problem:practitioner-slot-taken' },
      });

      expect(await (await get('1/appointments?from=2024-01-07&to=2024-01-07')).json()).toEqual([]);
    });

    it('shows the agenda in pages, and the free times of a practitioner', async () => {
      const { body: last } = await book(2, '2021-03-01 10:30:00');
      const { body: first } = await book(1, '2021-03-01 10:00:00');

      const page = await ofPractitioner(
        'appointments?from=2021-03-01&to=2021-03-01&limit=1&order=desc',
      );
      expect(page.body).toEqual([last]);
      const next = /^<\/api\/practitioners\/1\/(.*)>; rel="next"$/.exec(page.link ?? '')?.[1] ?? '';
      expect(await ofPractitioner(next)).toEqual({ link: null, body: [first] });

      const { body: slots } = await ofPractitioner('slots?from=2021-03-01');
      const free = slots.map((slot) => (slot as { status: string }).status === 'free');
      expect(free).toEqual(Array.from({ length: 48 }, (_, index) => index !== 20 && index !== 21));
    });
  });

  it('ignores the cookies of other local servers', async () => {
    const response = await fetch(`http://localhost:${place.port}/api/patients/1/appointments`, {
      headers: { cookie: 'prefs={"a":1}' },
    });

    expect(response.status).toBe(200);
  });

  it('gives each request its own id', async () => {
    const ids = await Promise.all(
      ['a', 'b'].map(async (patient) => {
        const { request_id } = (await (await get(`${patient}/appointments`)).json()) as {
          request_id: string;
        };
        return request_id;
      }),
    );

    expect(new Set(ids).size).toBe(2);
  });

  it('rejects requests of web pages', async () => {
    const booked = await post(
      '2/appointments',
      '{ "practitioner_id": 2, "start_time": "2023-01-08 00:00:00" }',
    );
    const appointment = (await booked.json()) as { appointment_id: string };
    const command = { appointment_id: appointment.appointment_id };
    const requests: [path: string, body?: object][] = [
      ['', { practitioner_id: 1, start_time: '2023-01-07 00:00:00' }],
      ['/2023-01-08/cancel', command],
      ['/2023-01-08/reschedule', { ...command, start_time: '2023-01-07 00:00:00' }],
      [''],
      ['/2023-01-08'],
    ];

    const responses = await Promise.all(
      requests.map(async ([path, body]) =>
        fetch(`http://localhost:${place.port}/api/patients/2/appointments${path}`, {
          headers: { origin: 'http://localhost:1' },
          // Without a Content-Type, as a page can send it without a preflight.
          ...(body && { method: 'POST', body: new TextEncoder().encode(JSON.stringify(body)) }),
        }),
      ),
    );

    for (const { status, headers } of responses) {
      expect([status, headers.get('access-control-allow-origin')]).toEqual([403, null]);
    }
    const listed = await get('2/appointments?from=2023-01-07&to=2023-01-08&status=all');
    expect(await listed.json()).toEqual([appointment]);
  });

  it('lets only the API reference send requests from a browser', async () => {
    const headers = {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const allowed = async (path: string, origin: string) => {
      const url = `http://localhost:${place.port}/api/patients/1/appointments${path}`;
      const response = await fetch(url, { method: 'OPTIONS', headers: { ...headers, origin } });
      return response.headers.get('access-control-allow-origin');
    };

    const reference = `http://localhost:${place.port + 1}`;
    for (const path of ['', '/2021-01-07/cancel', '/2021-01-07/reschedule']) {
      expect(await allowed(path, reference)).toBe(reference);
      expect(await allowed(path, 'http://elsewhere.example.com')).toBeNull();
    }
  });

  it.each([
    ['localhost', 200],
    ['127.0.0.1', 200],
    ['[::1]', 200],
    ['api', 200],
    ['rebound.example.com', 403],
    ['127.0.0.1.example.com', 403],
  ])('responds to requests for the host %s with %d', async (host, status) => {
    // A page's own name can come to resolve to this machine, and then its requests have no Origin.
    const sent = sendGet(`http://127.0.0.1:${place.port}/api/patients/1/appointments`, {
      headers: { host: `${host}:${place.port}` },
    });
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();

    expect(response.statusCode).toBe(status);
  });

  it('rejects web pages that invoke a function by name', async () => {
    const name = 'appointments-local-appointmentQueries';
    const response = await fetch(
      `http://localhost:${place.port + 2}/2015-03-31/functions/${name}/invocations`,
      {
        method: 'POST',
        headers: { origin: 'http://localhost:1', 'content-type': 'text/plain' },
        body: '{}',
      },
    );

    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('ends every response with a newline, for terminals', async () => {
    const answers = [
      await get('1/appointments'),
      await get('1/appointments?limit=0'),
      await fetch(`http://localhost:${place.port}/`),
      await fetch(`http://localhost:${place.port}/api/`),
    ];

    expect(answers.map(({ status }) => status)).toEqual([200, 400, 404, 404]);
    for (const answer of answers) expect(await answer.text()).toMatch(/[^\n]\n$/);
  });

  it('prints nothing about a patient', () => {
    expect(run.output().replace(/^ {2}curl .*$/gm, '')).not.toMatch(
      /patients\/\d|practitioners\/\d|Alexei|Isac/,
    );
  });

  it('stops all its processes at Ctrl-C, and keeps the bookings', async () => {
    await post('2/appointments', '{ "practitioner_id": 1, "start_time": "2025-01-07 00:00:00" }');
    const kept = async () => (await get('2/appointments?from=2025-01-07')).json();
    const bookings = await kept();
    expect(bookings).toHaveLength(1);

    run.signal('SIGINT', 'all');
    expect(await run.isGone()).toBe(true);
    expect(run.output()).toMatch(/^Stopping \.\.\.$/m);

    run = npmStart(place.variables);
    await untilUp(run);
    expect(await kept()).toEqual(bookings);
  });
});

describe('npm start with an invalid environment', () => {
  afterEach(endLocalRuns);

  it.each([
    [{ PORT: 'http' }, 'PORT=http is not a valid port. Set it to a number from 1 to 65533.'],
    [
      { PRACTITIONER_DOUBLE_BOOKING: 'yes' },
      'PRACTITIONER_DOUBLE_BOOKING=yes is invalid. Set it to allow or reject.',
    ],
    [
      { DYNAMODB_ENDPOINT: 'http://localhost:1' },
      'The store at http://localhost:1 cannot be used: ',
    ],
  ])('says in one sentence what is wrong with %j', async (variables, sentence) => {
    const { variables: ports } = await newPlace();
    const run = npmStart({ ...ports, ...variables });

    expect(await run.ended).toBe(2);
    expect(run.output()).toContain(sentence);
    expect(run.output()).not.toContain('    at ');
    expect(await run.isGone()).toBe(true);
  });

  it('says in one sentence that the port of the store is taken', async () => {
    const { port, variables } = await newPlace();
    const server = createServer().listen(port + 3, '127.0.0.1');
    await once(server, 'listening');

    const run = npmStart(variables);

    expect(await run.ended).toBe(2);
    expect(run.output()).toContain(
      `Port ${variables.DYNAMODB_PORT}, which the store needs, is taken.`,
    );
    server.close();
  });
});

/** The README's quick start: the commands that call the API, and the responses that it shows. */
async function quickStart(): Promise<{ blocks: string[]; examples: unknown[] }> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const section = /^## Quick start\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const blocksOf = (language: RegExp) =>
    [...section.matchAll(/```(\w+)\n(.*?)```/gs)].flatMap(([, name = '', block = '']) =>
      language.test(name) ? [block] : [],
    );
  return {
    blocks: blocksOf(/^sh$/).filter((block) => block.includes('curl ')),
    // "/* ... */" stands for further members. Ids and timestamps differ.
    examples: blocksOf(/^jsonc?$/).map((block): unknown =>
      JSON.parse(block.replaceAll('/* ... */', ''), (name, value: unknown): unknown =>
        ['appointment_id', 'created_at', 'request_id'].includes(name) ? expect.any(String) : value,
      ),
    ),
  };
}
