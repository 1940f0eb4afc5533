import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { Id, Name } from '../../src/domain/people.ts';
import { seededFaults } from '../support/fault-proxy.ts';
import { ALEXEI, BOB } from '../support/people.ts';
import { statuses } from './api.ts';
import type { FaultTest, Trials } from './fault-test.ts';
import { inParallel, type World } from './world.ts';

/** Appears throughout the random requests, and must never appear in the log. */
const CANARY = 'CANARY7c1f';

export interface RawRequest {
  readonly method: string;
  /** As sent: nothing is normalized. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | Buffer;
  /** The correct statuses, if they are known. */
  readonly expected?: readonly number[];
}

interface RawResponse {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
}

function post(
  body: string | Buffer,
  expected: readonly number[],
  headers: RawRequest['headers'] = {},
): RawRequest {
  const path = '/api/patients/1/appointments';
  return {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json', ...headers },
    body,
    expected,
  };
}

function get(query: string, expected: readonly number[], id = '1'): RawRequest {
  const path = `/api/patients/${id}/appointments${query}`;
  return { method: 'GET', path, headers: {}, body: '', expected };
}

const VALID = '{"practitioner_id":1,"start_time":"2021-01-07 00:00:00"}';
const DEEP = 8000;

/** What only a real request can carry: bytes, encodings, nesting, and paths. Unit tests cover the values of each field. */
const HOSTILE: readonly RawRequest[] = [
  post(VALID, [201, 409]),
  post('', [400]),
  ...['null', 'false', '0', '""', JSON.stringify(VALID), `[${VALID}]`].map((body) =>
    post(body, [400]),
  ),
  post(VALID, [400], { 'idempotency-key': ['K', 'K'] }),
  post(VALID, [415], { 'content-type': [] }),
  post('\u0000', [400]),
  post(`\ufeff${VALID}`, [400]),
  post(VALID.replace('1', '"\\ud800"'), [400]),
  post(Buffer.from([...Buffer.from('{"a":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]), [400]),
  post(Buffer.from([0xff, 0xfe, 0xfd]), [400]),
  post(Buffer.from(VALID, 'utf16le'), [400], {
    'content-type': 'application/json; charset=utf-16',
  }),
  post(gzipSync(VALID), [400], { 'content-encoding': 'gzip' }),
  post(VALID, [415], { 'content-type': 'multipart/form-data; boundary=x' }),
  post(VALID.replace('{', '{"__proto__":{"practitioner_id":1},'), [400]),
  post(VALID.replace('{', '{"constructor":{"prototype":{}},'), [400]),
  post(`{"__proto__":${VALID}}`, [400]),
  post('['.repeat(DEEP) + ']'.repeat(DEEP), [400]),
  post(`{"a":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`, [400]),
  post('['.repeat(10_000) + ']'.repeat(10_000), [413]),
  post(VALID.replace('1', '1\u0000'), [400]),
  post(VALID.replace('1', '1e400'), [400]),
  post(VALID.replace('1', '9007199254740993'), [400]),
  post(VALID.replace('1', '1e2'), [404]),
  post(VALID.replace('{', '{"practitioner_id":1,').replace(/1,"start/, '"#","start'), [400]),
  post(VALID, [400], { 'idempotency-key': 'cl\u00e9' }),
  get('', [400], '1%23DAY'),
  get('', [400], '1%00'),
  get('', [400], '..%2F2'),
  get('', [400], '%F0%9F%98%80'),
  get('/2021-01-07%2Fcancel', [400]),
  get('/1999%2D12%2D31', [404]),
  get('?limit=1&limit=2', [400]),
  get('?from=%F0%9F%98%80', [400]),
  get('?order=__proto__', [400]),
  get('?__proto__=x&constructor=y&from[]=2021-01-07', [400]),
  get(`?${'a=1&'.repeat(1000)}`, [400]),
];

/** Any text that contains the canary. */
const canaryText = fc.oneof(
  fc.constant(CANARY),
  fc.string({ unit: 'binary', maxLength: 20 }).map((any) => any + CANARY),
  fc.string({ maxLength: 20 }).map((any) => CANARY + any),
);

/** A header value that Node can send. */
const canaryHeader = fc
  .string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 30,
  })
  .map((any) => CANARY + any.replaceAll('\u007f', ''));

const validStart = fc
  .tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 47 }))
  .map(([day, slot]) => new Date(Date.UTC(2021, 0, 1 + day) + slot * 1_800_000).toISOString());

const anyStart = fc.oneof(
  fc
    .date({ min: new Date('1899-12-30'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  validStart,
  canaryText,
);

const validBooking = fc.record({ practitioner_id: fc.constant(CANARY), start_time: validStart });

const anyBooking = fc.record(
  {
    practitioner_id: fc.oneof(fc.constantFrom(CANARY, 1), fc.integer(), fc.double(), canaryText),
    start_time: anyStart,
    end_time: anyStart,
    [CANARY]: fc.jsonValue(),
  },
  { requiredKeys: ['practitioner_id', 'start_time'] },
);

/** JSON with one character replaced by up to three random ones. */
const brokenBooking = fc
  .tuple(anyBooking, fc.nat(200), fc.string({ unit: 'binary', maxLength: 3 }))
  .map(([booking, position, inserted]) => {
    const whole = JSON.stringify(booking);
    const at = position % whole.length;
    return whole.slice(0, at) + inserted + whole.slice(at + 1);
  });

const validPerson = fc.record({ first_name: fc.constant(CANARY), last_name: fc.constant(CANARY) });

const anyPerson = fc.record(
  {
    first_name: fc.oneof(fc.constant(CANARY), canaryText),
    last_name: fc.oneof(fc.constant(CANARY), canaryText),
    npi: fc.oneof(fc.constant(null), canaryText, fc.integer()),
    [CANARY]: fc.jsonValue(),
  },
  { requiredKeys: ['first_name', 'last_name'] },
);

const ranges = fc.oneof(
  fc.array(
    fc.record({
      from: fc.oneof(fc.constantFrom('00:00', '09:30'), anyStart),
      to: fc.oneof(fc.constantFrom('12:00', '24:00'), anyStart),
    }),
    { maxLength: 3 },
  ),
  fc.jsonValue(),
);

const anySchedule = fc.record({
  hours: fc.oneof(
    fc.constant(null),
    fc.dictionary(fc.oneof(fc.constantFrom('mon', 'sun'), canaryText), ranges, { maxKeys: 2 }),
  ),
  time_off: ranges,
});

const anyBody: fc.Arbitrary<string | Buffer> = fc.oneof(
  { weight: 3, arbitrary: anyBooking.map((booking) => JSON.stringify(booking)) },
  { weight: 3, arbitrary: validBooking.map((booking) => JSON.stringify(booking)) },
  { weight: 1, arbitrary: fc.json({ stringUnit: 'binary' }).map((json) => json + CANARY) },
  { weight: 1, arbitrary: fc.jsonValue().map((json) => JSON.stringify({ [CANARY]: json })) },
  { weight: 1, arbitrary: brokenBooking },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((any) => Buffer.from(any)) },
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(17_000, CANARY)) },
);

const contentType = fc.oneof(
  { weight: 8, arbitrary: fc.constant('application/json') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'application/json; charset=utf-16',
      'application/fhir+json',
      'application/octet-stream',
      `application/${CANARY}`,
    ),
  },
  { weight: 1, arbitrary: canaryHeader },
);

/** Percent-encodes text. Half a surrogate pair becomes the replacement character, as in browsers. */
const percentEncoded = (any: string) => encodeURIComponent(any.toWellFormed());

const personId = fc.oneof(
  { weight: 6, arbitrary: fc.constant(CANARY) },
  { weight: 2, arbitrary: canaryText.map(percentEncoded) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('%', '%zz', '%c3', '%2f', '.', '..', '%2e%2e', `${CANARY}%00`),
  },
);

const query = fc
  .array(
    fc.tuple(
      fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom('from', 'to', 'order', 'limit') },
        { weight: 1, arbitrary: canaryText },
      ),
      fc.oneof(canaryText, fc.constantFrom('2021-01-07', 'asc', '10', '', '0')),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => pairs.map((pair) => pair.map(percentEncoded).join('=')).join('&'));

/** Those of appointments come first. */
const ROUTES = [
  ['POST', '/api/patients/{}/appointments'],
  ['GET', '/api/patients/{}/appointments'],
  ['PUT', '/api/patients/{}'],
  ['GET', '/api/patients/{}'],
  ['DELETE', '/api/patients/{}'],
  ['PUT', '/api/practitioners/{}'],
  ['GET', '/api/practitioners/{}'],
  ['PUT', '/api/practitioners/{}/schedule'],
] as const;

const anyRequest: fc.Arbitrary<RawRequest> = fc
  .record({
    route: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(...ROUTES.slice(0, 2)) },
      { weight: 1, arbitrary: fc.constantFrom(...ROUTES.slice(2)) },
    ),
    id: personId,
    query,
    contentType,
    body: anyBody,
    // Half of the requests for people have a body that fits, and no query.
    person: fc.option(fc.oneof(validPerson, anyPerson), { freq: 2 }),
    schedule: anySchedule,
    key: fc.option(canaryHeader),
  })
  .map(({ route, id, ...parts }) => {
    const [method, path] = route;
    // Nothing erases the patient of the bookings, or closes the practitioner.
    const own = id === CANARY && !path.endsWith('/appointments') ? `${CANARY}-2` : id;
    const isFitting = parts.person !== null && !path.endsWith('/appointments');
    const fitting = JSON.stringify(path.endsWith('/schedule') ? parts.schedule : parts.person);
    const query = isFitting ? '' : parts.query;
    const hasBody = method === 'POST' || method === 'PUT';
    return {
      method,
      path: `${path.replace('{}', () => own)}${query && `?${query}`}`,
      headers: {
        'x-canary': CANARY,
        ...(hasBody && { 'content-type': parts.contentType }),
        ...(parts.key !== null && { 'idempotency-key': parts.key }),
      },
      body: hasBody ? (isFitting ? fitting : parts.body) : '',
    };
  });

/** Sends a request as it is. `fetch` would correct its path and headers. */
export async function send(
  url: string,
  { method, path, headers, body }: RawRequest,
): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  const outgoing = httpRequest({
    hostname,
    port,
    method,
    path,
    headers: headers as OutgoingHttpHeaders,
  });
  outgoing.end(body);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return {
    status: response.statusCode ?? 0,
    type: response.headers['content-type'],
    body: await text(response),
  };
}

/** API Gateway's own body, for a request that reaches no function. */
const isGateway = ({ body }: RawResponse) => body.startsWith('{"message":');

/** What is wrong with a response. */
function faultOf(
  { path, expected }: RawRequest,
  response: RawResponse,
  storeFails: boolean,
): string | undefined {
  const { status, type, body } = response;
  if (status >= 500 && !(status === 503 && storeFails)) return `${status} ${body}`;
  if (status !== 503 && expected && !expected.includes(status)) {
    return `${status} instead of ${expected.join(' or ')}`;
  }
  if (status < 400 || (isGateway(response) && !isRouted(path))) return undefined;
  const problem = JSON.parse(body) as { type?: unknown; status?: unknown };
  const isProblem =
    type === 'application/problem+json' &&
    /^urn:problem:[a-z-]+$/.test(String(problem.type)) &&
    problem.status === status;
  return isProblem ? undefined : `${status} is not problem details: ${body}`;
}

/** Whether a route matches the path, so that a function must respond. */
function isRouted(path: string): boolean {
  const [, id] = /^\/api\/\w+\/([^/?]+)(?:\/(?:appointments|schedule))?(?:\?|$)/.exec(path) ?? [];
  try {
    return id !== undefined && decodeURIComponent(id) !== '';
  } catch {
    return false;
  }
}

const CANARY_NAMES = { firstName: CANARY as Name, lastName: CANARY as Name };

/** The people that the requests name. */
export const CANARY_PEOPLE = [
  ...[ALEXEI, BOB, { patientId: CANARY as Id, ...CANARY_NAMES }],
  { practitionerId: CANARY as Id, npi: CANARY, ...CANARY_NAMES },
];

/** The hostile requests, and random ones up to `size` of them. */
export function malformedRequests(seed: number, size: number): readonly RawRequest[] {
  const random = fc.sample(anyRequest, { seed, numRuns: Math.max(1, size - HOSTILE.length) });
  return [...HOSTILE, ...random].slice(0, size);
}

async function sendAll(world: World, size: number, trials: Trials, storeFails: boolean) {
  await world.storePeople(CANARY_PEOPLE);

  return inParallel(malformedRequests(world.seed, size), 16, async (request) => {
    const response = await send(world.api.url, request);
    const reason = faultOf(request, response, storeFails);
    const { method, path, body } = request;
    const what = `${method} ${path.slice(0, 80)} ${body.toString().slice(0, 200)}`;
    trials.count(reason === undefined ? [] : [`${reason}; for ${what}`]);
    return response;
  });
}

export const MALFORMED_REQUESTS: FaultTest = {
  name: 'malformed-requests',
  claim:
    'no malformed body, header, path, query, media type, or encoding causes a 5xx, and every 4xx is problem details',
  unit: 'requests',
  size: 10_000,
  smallSize: 400,
  run: async (world, size, trials) => statuses(await sendAll(world, size, trials, false)),
};

export const CANARY_IN_LOG: FaultTest = {
  name: 'canary-in-log',
  claim:
    'a text in every field of those requests never appears in the log, and every request logs one line, even if the store fails',
  unit: 'requests',
  size: 10_000,
  smallSize: 400,
  async run(world, size, trials) {
    const { api, proxy, seed } = world;
    const before = api.logLines.length;
    proxy.choose(seededFaults(seed, { 'internal-error': 0.5, 'drop-response': 0.2 }));
    const responses = await sendAll(world, size, trials, true);

    const expected = responses.filter((response) => !isGateway(response)).length;
    // The lines arrive through a pipe.
    for (let tries = 0; tries < 100 && api.logLines.length < before + expected; tries += 1) {
      await sleep(50);
    }
    const lines = api.logLines.slice(before);
    for (const line of lines) if (line.includes(CANARY)) trials.violate(`Logged: ${line}`);
    if (lines.length !== expected) {
      trials.violate(`${lines.length} lines for ${expected} requests that reached a function`);
    }
    const failures = lines.filter((line) => line.includes('"level":"ERROR"')).length;
    if (failures === 0)
      trials.violate('No failure was logged, so no log of a failure was checked.');
    return `${lines.length} lines, ${failures} of them failures; ${statuses(responses)}`;
  },
};

const ERASED_NAME = 'ERASED5b0e';

export const ERASED_NAMES: FaultTest = {
  name: 'erased-names',
  claim:
    'after a patient with appointments is erased, no item of the table, no entry of the index, and no log line has their names, even if the store fails and a late PUT of the names follows',
  unit: 'patients',
  size: 200,
  smallSize: 20,
  async run(world, size, trials) {
    const { api, proxy, newPatients, seed } = world;
    const before = api.logLines.length;
    const all: RawResponse[] = [];
    const call = async (method: string, path: string, body = ''): Promise<number> => {
      const headers = body && { 'content-type': 'application/json' };
      for (let tries = 1; ; tries += 1) {
        const response = await send(api.url, { method, path, headers: { ...headers }, body });
        if (response.status === 503 && tries < 50) continue;
        all.push(response);
        return response.status;
      }
    };
    const names = (first: string) => JSON.stringify({ first_name: first, last_name: ERASED_NAME });
    const patients = await newPatients(size);
    proxy.choose(seededFaults(seed, { 'internal-error': 0.2, 'drop-response': 0.2, delay: 0.1 }));
    await inParallel(patients, 16, async (id) => {
      const path = `/api/patients/${id}`;
      const booking = JSON.stringify({ practitioner_id: id, start_time: '2021-01-07 00:00:00' });
      const statuses = [
        await call('PUT', path, names(ERASED_NAME)),
        await call('POST', `${path}/appointments`, booking),
        ...(await Promise.all([
          call('PUT', path, names(`${ERASED_NAME} the Second`)),
          call('DELETE', path),
        ])),
        await call('PUT', path, names(ERASED_NAME)),
        await call('GET', path),
      ].join(' ');
      trials.count(
        /^200 (?:201|409) (?:200|410) 204 410 410$/.test(statuses) ? [] : [`${id}: ${statuses}`],
      );
    });
    proxy.choose(() => undefined);
    const stored = await world.scan();
    for (const item of stored) if (item.includes(ERASED_NAME)) trials.violate(`Stored: ${item}`);
    for (const line of api.logLines.slice(before)) {
      if (line.includes(ERASED_NAME)) trials.violate(`Logged: ${line}`);
    }
    return `${stored.length} items and entries; ${statuses(all)}`;
  },
};
