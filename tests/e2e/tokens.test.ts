import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startApi } from '../../scripts/local/api.ts';
import { connectTo, withConnection } from '../../scripts/local/connection.ts';
import { createTable } from '../../scripts/local/create-table.ts';
import { createDemoPeople } from '../../scripts/local/demo-people.ts';
import { freePorts } from '../../scripts/local/free-ports.ts';
import { apiFolder } from '../../scripts/local/local-folder.ts';
import { stopPrograms } from '../../scripts/local/program.ts';
import { openTable } from '../../src/repositories/store.ts';
import { fetchDescribed } from '../support/api-description.ts';
import { openTestStore } from '../support/test-store.ts';

jest.setTimeout(90_000);

const ISSUER = 'https://idp.example.com';
const AUDIENCE = 'https://api.example.com';
const TABLE_NAME = 'appointments-tokens';
const FOR_A_PATIENT = ['book', 'list', 'get', 'cancel', 'reschedule'] as const;
const OPERATIONS = [...FOR_A_PATIENT, 'agenda', 'slots'] as const;
/** The id of no appointment. */
const NO_ID = '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11';
const IN_AN_HOUR = Math.floor(Date.now() / 1000) + 3600;

let api: number;

beforeAll(async () => {
  const { endpoint } = await openTestStore(process.env);
  const connection = connectTo(endpoint);
  process.env = withConnection(process.env, connection);
  await createTable(TABLE_NAME);
  await createDemoPeople(openTable(TABLE_NAME));
  api = await freePorts(3);
  await startApi({
    ports: { api, reference: api + 1, lambda: api + 2, store: 0 },
    connection,
    tableName: TABLE_NAME,
    doubleBooking: 'allow',
    auth: { jwtIssuer: ISSUER, jwtAudience: AUDIENCE },
    onLine: () => undefined,
  });
});

afterAll(async () => {
  await stopPrograms();
  await rm(apiFolder(api), { recursive: true, force: true });
});

/** A token with valid claims, extended or overridden by these. serverless-offline checks its claims, not its signature. */
function token(claims: Record<string, unknown>): string {
  const parts = [
    { alg: 'RS256', typ: 'JWT' },
    { iss: ISSUER, aud: AUDIENCE, exp: IN_AN_HOUR, sub: 'someone', ...claims },
  ];
  const encoded = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return [...encoded, 'signature'].join('.');
}

type Operation = (typeof OPERATIONS)[number];

/** The path below `/api/`, and the body. The appointment is at 9:00, and is rescheduled to 10:00. */
function requestOf(
  operation: Operation,
  { patient, practitioner = '1' }: Caller,
  appointmentId: unknown,
): [path: string, body?: object] {
  const appointments = `patients/${patient}/appointments`;
  switch (operation) {
    case 'book':
      return [appointments, { practitioner_id: 1, start_time: '2021-01-07 09:00:00' }];
    case 'list':
      return [appointments];
    case 'get':
      return [`${appointments}/2021-01-07`];
    case 'cancel':
      return [`${appointments}/2021-01-07/cancel`, { appointment_id: appointmentId }];
    case 'reschedule':
      return [
        `${appointments}/2021-01-07/reschedule`,
        { appointment_id: appointmentId, start_time: '2021-01-07 10:00:00' },
      ];
    case 'agenda':
      return [`practitioners/${practitioner}/appointments`];
    case 'slots':
      return [`practitioners/${practitioner}/slots?from=2021-01-07`];
  }
}

interface Caller {
  readonly patient: string;
  readonly practitioner?: string;
  readonly bearer?: string;
}

async function call(operation: Operation, caller: Caller, appointmentId: unknown = NO_ID) {
  const { bearer } = caller;
  const [path, body] = requestOf(operation, caller, appointmentId);
  const response = await fetchDescribed(`http://127.0.0.1:${api}/api/${path}`, {
    headers: {
      'content-type': 'application/json',
      ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
    },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('an API that requires tokens', () => {
  it('lets patients do everything for themselves, and nothing for anybody else', async () => {
    const bearer = token({ scope: 'openid patient/Appointment.crus', patient: '1' });
    const own = { patient: '1', bearer };

    const { status, body: booked } = await call('book', own);
    expect(status).toBe(201);
    const rescheduled = await call('reschedule', own, booked['appointment_id']);
    expect(rescheduled).toMatchObject({
      status: 201,
      body: { patient_id: '1', start_time: '2021-01-07T10:00:00Z' },
    });
    const { body: current } = rescheduled;
    await expect(call('list', own)).resolves.toEqual({ status: 200, body: [current] });
    await expect(call('get', own)).resolves.toEqual({ status: 200, body: current });
    await expect(call('cancel', own, current['appointment_id'])).resolves.toMatchObject({
      status: 200,
      body: { status: 'cancelled' },
    });

    for (const patient of ['2', 'unknown']) {
      for (const operation of FOR_A_PATIENT) {
        await expect(call(operation, { patient, bearer })).resolves.toMatchObject({
          status: 403,
          body: { type: 'urn:problem:forbidden' },
        });
      }
    }
  });

  it.each([
    ['user/Appointment.c', ['book']],
    ['user/Appointment.r', ['get']],
    ['user/Appointment.u', ['cancel', 'reschedule']],
    ['user/Appointment.s', ['list', 'agenda']],
    ['user/Appointment.read', ['list', 'get', 'agenda']],
    ['user/Appointment.write', ['book', 'cancel', 'reschedule']],
    ['user/Slot.s', ['slots']],
    ['user/Slot.cru', []],
    ['user/*.read', ['list', 'get', 'agenda', 'slots']],
    ['patient/Appointment.cruds', []],
    ['patient/Slot.read', ['slots']],
    ['patient/*.*', ['slots']],
  ])('lets callers with %s do %j, for anyone', async (scope, allowed) => {
    const bearer = token({ scp: [scope], patient: '1' });

    const permitted: Operation[] = [];
    for (const operation of OPERATIONS) {
      const nobody = { patient: 'unknown', practitioner: 'unknown' };
      const { status } = await call(operation, { ...nobody, bearer });
      expect([403, 404]).toContain(status);
      // Only an allowed caller learns that the person does not exist.
      if (status === 404) permitted.push(operation);
    }
    expect(permitted).toEqual(allowed);
  });

  it('shows the appointment that is in the way only to callers who may read it', async () => {
    const writer = { patient: '2', bearer: token({ scope: 'user/Appointment.cu' }) };
    const reader = { patient: '2', bearer: token({ scope: 'user/Appointment.cus' }) };

    const { body: booked } = await call('book', writer);
    const taken = await call('book', writer);
    expect(taken).toMatchObject({ status: 409, body: { date: '2021-01-07' } });
    expect(taken.body).not.toHaveProperty('conflict');
    expect((await call('book', reader)).body).toMatchObject({ conflict: booked });

    const { appointment_id: id } = booked;
    const { body: cancelled } = await call('cancel', writer, id);
    const ended = await call('reschedule', writer, id);
    expect(ended).toMatchObject({
      status: 409,
      body: { type: 'urn:problem:appointment-cancelled' },
    });
    expect(ended.body).not.toHaveProperty('conflict');
    expect((await call('reschedule', reader, id)).body).toMatchObject({ conflict: cancelled });
  });

  it.each(OPERATIONS)('requires a token to %s', async (operation) => {
    const { status, body } = await call(operation, { patient: '1' });

    expect(status).toBe(401);
    // The gateway rejects it. The function would too, with a problem.
    expect(body).not.toHaveProperty('type');
  });

  it.each([
    ['text that is not a token', 'nonsense'],
    ['a token of another issuer', token({ scope: 'system/*.*', iss: 'https://evil.example.com' })],
    [
      'a token for another audience',
      token({ scope: 'system/*.*', aud: 'https://other.example.com' }),
    ],
    ['a token that has expired', token({ scope: 'system/*.*', exp: IN_AN_HOUR - 7200 })],
  ])('rejects %s with 401', async (_name, bearer) => {
    await expect(call('list', { patient: '1', bearer })).resolves.toMatchObject({ status: 401 });
  });

  it.each([
    ['no scopes', token({ patient: '1' })],
    ['a scope with a query', token({ scope: 'user/Appointment.s?status=booked' })],
    ['a scope of another resource', token({ scope: 'user/Patient.*' })],
  ])('rejects a token with %s with 403', async (_name, bearer) => {
    await expect(call('list', { patient: '1', bearer })).resolves.toMatchObject({ status: 403 });
  });
});
