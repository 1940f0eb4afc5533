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
    const response = await curl(command.replace('patients/1', 'patients/2'), place.port);
    expect(response.status).toBe(201);
  });

  it('lists nothing, books, lists the booking, and rejects a second one on the date', async () => {
    const before = await curl(GET_CURL, place.port);
    expect([before.status, await before.json()]).toEqual([200, []]);

    const booked = await curl(POST_CURL, place.port);
    expect(booked.status).toBe(201);
    expect(booked.headers.get('location')).toBe(
      '/api/patients/1/appointments?from=2021-01-07&to=2021-01-07',
    );
    expect(booked.headers.get('cache-control')).toBe('no-store');
    const appointment: unknown = await booked.json();
    expect(appointment).toEqual({ ...APPOINTMENT, appointment_id: expect.any(String) });

    const after = await curl(GET_CURL, place.port);
    expect([after.status, await after.json()]).toEqual([200, [appointment]]);

    const again = await curl(POST_CURL, place.port);
    expect([again.status, again.headers.get('content-type')]).toEqual([
      409,
      'application/problem+json',
    ]);
    expect(await again.json()).toMatchObject({
      type: 'urn:problem:patient-day-taken',
      date: '2021-01-07',
      conflict: appointment,
    });
  });

  it('has the curls of the README', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');

    expect(readme).toContain(`\n${GET_CURL}\n`);
    expect(readme).toContain(`\n${POST_CURL}\n`);
  });

  it('lists page by page by the Link header', async () => {
    const dates = ['2022-03-01', '2022-03-02', '2022-03-03', '2022-03-04', '2022-03-05'];
    for (const date of dates) {
      const { status } = await post(
        '2/appointments',
        JSON.stringify({
          practitioner_id: '2',
          start_time: `${date}T23:30:00Z`,
          end_time: `${nextDay(date)} 00:00:00`,
        }),
      );
      expect(status).toBe(201);
    }
    const listed: string[] = [];
    let path: string | undefined = '2/appointments?order=desc&limit=2&from=2022-03-01';
    let pages = 0;
    while (path !== undefined) {
      const response = await get(path);
      expect(response.status).toBe(200);
      const page = (await response.json()) as { start_time: string }[];
      listed.push(...page.map(({ start_time }) => start_time.slice(0, 10)));
      path = /^<\/api\/patients\/(.*)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
      pages += 1;
    }
    expect(listed).toEqual(dates.toReversed());
    expect(pages).toBe(3);
  });

  it.each([
    ['400 invalid-request', async () => get('1/appointments?limit=0')],
    ['400 invalid-request', async () => get('a%23b/appointments')],
    ['400 invalid-request', async () => post('1/appointments', '{')],
    [
      '400 invalid-request',
      async () =>
        post('1/appointments', '{"practitioner_id":1,"start_time":"2021-01-07 00:15:00"}'),
    ],
    ['404 patient-not-found', async () => get('3/appointments')],
    [
      '404 patient-not-found',
      async () =>
        post('3/appointments', '{"practitioner_id":3,"start_time":"2021-01-07 00:00:00"}'),
    ],
    [
      '404 practitioner-not-found',
      async () =>
        post('1/appointments', '{"practitioner_id":3,"start_time":"2021-01-07 00:00:00"}'),
    ],
    ['413 body-too-large', async () => post('1/appointments', ' '.repeat(16_385))],
    ['415 unsupported-media-type', async () => post('1/appointments', '{}', 'text/plain')],
  ])('returns %s as problem details', async (expected, request) => {
    const response = await request();

    const [status, code] = expected.split(' ');
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.status).toBe(Number(status));
    expect(await response.json()).toMatchObject({
      type: `urn:problem:${code}`,
      status: Number(status),
    });
  });

  it.each([
    [0, 'the API'],
    [-1, 'the API reference (PORT+1)'],
    [-2, 'serverless-offline (PORT+2)'],
  ])('says in one sentence that a port is taken: PORT%d', async (offset, what) => {
    const other = await newPlace();
    const second = npmStart({ ...other.variables, PORT: String(place.port + offset) });

    expect(await second.ended).toBe(1);
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
    expect(imported.output).toContain('p.csv: 1 read, 1 written, 0 unchanged, 0 rejected\n');
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
      expect((await curl(GET_CURL, place.port)).status).toBe(200);
    });

    async function book(patientId: number, practitionerId: number, start: string, key?: string) {
      const response = await fetchDescribed(
        `http://localhost:${other.port}/api/patients/${patientId}/appointments`,
        {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...(key !== undefined && { 'idempotency-key': key }),
          },
          body: JSON.stringify({ practitioner_id: practitionerId, start_time: start }),
        },
      );
      const { type, ...body } = (await response.json()) as Record<string, unknown>;
      return {
        status: response.status,
        type,
        replayed: response.headers.get('idempotency-replayed'),
        body,
      };
    }

    it('keeps its own bookings', async () => {
      expect((await book(1, 2, '2024-01-07 09:00:00')).status).toBe(201);

      expect(await (await get('1/appointments?from=2024-01-07&to=2024-01-07')).json()).toEqual([]);
    });

    it('allows one patient per practitioner and time, and one appointment per patient and date', async () => {
      const first = await book(1, 1, '2021-01-07 09:00:00', 'a key');
      expect(first.status).toBe(201);

      const taken = await book(2, 1, '2021-01-07 09:00:00');
      expect(taken).toMatchObject({ status: 409, type: 'urn:problem:practitioner-slot-taken' });
      expect(JSON.stringify(taken.body)).not.toMatch(/Alexei|appointment_id|patient_id/);

      expect(await book(2, 1, '2021-01-07 09:30:00')).toMatchObject({ status: 201 });
      expect(await book(2, 1, '2021-01-07 09:00:00')).toMatchObject({
        status: 409,
        type: 'urn:problem:patient-day-taken',
        body: { conflict: { start_time: '2021-01-07T09:30:00Z' } },
      });
      expect(await book(1, 1, '2021-01-07 09:00:00', 'a key')).toEqual({
        ...first,
        replayed: 'true',
      });
      expect(await book(1, 2, '2021-01-07 09:00:00', 'a key')).toMatchObject({ status: 422 });
    });

    it('gives a time to one of two concurrent requests', async () => {
      const start = '2021-01-08 09:00:00';
      const responses = await Promise.all([1, 2].map(async (patient) => book(patient, 2, start)));

      expect(responses.map(({ status }) => status).sort()).toEqual([201, 409]);
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
    const url = `http://localhost:${place.port}/api/patients/1/appointments`;
    const origin = 'http://localhost:1';
    // Without a Content-Type, as a page can send it without a preflight.
    const body = new TextEncoder().encode(
      '{"practitioner_id":1,"start_time":"2023-01-07 00:00:00"}',
    );

    const booking = await fetch(url, { method: 'POST', headers: { origin }, body });
    const list = await fetch(url, { headers: { origin } });

    expect([booking.status, list.status]).toEqual([403, 403]);
    expect(booking.headers.get('access-control-allow-origin')).toBeNull();
    expect(await (await get('1/appointments?from=2023-01-07&to=2023-01-07')).json()).toEqual([]);
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

  it('prints nothing about a patient', () => {
    expect(run.output().replace(/^ {2}curl .*$/gm, '')).not.toMatch(/patients\/\d|Alexei|Isac/);
  });

  it('stops all its processes at Ctrl-C, and keeps the bookings', async () => {
    await post('2/appointments', '{ "practitioner_id": 1, "start_time": "2025-01-07 00:00:00" }');
    const kept = async () => (await get('2/appointments?from=2025-01-07')).json();
    const bookings = await kept();
    expect(bookings).toHaveLength(1);

    run.signal('SIGINT', 'all');
    expect(await run.isGone()).toBe(true);

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
      { PORT: '8000', DYNAMODB_PORT: '8001' },
      'DYNAMODB_PORT=8001 is one of the ports that PORT=8000 uses (PORT to PORT+2). Choose another.',
    ],
    [
      { PRACTITIONER_DOUBLE_BOOKING: 'yes' },
      'PRACTITIONER_DOUBLE_BOOKING=yes is invalid. Set it to allow or reject.',
    ],
    [
      { DYNAMODB_ENGINE: 'mysql' },
      'DYNAMODB_ENGINE=mysql is invalid. Set it to java, docker, native.',
    ],
    [
      { DYNAMODB_ENDPOINT: 'https://dynamodb.us-east-1.amazonaws.com' },
      'DYNAMODB_ENDPOINT=https://dynamodb.us-east-1.amazonaws.com is not on this machine. Set it to an address like http://localhost:8000. Local runs use no other store.',
    ],
    [
      { DYNAMODB_ENDPOINT: 'http://localhost:1', DYNAMODB_ENGINE: 'java' },
      'DYNAMODB_ENDPOINT uses a running store and DYNAMODB_ENGINE starts one. Unset one of the two.',
    ],
    [
      { DYNAMODB_ENDPOINT: 'http://localhost:1' },
      'The store at http://localhost:1 cannot be used: ',
    ],
  ])('says in one sentence what is wrong with %j', async (variables, sentence) => {
    const { variables: ports } = await newPlace();
    const run = npmStart({ ...ports, ...variables });

    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(sentence);
    expect(run.output()).not.toContain('    at ');
    expect(await run.isGone()).toBe(true);
  });

  it('says in one sentence that the port of the store is taken', async () => {
    const { port, variables } = await newPlace();
    const server = createServer().listen(port + 3, '127.0.0.1');
    await once(server, 'listening');

    const run = npmStart(variables);

    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(
      process.platform === 'linux'
        ? `Port ${variables.DYNAMODB_PORT}, which the store needs, is taken by process ${process.pid}.`
        : `Port ${variables.DYNAMODB_PORT}, which the store needs, is taken.`,
    );
    server.close();
  });
});

function nextDay(date: string): string {
  return new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
}
