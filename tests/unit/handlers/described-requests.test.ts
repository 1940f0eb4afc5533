import {
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { handler as commands } from '../../../src/handlers/appointment-commands.ts';
import { handler as queries } from '../../../src/handlers/appointment-queries.ts';
import {
  bodyOf,
  DESCRIPTION,
  parametersOf,
  type Schema,
  validatorOf,
} from '../../support/api-description.ts';
import { captureLog } from '../../support/capture-log.ts';
import { type Answer, bookingEvent, httpEvent, invoke } from '../../support/http-event.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, BOB_ITEM } from '../../support/people.ts';
import { answerReads } from '../../support/store-reads.ts';

const RUNS = { numRuns: 1000 };

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();

// Every person exists, every date is free, and every id that the service can have given to an appointment exists, so
// only the form of a request can be wrong.
beforeEach(() => {
  store.reset();
  answerReads(store, itemAt);
  store
    .on(PutCommand)
    .resolves({})
    .on(UpdateCommand)
    .resolves({})
    .on(TransactWriteCommand)
    .resolves({})
    .on(QueryCommand)
    .callsFake(query);
  log.splice(0);
});

const IS_VERSION_4 = /^.{14}4.{4}[89ab]/;

function itemAt({ PK, SK }: { PK: string; SK: string }) {
  const [kind, date = '', id = APPOINTMENT_ITEM.appointment_id] = SK.split('#');
  if (kind === 'DAY') {
    if (!IS_VERSION_4.test(id)) return undefined;
    return { ...APPOINTMENT_ITEM, appointment_id: id, start_time: `${date}T00:00:00Z` };
  }
  return PK.startsWith('PATIENT#') ? ALEXEI_ITEM : BOB_ITEM;
}

/** Finds the first appointment of an agenda that it can, and nothing else. Like DynamoDB, fails if a range is reversed. */
function query({ IndexName, ExpressionAttributeValues = {} }: QueryCommandInput) {
  const { ':first': first, ':last': last } = ExpressionAttributeValues as Record<string, string>;
  if (first !== undefined && last !== undefined && first > last) {
    throw Object.assign(new Error('The BETWEEN operator requires upper bound >= lower bound'), {
      name: 'ValidationException',
    });
  }
  return { Items: IndexName === undefined ? [] : [{ ...APPOINTMENT_ITEM, start_time: first }] };
}

interface Request {
  readonly path: Readonly<Record<string, string>>;
  readonly header: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

async function send(route: string, { path, header, query, body }: Request): Promise<Answer> {
  const headers = Object.fromEntries(
    Object.entries(header).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const event = bodyOf(route) ? bookingEvent(body) : httpEvent();
  return invoke(route.startsWith('POST ') ? commands : queries, {
    ...event,
    routeKey: route,
    headers: { ...event.headers, ...headers },
    pathParameters: path,
    queryStringParameters: query,
  });
}

interface ObjectSchema extends Schema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly required: readonly string[];
}

/** Values that a schema allows. Supports the keywords of the request schemas. */
function allowedBy(schema: Schema): fc.Arbitrary<unknown> {
  const { anyOf, pattern, minimum, maximum, properties, required } = schema as Schema &
    Partial<ObjectSchema> & {
      anyOf?: Schema[];
      pattern?: string;
      minimum: number;
      maximum: number;
    };
  const values = schema['enum'] as unknown[] | undefined;
  if (values) return fc.constantFrom(...values);
  if (anyOf) return fc.oneof(...anyOf.map(allowedBy));
  if (schema['type'] === 'integer') {
    return fc.oneof(
      fc.integer({ min: minimum, max: Math.min(maximum, 2 ** 31 - 1) }),
      fc.constantFrom(minimum, maximum),
    );
  }
  if (schema['format'] === 'uuid') {
    return fc.oneof(
      { weight: 3, arbitrary: fc.uuid({ version: 4 }) },
      { weight: 1, arbitrary: fc.stringMatching(new RegExp(pattern ?? '')) },
    );
  }
  if (pattern !== undefined) {
    const text = fc.stringMatching(new RegExp(pattern));
    return schema['format'] === undefined
      ? text
      : text.filter((value) => validatorOf(schema)(value));
  }
  if (properties) {
    const members = Object.entries(properties).map(([name, member]) => [name, allowedBy(member)]);
    return fc.record(
      Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>,
      {
        requiredKeys: required ?? [],
      } as object,
    );
  }
  throw new Error(`No values are known for ${JSON.stringify(schema)}.`);
}

/** Values that a schema forbids, many of them only slightly wrong. */
function forbiddenBy(schema: Schema): fc.Arbitrary<unknown> {
  return nearlyAllowedBy(schema).filter((value) => !validatorOf(schema)(value));
}

function nearlyAllowedBy(schema: Schema): fc.Arbitrary<unknown> {
  const { properties } = schema as Partial<ObjectSchema>;
  if (properties) {
    const names = Object.keys(properties);
    const broken = fc.oneof(
      ...Object.entries(properties).map(([name, member]) =>
        fc.tuple(fc.constant(name), forbiddenBy(member)),
      ),
      fc.tuple(
        fc.string().filter((name) => !names.includes(name) && name !== '__proto__'),
        fc.jsonValue(),
      ),
      fc.tuple(fc.constantFrom(...names), fc.constant(undefined)),
    );
    return fc.tuple(allowedBy(schema), broken).map(([value, [name, member]]) => {
      const { [name]: _, ...others } = value as Record<string, unknown>;
      return member === undefined ? others : { ...others, [name]: member };
    });
  }
  const texts = allowedBy(schema).map(String);
  const char = fc.constantFrom(' ', '-', ':', '0', '9', 'T', 't', 'z', '.', '#', '/', 'é', '\n');
  return fc.oneof(
    fc.jsonValue(),
    fc.integer(),
    fc.double(),
    fc.string(),
    fc.tuple(texts, fc.nat(), char).map(([text, at, c]) => {
      const i = at % (text.length + 1);
      return text.slice(0, i) + c + text.slice(i);
    }),
    fc.tuple(texts, fc.nat(), char).map(([text, at, c]) => {
      const i = at % text.length;
      return text.slice(0, i) + c + text.slice(i + 1);
    }),
    fc.tuple(texts, fc.nat()).map(([text, at]) => {
      const i = at % text.length;
      return text.slice(0, i) + text.slice(i + 1);
    }),
  );
}

/** Parameters are text. Other values take the form that they have in JSON. */
const asText = (values: fc.Arbitrary<unknown>) =>
  values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
const readAs = (schema: Schema, text: string) =>
  schema['type'] === 'integer' && String(Number(text)) === text ? Number(text) : text;

/** The media types that the description allows in prose: `application/json` and `application/*+json`. */
const MEDIA_TYPES = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-8',
  'application/vnd.clinic+json',
);

function allowedRequests(route: string): fc.Arbitrary<Request> {
  const place = (name: string) => {
    const parameters = parametersOf(route).filter((parameter) => parameter.in === name);
    return fc.record(
      Object.fromEntries(
        parameters.map((parameter) => [parameter.name, asText(allowedBy(parameter.schema))]),
      ),
      { requiredKeys: parameters.filter((p) => p.required).map((p) => p.name) },
    ) as fc.Arbitrary<Record<string, string>>;
  };
  const body = bodyOf(route);
  return fc.record({
    path: place('path'),
    header: fc.tuple(place('header'), MEDIA_TYPES).map(([header, type]) => ({
      ...header,
      'Content-Type': type,
    })),
    query: place('query'),
    ...(body && {
      body: fc
        .tuple(allowedBy(body), fc.boolean())
        .map(([value, ends]) => (ends ? withEnd(value) : value)),
    }),
  });
}

/** A body with the right end, if it has a start that is a time. */
function withEnd(body: unknown): unknown {
  const { start_time = '' } = body as { start_time?: string };
  const start = Date.parse(start_time.replace(' ', 'T').replace(/(?:Z|\+00:00)?$/, 'Z'));
  const end = new Date(start + 30 * 60_000);
  return Number.isNaN(start) ? body : { ...(body as object), end_time: end.toISOString() };
}

function forbiddenRequests(route: string): fc.Arbitrary<Request> {
  const parameters = parametersOf(route).map((parameter) =>
    fc.record({
      place: fc.constant(parameter.in),
      name: fc.constant(parameter.name),
      value: asText(nearlyAllowedBy(parameter.schema)).filter(
        (text) => !validatorOf(parameter.schema)(readAs(parameter.schema, text)),
      ),
    }),
  );
  const schema = bodyOf(route);
  const body =
    schema &&
    fc.record({
      place: fc.constant('body' as const),
      name: fc.constant(''),
      value: fc.oneof(
        forbiddenBy(schema),
        fc.jsonValue().filter((json) => !validatorOf(schema)(json)),
      ),
    });
  const known = parametersOf(route).map(({ name }) => name);
  const unknown = fc.record({
    place: fc.constant('query' as const),
    name: fc.string().filter((name) => !known.includes(name) && name !== '__proto__'),
    value: fc.string(),
  });
  const broken = fc.oneof(...parameters, unknown, ...(body ? [body, body, body] : []));
  return fc
    .tuple(allowedRequests(route), broken)
    .map(([request, { place, name, value }]) =>
      place === 'body'
        ? { ...request, body: JSON.stringify(value) }
        : { ...request, [place]: { ...request[place], [name]: value } },
    );
}

/** What a JSON Schema cannot express: the faults, and their names in the description. */
const EXCEPTED: readonly [place: string, detail: RegExp, named: string][] = [
  ['/start_time', /^must be a date that exists$/, 'a date does not exist'],
  ['/end_time', /^must be a date that exists$/, 'a date does not exist'],
  [
    '/end_time',
    /^must be 30 minutes after start_time$/,
    '`end_time` is not `start_time` plus 30 minutes',
  ],
  ['/start_time', /^must not be after 9999-12-31T23:00:00Z/, 'would not end before the year 10000'],
  ['from', /^must not be after "to"$/, '`from` is after `to`'],
  ['after', /^must be the "after" of a link to the next page$/, 'a date does not exist'],
];

interface Fault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
  readonly detail: string;
}

function notExcepted({ body }: Answer): Fault[] {
  return (body as { errors: Fault[] }).errors.filter(
    ({ pointer, parameter, header, detail }) =>
      !EXCEPTED.some(
        ([place, fault]) => place === (pointer ?? parameter ?? header) && fault.test(detail),
      ),
  );
}

/** The appointments or slots of an answer that are not on the requested dates. */
function outOfRange({ query }: Request, { body }: Answer) {
  const { date, from = date ?? '1900-01-01', to = date ?? '9999-12-31' } = query;
  return [body as object | object[]].flat().filter((one) => {
    const { start_time = '' } = one as { start_time?: string };
    return start_time < from || start_time.slice(0, 10) > to;
  });
}

const ROUTES = Object.entries(DESCRIPTION.paths).flatMap(([path, operations]) =>
  Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
);

describe.each(ROUTES)('%s', (route) => {
  it('accepts every request that the description allows', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(allowedRequests(route), async (request) => {
        const answer = await send(route, request);
        if (answer.status === 200 || answer.status === 201) {
          taken += 1;
          expect(outOfRange(request, answer)).toEqual([]);
        } else if (answer.status !== 404) {
          expect(answer).toMatchObject({ status: 400 });
          expect(notExcepted(answer)).toEqual([]);
        }
      }),
      RUNS,
    );
    expect(taken).toBeGreaterThan(RUNS.numRuns / 4);
  });

  it('rejects every request that the description forbids', async () => {
    await fc.assert(
      fc.asyncProperty(forbiddenRequests(route), async (request) => {
        const { status } = await send(route, request);
        expect(status).toBe(400);
      }),
      RUNS,
    );
  });
});

describe('the description', () => {
  it.each(EXCEPTED)('names the exception for %s: %s', (_place, _fault, named) => {
    expect(DESCRIPTION.info.description).toContain(named);
  });
});
