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
import { mockClient } from 'aws-sdk-client-mock';
import { parse } from 'yaml';
import { EXAMPLES, EXAMPLES_FILE } from '../../../scripts/api-description/examples.ts';
import { OPERATIONS } from '../../../scripts/api-description/operations.ts';
import { ROOT } from '../../../scripts/local/local-folder.ts';
import { appointmentCommands } from '../../../src/handlers/appointment-commands.ts';
import { appointmentQueries } from '../../../src/handlers/appointment-queries.ts';
import { connect } from '../../../src/handlers/environment.ts';
import { PROBLEM_TYPES, type ProblemCode } from '../../../src/handlers/http/problems.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import type { Item } from '../../../src/repositories/store.ts';
import {
  assertDescribed,
  DESCRIPTION,
  operationOf,
  parametersOf,
  responsesOf,
  type Schema,
} from '../../support/api-description.ts';
import { captureLog } from '../../support/capture-log.ts';
import { answerOf, bookingEvent, httpEvent, invoke } from '../../support/http-event.ts';
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

const BOOKING = { practitioner_id: 1, start_time: '2021-01-07 00:00:00' };
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
  /** The successful status, or the problem. */
  readonly outcome: 200 | 201 | ProblemCode;
  /** The claims of the token in a deployment that requires one, or no token although one is required. */
  readonly token?: Readonly<Record<string, string>> | 'missing';
  /** What differs from the operation's first case. */
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  /** In a deployment that rejects double booking. */
  readonly rejects?: true;
  /** Sets up the store. */
  readonly given?: () => void;
}

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

const NO_PATIENT: Case = { outcome: 'patient-not-found', path: { patient_id: '3' } };
const NO_PRACTITIONER: Case = { outcome: 'practitioner-not-found', path: { practitioner_id: '3' } };
const ALREADY_RESCHEDULED: Case = {
  outcome: 'appointment-rescheduled',
  given: stored({ ...APPOINTMENT_ITEM, ...RESCHEDULED }),
};

/**
 * Requests for each response of an operation, the first of them a success. The first request with an outcome gives the
 * example of it.
 */
const CASES: Readonly<Record<string, readonly [Case, ...Case[]]>> = {
  bookAppointment: [
    { outcome: 201, path: { patient_id: '1' }, body: BOOKING },
    { outcome: 201, headers: KEY, given: taken(STORED) },
    {
      outcome: 'invalid-request',
      body: { practitioner_id: 'Dr Bob', start_time: '2021-01-07 00:15:00', patient: 1 },
      headers: { 'Idempotency-Key': 'Schlüssel' },
    },
    NO_PATIENT,
    { outcome: 'practitioner-not-found', body: { ...BOOKING, practitioner_id: 3 } },
    { outcome: 'patient-day-taken', given: taken(APPOINTMENT_ITEM) },
    {
      outcome: 'practitioner-slot-taken',
      rejects: true,
      given: () => {
        store.on(TransactWriteCommand).rejects(transactionCanceled(null, SLOT_ITEM));
      },
    },
    { outcome: 'appointment-cancelled', headers: KEY, given: taken({ ...STORED, ...CANCELLED }) },
    {
      outcome: 'appointment-rescheduled',
      headers: KEY,
      given: taken({ ...STORED, ...RESCHEDULED }),
    },
    {
      outcome: 'idempotency-key-reused',
      body: { practitioner_id: '1', start_time: '2021-01-07T09:30:00Z' },
      headers: KEY,
      given: taken(STORED),
    },
  ],
  listAppointments: [
    {
      outcome: 200,
      path: { patient_id: '1' },
      query: { limit: '1' },
      given: queried(APPOINTMENT_ITEM, NEXT_ITEM),
    },
    {
      outcome: 200,
      query: { status: 'all' },
      given: queried({ ...APPOINTMENT_ITEM, ...RESCHEDULED }, { ...REPLACEMENT, ...CANCELLED }),
    },
    NO_PATIENT,
  ],
  getAppointment: [
    {
      outcome: 200,
      path: { patient_id: '1', date: '2021-01-07' },
      given: stored(APPOINTMENT_ITEM),
    },
    NO_PATIENT,
    { outcome: 'appointment-not-found' },
  ],
  cancelAppointment: [
    {
      outcome: 200,
      path: { patient_id: '1', date: '2021-01-07' },
      body: { appointment_id: ID, reason: 'pat' },
      given: stored(APPOINTMENT_ITEM),
    },
    { outcome: 200, given: stored({ ...APPOINTMENT_ITEM, ...CANCELLED }) },
    NO_PATIENT,
    { outcome: 'appointment-not-found' },
    ALREADY_RESCHEDULED,
  ],
  rescheduleAppointment: [
    {
      outcome: 201,
      path: { patient_id: '1', date: '2021-01-07' },
      body: RESCHEDULE,
      given: stored(APPOINTMENT_ITEM),
    },
    { outcome: 201, given: stored({ ...APPOINTMENT_ITEM, ...RESCHEDULED }, REPLACEMENT) },
    {
      outcome: 200,
      body: { ...RESCHEDULE, start_time: APPOINTMENT.start_time },
      given: stored(APPOINTMENT_ITEM),
    },
    NO_PATIENT,
    {
      outcome: 'practitioner-not-found',
      body: { ...RESCHEDULE, practitioner_id: 3 },
      given: stored(APPOINTMENT_ITEM),
    },
    { outcome: 'appointment-not-found' },
    { outcome: 'patient-day-taken', given: refused(null, NEXT_ITEM) },
    { outcome: 'practitioner-slot-taken', rejects: true, given: refused(null, null, SLOT_ITEM) },
    { outcome: 'appointment-cancelled', given: stored({ ...APPOINTMENT_ITEM, ...CANCELLED }) },
    ALREADY_RESCHEDULED,
  ],
  getAgenda: [
    {
      outcome: 200,
      path: { practitioner_id: '1' },
      query: { limit: '1' },
      given: queried(APPOINTMENT_ITEM, MATHEWS_ITEM),
    },
    NO_PRACTITIONER,
  ],
  getSlots: [
    {
      outcome: 200,
      path: { practitioner_id: '1' },
      query: { date: '2021-01-07' },
      rejects: true,
      given: queried(SLOT_ITEM),
    },
    NO_PRACTITIONER,
  ],
};

/** What every operation does alike. */
const EVERYWHERE: readonly Case[] = [
  { outcome: 'unauthenticated', token: 'missing' },
  { outcome: 'forbidden', token: { scope: 'openid' } },
  { outcome: 'invalid-request', path: { patient_id: 'Dr Bob', practitioner_id: 'Dr Bob' } },
  {
    outcome: 'internal',
    given: () => {
      store.rejects(new Error('not foreseen'));
    },
  },
  {
    outcome: 'store-unavailable',
    given: () => {
      store.rejects(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }));
    },
  },
];
const WITH_A_BODY: readonly Case[] = [
  { outcome: 'body-too-large', body: { note: 'x'.repeat(17_000) } },
  { outcome: 'unsupported-media-type', headers: { 'Content-Type': 'text/plain' } },
];

const EXCHANGES = OPERATIONS.flatMap(({ route, operationId: id, requestBody }) => {
  const operationId = id === 'bookAppointmentAtSingularPath' ? 'bookAppointment' : id;
  const cases = CASES[operationId];
  if (cases === undefined) throw new Error(`${operationId} has no cases`);
  const { path, query, body } = cases[0];
  const all = [...cases, ...EVERYWHERE, ...(requestBody ? WITH_A_BODY : [])];
  return all.map((request) => ({
    route,
    operationId,
    request: { query, body, ...request, path: { ...path, ...request.path } },
  }));
});

type Exchange = Pick<(typeof EXCHANGES)[number], 'route' | 'request'>;

async function answerTo({ route, request }: Exchange) {
  resetStore();
  request.given?.();
  const { token, path, headers = {}, query, body, rejects } = request;
  const event =
    body === undefined ? httpEvent(query && { queryStringParameters: query }) : bookingEvent(body);
  const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
  const functionOf = route.startsWith('GET ') ? appointmentQueries : appointmentCommands;
  const auth = token === undefined ? 'none' : 'jwt';
  const doubleBooking = rejects ? 'reject' : 'allow';
  return answerOf(
    functionOf(connect({ auth, tableName: TABLE, doubleBooking }, createRepositories)),
    {
      ...event,
      routeKey: route,
      pathParameters: path,
      headers: { ...event.headers, ...(Object.fromEntries(lowerCase) as Record<string, string>) },
      requestContext: {
        ...event.requestContext,
        ...(typeof token === 'object' && { authorizer: { jwt: { claims: token, scopes: null } } }),
      },
    },
  );
}

/** A new appointment has a different id each time, and a request is made at a different time. Two slots are enough. */
function asExample(body: unknown): unknown {
  if (Array.isArray(body)) return body.slice(0, 2);
  if (typeof body !== 'object' || body === null || !('appointment_id' in body)) return body;
  const { appointment_id, created_at } = 'rescheduled_from' in body ? REPLACEMENT : APPOINTMENT;
  const { cancelled_at } = CANCELLED;
  return { ...body, appointment_id, created_at, ...('cancelled_at' in body && { cancelled_at }) };
}

const ROUTES = OPERATIONS.map(({ route }) => route);

describe('the API description', () => {
  it('has the responses of the functions as examples, one per outcome', async () => {
    const problems: Record<string, unknown> = {};
    const successes: Record<string, Record<string, unknown>> = {};
    for (const { operationId, ...exchange } of EXCHANGES) {
      const { outcome } = exchange.request;
      const { status, body } = await answerTo(exchange);
      expect([exchange.route, typeof outcome === 'number' ? status : body]).toEqual([
        exchange.route,
        typeof outcome === 'number'
          ? outcome
          : expect.objectContaining({ type: `urn:problem:${outcome}` }),
      ]);
      const examples = typeof outcome === 'number' ? (successes[operationId] ??= {}) : problems;
      examples[outcome] ??= asExample(body);
    }
    if (process.env['UPDATE_DOCS'] === '1') {
      await writeFile(EXAMPLES_FILE, `${JSON.stringify({ problems, successes }, null, 2)}\n`);
    }

    const recorded = JSON.parse(await readFile(EXAMPLES_FILE, 'utf8')) as unknown;
    expect(recorded).toEqual({ problems, successes });
  });

  it('describes every response, and no status, problem, or header that is never returned', async () => {
    const returned = new Set<string>();
    for (const exchange of EXCHANGES) {
      const { route } = exchange;
      const { status = 200, headers, body } = await answerTo(exchange);
      const answer = { status, headers: new Headers(headers as Record<string, string>), body };
      assertDescribed(route, answer, { ofFunction: true });
      const { type = 'no problem' } = body as { type?: string };
      for (const part of [type, ...Object.keys(headers ?? {})]) {
        if (part !== 'Content-Type') returned.add(`${route} ${status} ${part}`);
      }
    }

    const described = ROUTES.flatMap((route) =>
      responsesOf(operationOf(route)).flatMap(([status, { headers = {}, content }]) => {
        const problems = content['application/problem+json'];
        // No function returns API Gateway's own responses.
        if (status >= 400 && problems === undefined) return [];
        const parts = [...(problems ? typesOf(problems.schema) : ['no problem'])];
        return [...parts, ...Object.keys(headers)].map((part) => `${route} ${status} ${part}`);
      }),
    );
    expect([...returned].sort()).toEqual(described.sort());
    expect(described.filter((line) => line.includes('urn:problem:'))).toHaveLength(77);
    expect(Object.keys(EXAMPLES.problems).sort()).toEqual(Object.keys(PROBLEM_TYPES).sort());
  });

  it('has the routes of the deployment', async () => {
    const { functions } = parse(await readFile(join(ROOT, 'serverless.yml'), 'utf8')) as {
      functions: Record<string, { events: { httpApi: { method: string; path: string } }[] }>;
    };
    const routes = Object.values(functions)
      .flatMap(({ events }) => events)
      .map(({ httpApi: { method, path } }) => `${method} ${path}`);

    expect(ROUTES.toSorted()).toEqual(routes.sort());
  });

  it.each(ROUTES)('lists scopes for %s that all allow it', async (route) => {
    const { security } = operationOf(route);
    expect(security).toContainEqual({ iam: [] });
    const scopes = security.flatMap(({ jwt = [] }) => jwt);
    // Patients have no agenda.
    expect(scopes).toHaveLength(route.endsWith('{practitioner_id}/appointments') ? 4 : 6);
    const first = EXCHANGES.find((each) => each.route === route);
    if (first === undefined) throw new Error(`${route} has no cases`);
    for (const scope of scopes) {
      const request = { ...first.request, token: { scope, patient: '1' } };
      expect([scope, (await answerTo({ route, request })).status]).toEqual([
        scope,
        first.request.outcome,
      ]);
    }
  });

  it.each(ROUTES)("describes API Gateway's own responses to %s", (route) => {
    const ofGateway = responsesOf(operationOf(route))
      .filter(([status, { content }]) => status >= 400 && 'application/json' in content)
      .map(([status]) => status);
    expect(ofGateway).toEqual([401, 403, 429, 500, 503]);
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
        connect({ auth: 'none', tableName: TABLE, doubleBooking: 'allow' }, createRepositories),
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

/** The problem types of a schema. */
function typesOf(schema: Schema): string[] {
  const { oneOf = [schema] } = schema as { oneOf?: Schema[] };
  return oneOf.map(({ $ref }) => {
    const name = String($ref).replace(/.*\//, '');
    const { type } = DESCRIPTION.components.schemas[name]?.['properties'] as {
      type: { const: string };
    };
    return type.const;
  });
}
