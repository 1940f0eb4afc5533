import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { EXAMPLES, EXAMPLES_FILE } from '../../../scripts/api-description/examples.ts';
import { OPERATIONS } from '../../../scripts/api-description/operations.ts';
import { ROOT } from '../../../scripts/local/local-folder.ts';
import type { Appointment, Cancellation, IdempotencyKey } from '../../../src/domain/appointment.ts';
import type { Id, Name } from '../../../src/domain/people.ts';
import { StoreUnavailableError } from '../../../src/domain/ports.ts';
import type { Schedule } from '../../../src/domain/schedule.ts';
import { slotDate } from '../../../src/domain/slot.ts';
import { PROBLEM_TYPES, type ProblemCode } from '../../../src/handlers/http/problems.ts';
import {
  assertDescribed,
  DESCRIPTION,
  operationOf,
  parametersOf,
  responsesOf,
  type Schema,
} from '../../support/api-description.ts';
import { captureLog } from '../../support/capture-log.ts';
import { answerOf, requestTo } from '../../support/http-event.ts';
import { failing, functionOf, requestFor, send, storeWith } from '../../support/operations.ts';
import {
  ALEXEI,
  appointment,
  BOB,
  cancelled,
  ID,
  january,
  OTHER_ID,
  rescheduled,
} from '../../support/people.ts';
import { APPOINTMENT } from '../../support/responses.ts';

captureLog();

const BOOKING = { practitioner_id: 1, start_time: '2021-01-07 00:00:00' };
const KEY = { 'Idempotency-Key': '4c1f0b52-9d0e-4f5e-8a37-2f6d1c7be901' };
const keyed = { idempotencyKey: KEY['Idempotency-Key'] as IdempotencyKey };
const RESCHEDULE = { appointment_id: ID, start_time: '2021-01-08 09:30:00' };
/** Another appointment of the next date. */
const NEXT = appointment({ appointmentId: OTHER_ID, slot: january(8, '09:30') });
const CANCELLED_AT = (cancelled().ending as Cancellation).cancelledAt;
/** The same, if it replaced Alexei's appointment. */
const REPLACEMENT = {
  ...NEXT,
  createdAt: '2021-01-05T09:15:30.000Z',
  rescheduledFrom: { date: slotDate(appointment().slot), appointmentId: ID },
};

const MATHEW = { ...ALEXEI, patientId: '2' as Id, firstName: 'Mathew' as Name };
const ofMathew = { patientId: MATHEW.patientId, appointmentId: OTHER_ID };

const HOURS = {
  mon: [
    { from: '09:00', to: '12:30' },
    { from: '13:30', to: '17:00' },
  ],
};
const TIME_OFF = [{ from: '2026-12-24T00:00:00Z', to: '2027-01-02T00:00:00Z' }];
/** Alexei's appointments are on other days of the week. */
const ON_MONDAYS = { hours: HOURS, timeOff: TIME_OFF } as unknown as Schedule;

interface Case {
  /** The successful status, or the problem. */
  readonly outcome: 200 | 201 | 204 | ProblemCode;
  /** The claims of the token in a deployment that requires one, or no token although one is required. */
  readonly token?: Readonly<Record<string, string>> | 'missing';
  /** What differs from the operation's first case. */
  readonly path?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly header?: Record<string, string>;
  /** In a deployment that rejects double booking. */
  readonly rejects?: true;
  /** What the store has besides Alexei, Mathew and Bob. */
  readonly stored?: readonly Appointment[];
  /** Bob's schedule, if he has one. */
  readonly schedule?: Schedule;
  /** If Alexei was erased. */
  readonly isErased?: true;
  /** What every call to the store fails with. */
  readonly failure?: Error;
}

const NO_PATIENT: Case = { outcome: 'patient-not-found', path: { patient_id: '3' } };
const NO_PRACTITIONER: Case = { outcome: 'practitioner-not-found', path: { practitioner_id: '3' } };
const ERASED: Case = { outcome: 'patient-erased', path: { patient_id: '1' }, isErased: true };
const ALREADY_RESCHEDULED: Case = { outcome: 'appointment-rescheduled', stored: [rescheduled()] };

/**
 * Requests for each response of an operation, the first of them a success. The first request with an outcome gives the
 * example of it.
 */
const CASES: Readonly<Record<string, readonly [Case, ...Case[]]>> = {
  bookAppointment: [
    { outcome: 201, path: { patient_id: '1' }, body: BOOKING },
    { outcome: 201, header: KEY, stored: [appointment(keyed)] },
    {
      outcome: 'invalid-request',
      body: { practitioner_id: 'Dr Bob', start_time: '2021-01-07 00:15:00', patient: 1 },
      header: { 'Idempotency-Key': 'Schlüssel' },
    },
    NO_PATIENT,
    ERASED,
    { outcome: 'practitioner-not-found', body: { ...BOOKING, practitioner_id: 3 } },
    { outcome: 'practitioner-unavailable', schedule: ON_MONDAYS },
    { outcome: 'patient-day-taken', stored: [appointment()] },
    { outcome: 'practitioner-slot-taken', rejects: true, stored: [appointment(ofMathew)] },
    { outcome: 'appointment-cancelled', header: KEY, stored: [cancelled(keyed)] },
    { outcome: 'appointment-rescheduled', header: KEY, stored: [rescheduled(keyed)] },
    {
      outcome: 'idempotency-key-reused',
      body: { practitioner_id: '1', start_time: '2021-01-07T09:30:00Z' },
      header: KEY,
      stored: [appointment(keyed)],
    },
  ],
  listAppointments: [
    {
      outcome: 200,
      path: { patient_id: '1' },
      query: { limit: '1' },
      stored: [appointment(), NEXT],
    },
    {
      outcome: 200,
      query: { status: 'all' },
      stored: [rescheduled(), { ...REPLACEMENT, ending: cancelled().ending }],
    },
    NO_PATIENT,
  ],
  getAppointment: [
    {
      outcome: 200,
      path: { patient_id: '1', date: '2021-01-07' },
      stored: [appointment()],
    },
    NO_PATIENT,
    { outcome: 'appointment-not-found' },
  ],
  cancelAppointment: [
    {
      outcome: 200,
      path: { patient_id: '1', date: '2021-01-07' },
      body: { appointment_id: ID, reason: 'pat' },
      stored: [appointment()],
    },
    { outcome: 200, stored: [cancelled()] },
    NO_PATIENT,
    { outcome: 'appointment-not-found' },
    ALREADY_RESCHEDULED,
  ],
  rescheduleAppointment: [
    {
      outcome: 201,
      path: { patient_id: '1', date: '2021-01-07' },
      body: RESCHEDULE,
      stored: [appointment()],
    },
    { outcome: 201, stored: [rescheduled(), REPLACEMENT] },
    {
      outcome: 200,
      body: { ...RESCHEDULE, start_time: APPOINTMENT.start_time },
      stored: [appointment()],
    },
    NO_PATIENT,
    { ...ERASED, path: {} },
    {
      outcome: 'practitioner-not-found',
      body: { ...RESCHEDULE, practitioner_id: 3 },
      stored: [appointment()],
    },
    { outcome: 'appointment-not-found' },
    { outcome: 'practitioner-unavailable', stored: [appointment()], schedule: ON_MONDAYS },
    { outcome: 'patient-day-taken', stored: [appointment(), NEXT] },
    {
      outcome: 'practitioner-slot-taken',
      rejects: true,
      stored: [appointment(), { ...NEXT, ...ofMathew }],
    },
    { outcome: 'appointment-cancelled', stored: [cancelled()] },
    ALREADY_RESCHEDULED,
  ],
  getAgenda: [
    {
      outcome: 200,
      path: { practitioner_id: '1' },
      query: { limit: '1' },
      stored: [appointment(), appointment(ofMathew)],
    },
    NO_PRACTITIONER,
  ],
  recordAttendance: [
    {
      outcome: 200,
      path: { patient_id: '1', date: '2021-01-07' },
      body: { appointment_id: ID, attendance: 'arrived' },
      stored: [appointment()],
    },
    NO_PATIENT,
    { outcome: 'appointment-not-found' },
    { outcome: 'appointment-cancelled', stored: [cancelled()] },
    ALREADY_RESCHEDULED,
  ],
  getSlots: [
    {
      outcome: 200,
      path: { practitioner_id: '1' },
      query: { from: '2021-01-07', limit: '2' },
      rejects: true,
      stored: [appointment()],
    },
    NO_PRACTITIONER,
  ],
  putPatient: [
    { outcome: 201, path: { patient_id: '3' }, body: { first_name: 'Ann', last_name: 'Isac' } },
    { outcome: 200, path: { patient_id: '1' } },
    ERASED,
  ],
  getPatient: [{ outcome: 200, path: { patient_id: '1' } }, NO_PATIENT, ERASED],
  erasePatient: [{ outcome: 204, path: { patient_id: '1' } }, NO_PATIENT],
  putPractitioner: [
    {
      outcome: 201,
      path: { practitioner_id: '3' },
      body: { first_name: 'Bob', last_name: 'Dr', npi: '1234567893' },
    },
    { outcome: 200, path: { practitioner_id: '1' }, schedule: ON_MONDAYS },
  ],
  getPractitioner: [
    { outcome: 200, path: { practitioner_id: '1' }, schedule: ON_MONDAYS },
    NO_PRACTITIONER,
  ],
  putSchedule: [
    {
      outcome: 200,
      path: { practitioner_id: '1' },
      body: { hours: HOURS, time_off: TIME_OFF },
    },
    NO_PRACTITIONER,
  ],
};

/** What every operation does alike. */
const EVERYWHERE: readonly Case[] = [
  { outcome: 'unauthenticated', token: 'missing' },
  { outcome: 'forbidden', token: { scope: 'openid' } },
  { outcome: 'invalid-request', path: { patient_id: 'Dr Bob', practitioner_id: 'Dr Bob' } },
  { outcome: 'internal', failure: new Error('not foreseen') },
  { outcome: 'store-unavailable', failure: new StoreUnavailableError() },
];
const WITH_A_BODY: readonly Case[] = [
  { outcome: 'body-too-large', body: { note: 'x'.repeat(17_000) } },
  { outcome: 'unsupported-media-type', header: { 'Content-Type': 'text/plain' } },
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
  const { token, schedule, failure } = request;
  const store = await storeWith(request.stored, request.rejects ? 'reject' : 'allow');
  store.patients.set(MATHEW.patientId, MATHEW);
  if (request.isErased) store.patients.set(ALEXEI.patientId, 'erased');
  if (schedule) store.practitioners.set(BOB.practitionerId, { ...BOB, schedule });

  const event = requestTo(route, request);
  const authorizer = { jwt: { claims: token, scopes: null } };
  const requestContext = {
    ...event.requestContext,
    ...(typeof token === 'object' && { authorizer }),
  };
  return answerOf(
    functionOf(event, failure ? failing(store, failure) : store, {
      auth: token === undefined ? 'none' : 'jwt',
    }),
    { ...event, requestContext },
  );
}

const RECORDED_AT = '2021-01-07T09:02:11.318Z';

/** A new appointment has a different id each time, and a request is made at a different time. Two slots are enough. */
function asExample(body: unknown): unknown {
  if (Array.isArray(body)) return body.slice(0, 2);
  if (typeof body !== 'object' || body === null || !('appointment_id' in body)) return body;
  const { appointmentId, createdAt } = 'rescheduled_from' in body ? REPLACEMENT : appointment();
  return {
    ...body,
    appointment_id: appointmentId,
    created_at: createdAt,
    series_id: ID,
    ...('attendance_recorded_at' in body && { attendance_recorded_at: RECORDED_AT }),
    ...('cancelled_at' in body && { cancelled_at: CANCELLED_AT }),
  };
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
      if (body === null) continue;
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
      const { type = 'no problem' } = (body ?? {}) as { type?: string };
      for (const part of [type, ...Object.keys(headers ?? {})]) {
        if (part !== 'Content-Type') returned.add(`${route} ${status} ${part}`);
      }
    }

    const described = ROUTES.flatMap((route) =>
      responsesOf(operationOf(route)).flatMap(([status, { headers = {}, content }]) => {
        const problems = content?.['application/problem+json'];
        // No function returns API Gateway's own responses.
        if (status >= 400 && problems === undefined) return [];
        const parts = [...(problems ? typesOf(problems.schema) : ['no problem'])];
        return [...parts, ...Object.keys(headers)].map((part) => `${route} ${status} ${part}`);
      }),
    );
    expect([...returned].sort()).toEqual(described.sort());
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

  it.each(ROUTES)('lists the scopes for %s that allow it, at each level', async (route) => {
    const { security } = operationOf(route);
    expect(security).toContainEqual({ iam: [] });
    const listed = security.flatMap(({ jwt = [] }) => jwt);
    const first = EXCHANGES.find((each) => each.route === route);
    if (first === undefined) throw new Error(`${route} has no cases`);
    const allowing = [];
    for (const level of ['patient', 'user', 'system']) {
      for (const access of new Set(listed.map((scope) => scope.replace(/^.*\//, '')))) {
        const scope = `${level}/${access}`;
        const request = { ...first.request, token: { scope, patient: '1' } };
        const { status } = await answerTo({ route, request });
        expect([scope, [first.request.outcome, 403]]).toEqual([
          scope,
          expect.arrayContaining([status]),
        ]);
        if (status !== 403) allowing.push(scope);
      }
    }
    expect(listed.toSorted()).toEqual(allowing.sort());
  });

  it.each(ROUTES)("describes API Gateway's own responses to %s", (route) => {
    const ofGateway = responsesOf(operationOf(route))
      .filter(
        ([status, { content }]) => status >= 400 && content?.['application/json'] !== undefined,
      )
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

    const store = await storeWith();
    const listByPatient = jest.spyOn(store.appointments, 'listByPatient');
    await send(requestFor('list'), store);

    expect(listByPatient).toHaveBeenCalledWith(expect.objectContaining({ limit, order, status }));
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
