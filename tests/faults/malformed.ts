import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { HttpFront } from '../../scripts/local/http-front.ts';
import type { Id, Name } from '../../src/domain/people.ts';
import { seededFaults } from '../support/fault-proxy.ts';
import type { Property } from './property.ts';
import { inParallel, type World } from './world.ts';

/** Stands in every field of every request, and must stand in no line of the log. */
const CANARY = 'CANARY7c1f';

interface RawRequest {
  readonly method: 'GET' | 'POST';
  /** As it goes over the wire. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The statuses that are right, where they are known. */
  readonly expected?: readonly number[];
}

interface RawAnswer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const VALID = '{"practitioner_id":1,"start_time":"2021-01-07 00:00:00"}';
const DEEP = 8000;

function posted(
  body: string | Buffer,
  expected: readonly number[],
  headers: Record<string, string> = {},
): RawRequest {
  return {
    method: 'POST',
    path: '/api/patients/1/appointments',
    headers: { ...JSON_TYPE, ...headers },
    body: Buffer.from(body as string),
    expected,
  };
}

function listed(query: string, expected: readonly number[], id = '1'): RawRequest {
  const path = `/api/patients/${id}/appointments${query}`;
  return { method: 'GET', path, headers: {}, body: Buffer.alloc(0), expected };
}

/** What has broken other services, each with the statuses that are right. */
const NASTY: readonly RawRequest[] = [
  posted(VALID, [201, 409]),
  posted('', [400]),
  posted('\u0000', [400]),
  posted(`\ufeff${VALID}`, [400]),
  posted(`${VALID}${VALID}`, [400]),
  posted(VALID.replace('1', '"\\ud800"'), [400]),
  posted(Buffer.from([...Buffer.from('{"a":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]), [400]),
  posted(Buffer.from([0xff, 0xfe, 0xfd]), [400]),
  posted(VALID.replace('{', '{"__proto__":{"practitioner_id":1},'), [400]),
  posted(VALID.replace('{', '{"constructor":{"prototype":{}},'), [400]),
  posted('{"__proto__":{"practitioner_id":1,"start_time":"2021-01-07 00:00:00"}}', [400]),
  posted('['.repeat(DEEP) + ']'.repeat(DEEP), [400]),
  posted(`{"a":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`, [400]),
  posted('{"a":'.repeat(3000) + '1' + '}'.repeat(3000), [413, 400]),
  posted('['.repeat(10_000) + ']'.repeat(10_000), [413]),
  posted(VALID.replace('1', '1\u0000'), [400]),
  posted(VALID.replace('1', '"1\\u0000"'), [400]),
  posted(VALID.replace('1', '1e400'), [400]),
  posted(VALID.replace('1', '-0'), [400]),
  posted(VALID.replace('1', '9007199254740993'), [400]),
  posted(VALID.replace('1', '1'.repeat(400)), [400]),
  posted(VALID.replace('1', '1e2'), [404]),
  posted(VALID.replace('1', '1#PROFILE'), [400]),
  posted(VALID.replace('1', '"1#PROFILE"'), [400]),
  posted(VALID.replace('{', '{"practitioner_id":1,').replace(/1,"start/, '"#","start'), [400]),
  posted(VALID, [201, 409], { 'content-type': 'application/json; charset=iso-8859-1' }),
  posted(Buffer.from(VALID, 'utf16le'), [400], {
    'content-type': 'application/json; charset=utf-16',
  }),
  posted(gzipSync(VALID), [400], { 'content-encoding': 'gzip' }),
  posted(VALID, [415], { 'content-type': 'text/plain' }),
  posted(VALID, [415], { 'content-type': 'application/x-www-form-urlencoded' }),
  posted(VALID, [415], { 'content-type': 'multipart/form-data; boundary=x' }),
  posted(VALID, [415], { 'content-type': '' }),
  posted(VALID, [400], { 'idempotency-key': 'x'.repeat(256) }),
  posted(VALID, [400], { 'idempotency-key': 'cl\u00e9' }),
  listed('', [400], '1%23DAY'),
  listed('', [400], '1%00'),
  listed('', [400], '..%2F2'),
  listed('', [400], '%F0%9F%98%80'),
  listed('', [400], 'x'.repeat(65)),
  listed('', [404], 'x'.repeat(64)),
  listed('?limit=NaN', [400]),
  listed('?limit=1&limit=2', [400]),
  listed('?limit=%00', [400]),
  listed('?from=2021-02-30', [400]),
  listed('?from=%F0%9F%98%80', [400]),
  listed('?order=__proto__', [400]),
  listed('?__proto__=x&constructor=y', [200]),
  listed('?from[]=2021-01-07', [200]),
  listed(`?${'a=1&'.repeat(1000)}`, [200]),
];

/** Text of any characters with the canary in it, sometimes the canary alone. */
const canaryText = fc.oneof(
  fc.constant(CANARY),
  fc.string({ unit: 'binary', maxLength: 20 }).map((any) => any + CANARY),
  fc.string({ maxLength: 20 }).map((any) => CANARY + any),
);

/** Characters that Node sends in a header. */
const headerText = fc
  .string({
    unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)),
    maxLength: 30,
  })
  .map((any) => `${CANARY}${any.replaceAll('\u007f', '')}`);

const start = fc.oneof(
  fc
    .date({ min: new Date('1899-12-30'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString()),
  fc
    .tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 47 }))
    .map(([day, slot]) => new Date(Date.UTC(2021, 0, 1 + day) + slot * 1_800_000).toISOString()),
  canaryText,
);

const bookingBody = fc.record(
  {
    practitioner_id: fc.oneof(
      fc.constant(CANARY),
      fc.constant(1),
      fc.integer(),
      fc.double(),
      canaryText,
    ),
    start_time: start,
    end_time: start,
    [CANARY]: fc.jsonValue(),
  },
  { requiredKeys: ['practitioner_id', 'start_time'] },
);

/** A booking that is well formed but for what its people and date happen to be. */
const validBody = fc
  .tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 47 }))
  .map(([day, slot]) => ({
    practitioner_id: CANARY,
    start_time: new Date(Date.UTC(2021, 0, 1 + day) + slot * 1_800_000).toISOString(),
  }));

const body = fc.oneof(
  { weight: 3, arbitrary: bookingBody.map((json) => JSON.stringify(json)) },
  { weight: 3, arbitrary: validBody.map((json) => JSON.stringify(json)) },
  { weight: 1, arbitrary: fc.json({ stringUnit: 'binary' }).map((json) => json + CANARY) },
  { weight: 1, arbitrary: fc.jsonValue().map((json) => JSON.stringify({ [CANARY]: json })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(bookingBody, fc.nat(200), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([json, at, inserted]) => {
        const whole = JSON.stringify(json);
        return whole.slice(0, at % whole.length) + inserted + whole.slice((at % whole.length) + 1);
      }),
  },
);

const bytes = fc.oneof(
  { weight: 8, arbitrary: body.map((json) => Buffer.from(json)) },
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
      'text/html',
      `application/${CANARY}`,
    ),
  },
  { weight: 1, arbitrary: headerText },
);

const patientId = fc.oneof(
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
      fc.oneof(fc.constantFrom('from', 'to', 'order', 'limit'), canaryText),
      fc.oneof(canaryText, fc.constantFrom('2021-01-07', 'asc', '10', '', '0')),
    ),
    { maxLength: 4 },
  )
  .map((pairs) =>
    pairs.length === 0
      ? ''
      : `?${pairs.map((pair) => pair.map(percentEncoded).join('=')).join('&')}`,
  );

const anyRequest: fc.Arbitrary<RawRequest> = fc
  .record({
    isPost: fc.boolean(),
    patientId,
    query,
    contentType,
    bytes,
    key: fc.option(headerText),
  })
  .map((parts) => ({
    method: parts.isPost ? 'POST' : 'GET',
    path: `/api/patients/${parts.patientId}/appointments${parts.query}`,
    headers: {
      'x-canary': CANARY,
      ...(parts.isPost && { 'content-type': parts.contentType }),
      ...(parts.key !== null && { 'idempotency-key': parts.key }),
    },
    body: parts.isPost ? parts.bytes : Buffer.alloc(0),
  }));

/** Lone surrogates cannot be written as UTF-8: they go as the replacement character, as browsers send them. */
function percentEncoded(any: string): string {
  return encodeURIComponent(any.toWellFormed());
}

async function send(
  { url }: HttpFront,
  { method, path, headers, body }: RawRequest,
): Promise<RawAnswer> {
  // Not by fetch, which would mend the path and the headers.
  const { hostname, port } = new URL(url);
  const outgoing = httpRequest({ hostname, port, method, path, headers });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return {
    status: answer.statusCode ?? 0,
    type: answer.headers['content-type'],
    body: await text(answer),
  };
}

/** Why an answer is wrong, if it is. */
function fault(
  request: RawRequest,
  { status, type, body: answered }: RawAnswer,
  storeFails: boolean,
): string | undefined {
  if (status >= 500 && !(status === 503 && storeFails)) return `${status}: ${answered}`;
  if (status !== 503 && request.expected && !request.expected.includes(status)) {
    return `${status} instead of ${request.expected.join(' or ')}`;
  }
  if (status < 400) return undefined;
  const problem = JSON.parse(answered) as { type?: unknown; status?: unknown };
  if (problem.type === undefined && !isRouted(request.path)) return undefined;
  const isProblem =
    type === 'application/problem+json' &&
    /^urn:problem:[a-z-]+$/.test(String(problem.type)) &&
    problem.status === status;
  return isProblem ? undefined : `${status} is not problem details: ${answered}`;
}

/** Whether a path reaches a function: what it cannot route, the gateway answers itself. */
function isRouted(path: string): boolean {
  const [, id] = /^\/api\/patients\/([^/?]+)\/appointments(?:\?|$)/.exec(path) ?? [];
  try {
    return id !== undefined && decodeURIComponent(id).length > 0;
  } catch {
    return false;
  }
}

async function sendAll(
  world: World,
  size: number,
  storeFails: boolean,
): Promise<{ violations: string[]; figure: string; reached: number }> {
  const requests = [...NASTY, ...fc.sample(anyRequest, { seed: world.seed, numRuns: size })];
  const counts = new Map<number, number>();
  const violations: string[] = [];
  let reached = 0;
  await inParallel(requests.slice(0, size), 16, async (request) => {
    const answer = await send(world.api, request);
    counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
    if (!answer.body.startsWith('{"message":')) reached += 1;
    const reason = fault(request, answer, storeFails);
    if (reason !== undefined) {
      violations.push(
        `${request.method} ${request.path.slice(0, 80)} ${request.body.toString().slice(0, 200)}: ${reason}`,
      );
    }
  });
  const figure = [...counts]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${status}: ${count}`);
  return { violations, figure: figure.join(', '), reached };
}

async function createCanaries({ people }: World): Promise<void> {
  const name = { firstName: CANARY as Name, lastName: CANARY as Name };
  await people.store([
    { patientId: CANARY as Id, ...name },
    { practitionerId: CANARY as Id, npi: CANARY, ...name },
  ]);
}

export const MALFORMED: Property = {
  name: 'malformed bodies, headers, paths, queries, types and encodings: never a 5xx, every 4xx is problem details',
  size: 10_000,
  smallSize: 400,
  async check(world, size) {
    await createCanaries(world);
    const { violations, figure } = await sendAll(world, size, false);
    return { tried: size, violations, figure };
  },
};

export const CANARIES: Property = {
  name: 'a canary in every field of those requests is in no line of the log, also when the store fails',
  size: 10_000,
  smallSize: 400,
  async check(world, size) {
    await createCanaries(world);
    const before = world.api.logLines.length;
    world.proxy.choose(seededFaults(world.seed, { 'internal-error': 0.5, 'drop-answer': 0.2 }));
    const { violations, figure, reached } = await sendAll(world, size, true);
    world.proxy.choose(() => undefined);
    const lines = await linesSince(world, before, reached);
    violations.push(
      ...lines.filter((line) => line.includes(CANARY)).map((line) => `logged: ${line}`),
    );
    if (lines.length !== reached) {
      violations.push(`${lines.length} lines for ${reached} requests that reached a function`);
    }
    const failures = lines.filter((line) => line.includes('"level":"ERROR"')).length;
    if (failures === 0) violations.push('no failure was logged: nothing is shown of failures');
    return {
      tried: size,
      violations,
      figure: `${lines.length} lines, ${failures} of failures; ${figure}`,
    };
  },
};

/** The lines that the functions have printed since, when there are as many as requests, or after 5 s. */
async function linesSince({ api }: World, before: number, count: number): Promise<string[]> {
  for (let tries = 0; tries < 100 && api.logLines.length < before + count; tries += 1)
    await sleep(50);
  return api.logLines.slice(before);
}
