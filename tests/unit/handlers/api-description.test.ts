import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { parse } from 'yaml';
import {
  EXAMPLES_FILE,
  type Example,
  readExamples,
} from '../../../scripts/api-description/examples.ts';
import { OPERATIONS } from '../../../scripts/api-description/operations.ts';
import { ROOT } from '../../../scripts/local/local-folder.ts';
import { appointmentCommands } from '../../../src/handlers/appointment-commands.ts';
import { appointmentQueries } from '../../../src/handlers/appointment-queries.ts';
import { connect } from '../../../src/handlers/environment.ts';
import { PROBLEM_TYPES } from '../../../src/handlers/http/problems.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import type { Item } from '../../../src/repositories/store.ts';
import {
  DESCRIPTION,
  operationOf,
  parametersOf,
  responsesOf,
} from '../../support/api-description.ts';
import { captureLog } from '../../support/capture-log.ts';
import {
  type Answer,
  answerOf,
  bookingEvent,
  httpEvent,
  invoke,
} from '../../support/http-event.ts';
import {
  ALEXEI_ITEM,
  APPOINTMENT_ITEM,
  BOB_ITEM,
  CANCELLED,
  ID,
  OTHER_ID,
  RESCHEDULED,
  SLOT_ITEM,
} from '../../support/people.ts';
import { APPOINTMENT } from '../../support/responses.ts';
import { conditionFailed, transactionCanceled } from '../../support/store-errors.ts';
import { storeHolds } from '../../support/store-reads.ts';

const store = mockClient(DynamoDBDocumentClient);
captureLog();

const TABLE = 'appointments-test';

function resetStore() {
  store.reset();
  storeHolds(store, PEOPLE);
  store
    .on(PutCommand)
    .resolves({})
    .on(UpdateCommand)
    .resolves({})
    .on(TransactWriteCommand)
    .resolves({})
    .on(QueryCommand)
    .resolves({ Items: [] });
}

beforeEach(resetStore);

const { requestBody } = operationOf('POST /api/patients/{patient_id}/appointments');
const BOOKING = {
  ...requestBody?.content['application/json'].example,
  start_time: '2021-01-07 00:00:00',
};
const KEY = { 'Idempotency-Key': '4c1f0b52-9d0e-4f5e-8a37-2f6d1c7be901' };
const STORED = { ...APPOINTMENT_ITEM, idempotency_key: KEY['Idempotency-Key'] };
const RESCHEDULE = { appointment_id: ID, start_time: '2021-01-08 09:30:00' };
/** The stored item of another appointment of the next date. */
const NEXT_ITEM = {
  ...APPOINTMENT_ITEM,
  SK: 'DAY#2021-01-08',
  appointment_id: OTHER_ID,
  start_time: '2021-01-08T09:30:00Z',
};
/** The same, if it replaced Alexei's appointment. */
const REPLACEMENT = {
  ...NEXT_ITEM,
  created_at: RESCHEDULED.rescheduled_at,
  rescheduled_from: { date: '2021-01-07', appointment_id: ID },
};

const MATHEW_ITEM = { ...ALEXEI_ITEM, PK: 'PATIENT#2', patient_id: '2', first_name: 'Mathew' };
/** Mathew's appointment with Bob, at the time of Alexei's. */
const MATHEWS_ITEM = {
  ...APPOINTMENT_ITEM,
  PK: MATHEW_ITEM.PK,
  patient_id: MATHEW_ITEM.patient_id,
  appointment_id: OTHER_ID,
};
const PEOPLE = [ALEXEI_ITEM, MATHEW_ITEM, BOB_ITEM];

interface Case {
  /** The claims of the token in a deployment that requires one, or no token although one is required. */
  readonly token?: Readonly<Record<string, string>> | 'missing';
  /** Path parameters, a query, or a body, other than those of the operation's first case. */
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** In a deployment that rejects double booking. */
  readonly rejects?: true;
  /** Sets up the store. */
  readonly given?: () => void;
}

const WORTHLESS = { scope: 'openid' };
const taken = (item: Record<string, unknown>) => () => {
  store.on(PutCommand).rejects(conditionFailed(item));
};
const stored =
  (...items: Item[]) =>
  () => {
    storeHolds(store, [...PEOPLE, ...items]);
  };
const queried =
  (...Items: Record<string, unknown>[]) =>
  () => {
    store.on(QueryCommand).resolves({ Items });
  };
/** A transaction fails on Alexei's stored appointment for the reasons. */
const refused =
  (...reasons: (Record<string, unknown> | null)[]) =>
  () => {
    stored(APPOINTMENT_ITEM)();
    store.on(TransactWriteCommand).rejects(transactionCanceled(...reasons));
  };
const throttled = () => {
  store.rejects(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }));
};
const broken = () => {
  store.rejects(new Error('not foreseen'));
};

/** One request for each kind of response, the first of them a success. The responses are the examples of the description. */
const CASES: Readonly<Record<string, Readonly<Record<string, Case>>>> = {
  bookAppointment: {
    booked: { path: { patient_id: '1' }, body: BOOKING },
    'retried with the same key': { headers: KEY, given: taken(STORED) },
    'several faults': {
      body: {
        practitioner_id: 'Dr Bob',
        start_time: '2021-01-07 00:15:00',
        patient: 1,
      },
      headers: { 'Idempotency-Key': 'Schlüssel' },
    },
    'no identity': { token: 'missing' },
    'access denied': { token: WORTHLESS },
    'patient not found': { path: { patient_id: '3' } },
    'practitioner not found': { body: { ...BOOKING, practitioner_id: 3 } },
    'date taken': { given: taken(APPOINTMENT_ITEM) },
    'practitioner taken': {
      rejects: true,
      given: () => {
        store.on(TransactWriteCommand).rejects(transactionCanceled(null, SLOT_ITEM));
      },
    },
    'retried after a cancellation': { headers: KEY, given: taken({ ...STORED, ...CANCELLED }) },
    'retried after a reschedule': { headers: KEY, given: taken({ ...STORED, ...RESCHEDULED }) },
    'body too large': { body: { ...BOOKING, note: 'x'.repeat(17_000) } },
    'not JSON': { headers: { 'Content-Type': 'text/plain' } },
    'key reused': {
      body: { ...BOOKING, practitioner_id: '1', start_time: '2021-01-07T09:30:00Z' },
      headers: KEY,
      given: taken(STORED),
    },
    'internal error': { given: broken },
    'store unavailable': { given: throttled },
  },
  listAppointments: {
    'no appointments': { path: { patient_id: '1' } },
    'first page': {
      query: { limit: '1' },
      given: queried(APPOINTMENT_ITEM, NEXT_ITEM),
    },
    'cancelled and rescheduled too': {
      query: { status: 'all' },
      given: queried({ ...APPOINTMENT_ITEM, ...RESCHEDULED }, { ...REPLACEMENT, ...CANCELLED }),
    },
    'several faults': { query: { from: '2021-02-30', status: 'cancelled', limit: '0' } },
    'no identity': { token: 'missing' },
    'access denied': { token: WORTHLESS },
    'patient not found': { path: { patient_id: '3' } },
    'internal error': { given: broken },
    'store unavailable': { given: throttled },
  },
  getAppointment: {
    booked: { path: { patient_id: '1', date: '2021-01-07' }, given: stored(APPOINTMENT_ITEM) },
    cancelled: { given: stored({ ...APPOINTMENT_ITEM, ...CANCELLED }) },
    rescheduled: { given: stored({ ...APPOINTMENT_ITEM, ...RESCHEDULED }) },
    'several faults': { path: { patient_id: 'Alexei Isac', date: '2021-02-30' } },
    'no identity': { token: 'missing' },
    'access denied': { token: WORTHLESS },
    'patient not found': { path: { patient_id: '3' } },
    'appointment not found': {},
    'internal error': { given: broken },
    'store unavailable': { given: throttled },
  },
  cancelAppointment: {
    cancelled: {
      path: { patient_id: '1', date: '2021-01-07' },
      body: { appointment_id: ID, reason: 'pat' },
      given: stored(APPOINTMENT_ITEM),
    },
    repeated: { given: stored({ ...APPOINTMENT_ITEM, ...CANCELLED }) },
    'several faults': {
      path: { date: '2021-02-30' },
      body: { appointment_id: 1, reason: 'has the flu', note: 'call back' },
    },
    'no identity': { token: 'missing' },
    'access denied': { token: WORTHLESS },
    'patient not found': { path: { patient_id: '3' } },
    'appointment not found': {
      body: { appointment_id: OTHER_ID },
      given: stored(APPOINTMENT_ITEM),
    },
    'already rescheduled': { given: stored({ ...APPOINTMENT_ITEM, ...RESCHEDULED }) },
    'body too large': { body: { appointment_id: ID, note: 'x'.repeat(17_000) } },
    'not JSON': { headers: { 'Content-Type': 'text/plain' } },
    'internal error': { given: broken },
    'store unavailable': { given: throttled },
  },
  rescheduleAppointment: {
    rescheduled: {
      path: { patient_id: '1', date: '2021-01-07' },
      body: RESCHEDULE,
      given: stored(APPOINTMENT_ITEM),
    },
    repeated: { given: stored({ ...APPOINTMENT_ITEM, ...RESCHEDULED }, REPLACEMENT) },
    'nothing to change': {
      body: { ...RESCHEDULE, start_time: APPOINTMENT.start_time },
      given: stored(APPOINTMENT_ITEM),
    },
    'several faults': {
      path: { date: '2021-02-30' },
      body: { start_time: '2021-01-08 09:30:00', end_time: '2021-01-08 10:30:00', reason: 'pat' },
    },
    'no identity': { token: 'missing' },
    'access denied': { token: WORTHLESS },
    'patient not found': { path: { patient_id: '3' } },
    'practitioner not found': {
      body: { ...RESCHEDULE, practitioner_id: 3 },
      given: stored(APPOINTMENT_ITEM),
    },
    'appointment not found': {},
    'date taken': {
      given: refused(null, NEXT_ITEM),
    },
    'practitioner taken': { rejects: true, given: refused(null, null, SLOT_ITEM) },
    'already cancelled': { given: stored({ ...APPOINTMENT_ITEM, ...CANCELLED }) },
    'already rescheduled': { given: stored({ ...APPOINTMENT_ITEM, ...RESCHEDULED }) },
    'body too large': { body: { ...RESCHEDULE, note: 'x'.repeat(17_000) } },
    'not JSON': { headers: { 'Content-Type': 'text/plain' } },
    'internal error': { given: broken },
    'store unavailable': { given: throttled },
  },
  getAgenda: {
    'no appointments': { path: { practitioner_id: '1' } },
    'two patients at one time': { given: queried(APPOINTMENT_ITEM, MATHEWS_ITEM) },
    'first page': {
      query: { limit: '1' },
      given: queried(APPOINTMENT_ITEM, MATHEWS_ITEM),
    },
    'several faults': { query: { from: '2021-02-30', order: 'up', after: ID, limit: '101' } },
    'no identity': { token: 'missing' },
    'access denied': { token: { scope: 'patient/*.*', patient: '1' } },
    'practitioner not found': { path: { practitioner_id: '3' } },
    'internal error': { given: broken },
    'store unavailable': { given: throttled },
  },
  getSlots: {
    'first slot busy': {
      path: { practitioner_id: '1' },
      query: { date: '2021-01-07' },
      rejects: true,
      given: queried(SLOT_ITEM),
    },
    'date missing': { query: {} },
    'no identity': { token: 'missing' },
    'access denied': { token: { scope: 'user/Appointment.*' } },
    'practitioner not found': { path: { practitioner_id: '3' } },
    'internal error': { given: broken },
    'store unavailable': { given: throttled },
  },
};

const ROUTES = OPERATIONS.map(({ route }) => route);

const ALL = OPERATIONS.flatMap(({ route, examples: operation }) => {
  const [first, ...others] = Object.entries(CASES[operation] ?? {});
  if (first === undefined) throw new Error(`${operation} has no cases`);
  const { path, query, body } = first[1];
  return [first, ...others].map(([name, request]) => ({
    route,
    operation,
    name,
    request: { query, body, ...request, path: { ...path, ...request.path } },
  }));
});

/** The first request of each route. */
const FIRST = ALL.filter(({ route }, index) => route !== ALL[index - 1]?.route);

type Exchange = Pick<(typeof ALL)[number], 'route' | 'request'>;

function eventOf({ route, request }: Exchange) {
  const { token, path, headers = {}, query, body } = request;
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const event =
    body === undefined ? httpEvent(query && { queryStringParameters: query }) : bookingEvent(body);
  return {
    ...event,
    routeKey: route,
    pathParameters: path,
    headers: { ...event.headers, ...(Object.fromEntries(lowerCase) as Record<string, string>) },
    requestContext: {
      ...event.requestContext,
      ...(typeof token === 'object' && { authorizer: { jwt: { claims: token, scopes: null } } }),
    },
  } as APIGatewayProxyEventV2;
}

async function answerTo({ route, request }: Exchange, ask: typeof invoke): Promise<Answer> {
  resetStore();
  request.given?.();
  const auth = request.token === undefined ? 'none' : 'jwt';
  const doubleBooking = request.rejects ? 'reject' : 'allow';
  const dependencies = connect({ auth, tableName: TABLE, doubleBooking }, createRepositories);
  const functionOf = route.startsWith('POST') ? appointmentCommands : appointmentQueries;
  return ask(functionOf(dependencies), eventOf({ route, request }));
}

/** A new appointment has a different id each time, and a request is made at a different time. */
function withFixedValues(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('appointment_id' in body)) return body;
  const { appointment_id, created_at } = 'rescheduled_from' in body ? REPLACEMENT : APPOINTMENT;
  const { cancelled_at } = CANCELLED;
  return { ...body, appointment_id, created_at, ...('cancelled_at' in body && { cancelled_at }) };
}

describe('the API description', () => {
  it('has the responses of the functions as examples', async () => {
    const examples: Record<string, Record<string, Example>> = {};
    for (const each of ALL) {
      const { status = 200, body } = await answerTo(each, answerOf);
      (examples[each.operation] ??= {})[each.name] = { status, body: withFixedValues(body) };
    }
    if (process.env['UPDATE_DOCS'] === '1') {
      await writeFile(EXAMPLES_FILE, `${JSON.stringify(examples, null, 2)}\n`);
    }

    expect(readExamples()).toEqual(examples);
  });

  it.each(ALL)('describes the response of $route: $name', async (each) => {
    const { status } = await answerTo(each, invoke);

    expect(status).toBe(readExamples()[each.operation]?.[each.name]?.status);
  });

  it('describes no status, problem or header that is never returned', async () => {
    const answered = new Set<string>();
    for (const each of ALL) {
      const { status, headers, body } = await answerTo(each, answerOf);
      const { type = 'no problem' } = body as { type?: string };
      for (const part of [type, ...Object.keys(headers ?? {})]) {
        if (part !== 'Content-Type') answered.add(`${each.route} ${status} ${part}`);
      }
    }

    const described = ROUTES.flatMap((route) =>
      responsesOf(operationOf(route)).flatMap(([status, { headers = {}, content }]) => {
        // No function returns the gateway's own responses.
        if (status >= 400 && content['application/problem+json'] === undefined) return [];
        const problems = content['application/problem+json']?.schema as ProblemSchema | undefined;
        const parts = [...(problems ? typesOf(problems) : ['no problem']), ...Object.keys(headers)];
        return parts.map((part) => `${route} ${status} ${part}`);
      }),
    );
    expect([...answered].sort()).toEqual(described.sort());
    expect(described.filter((line) => line.includes('urn:problem:'))).toHaveLength(77);
    expect(new Set(described.map((line) => /urn:problem:.*/.exec(line)?.[0])).size - 1).toBe(
      Object.keys(PROBLEM_TYPES).length,
    );
  });

  it('has the routes of the deployment', async () => {
    const { functions } = parse(await readFile(join(ROOT, 'serverless.yml'), 'utf8')) as {
      functions: Record<string, { events: { httpApi: { method: string; path: string } }[] }>;
    };
    const routes = Object.values(functions)
      .flatMap(({ events }) => events)
      .map(({ httpApi: { method, path } }) => `${method} ${path}`);

    expect(routes.sort()).toEqual(ROUTES.toSorted());
    expect(
      Object.entries(DESCRIPTION.paths)
        .flatMap(([path, operations]) =>
          Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
        )
        .sort(),
    ).toEqual(routes);
  });

  it.each(FIRST)('lists scopes for $route that all allow it', async ({ route, ...first }) => {
    const scopes = operationOf(route).security.flatMap(({ jwt = [] }) => jwt);
    // Patients have no agenda.
    expect(scopes).toHaveLength(first.operation === 'getAgenda' ? 4 : 6);
    const success = readExamples()[first.operation]?.[first.name]?.status;
    expect(success).toBeLessThan(300);
    for (const scope of scopes) {
      const request = { ...first.request, token: { scope, patient: '1' } };
      const { status } = await answerTo({ route, request }, invoke);
      expect([scope, status]).toEqual([scope, success]);
    }
  });

  it.each(ROUTES)("describes API Gateway's own responses to %s", (route) => {
    const { security } = operationOf(route);

    expect(security).toContainEqual({ iam: [] });
    const ofGateway = responsesOf(operationOf(route))
      .filter(([status, { content }]) => status >= 400 && 'application/json' in content)
      .map(([status]) => status);
    expect(ofGateway).toEqual([401, 403, 429, 500, 503]);
    const required = parametersOf(route).filter((parameter) => parameter.required === true);
    expect(required.map(({ name }) => name)).toEqual([
      ...Array.from(route.matchAll(/\{(\w+)\}/g), ([, name]) => name),
      ...(route.endsWith('/slots') ? ['date'] : []),
    ]);
  });

  it('says how large a body may be', () => {
    expect(DESCRIPTION.info.description).toContain(
      'A body of more than 16,384 bytes is rejected with 413.',
    );
  });

  it('has the real defaults of limit, order, and status', async () => {
    const [limit, order, status] = ['limit', 'order', 'status'].map(
      (name) =>
        parametersOf('GET /api/patients/{patient_id}/appointments').find(
          (parameter) => parameter.name === name,
        )?.schema['default'],
    );

    await invoke(
      appointmentQueries(
        connect({ auth: 'none', tableName: 't', doubleBooking: 'allow' }, createRepositories),
      ),
      httpEvent(),
    );

    expect(store.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({
      Limit: Number(limit) + 1,
      ScanIndexForward: order === 'asc',
      ...(status === 'booked' && { FilterExpression: 'attribute_not_exists(#status)' }),
    });
  });
});

type ProblemSchema =
  | { readonly $ref: string }
  | { readonly oneOf: readonly { readonly $ref: string }[] };

/** The problem types of a schema. */
function typesOf(schema: ProblemSchema): string[] {
  return ('oneOf' in schema ? schema.oneOf : [schema]).map(({ $ref }) => {
    const { type } = DESCRIPTION.components.schemas[$ref.slice($ref.lastIndexOf('/') + 1)]?.[
      'properties'
    ] as { type: { const: string } };
    return type.const;
  });
}
