import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { createDemoPeople } from '../../scripts/local/demo-people.ts';
import { stopPrograms } from '../../scripts/local/program.ts';
import { openTable } from '../../src/repositories/store.ts';
import { fetchDescribed } from '../support/api-description.ts';
import { removeLocalData, startApiOn } from '../support/local-run.ts';
import { testStore } from '../support/test-store.ts';

jest.setTimeout(90_000);

const ISSUER = 'https://idp.example.com';
const AUDIENCE = 'https://api.example.com';
const TABLE_NAME = 'appointments-tokens';
const IN_AN_HOUR = Math.floor(Date.now() / 1000) + 3600;
const BOOKING = { practitioner_id: 1, start_time: '2021-01-07 09:00:00' };

/** A request of each kind, below `/api/`, with its body. Nobody in it exists. */
const REQUESTS: Readonly<Record<string, readonly [path: string, body?: object]>> = {
  book: ['patients/nobody/appointments', BOOKING],
  list: ['patients/nobody/appointments'],
  get: ['patients/nobody/appointments/2021-01-07'],
  agenda: ['practitioners/nobody/appointments'],
  slots: ['practitioners/nobody/slots?from=2021-01-07'],
};

let api: number;

beforeAll(async () => {
  const connection = testStore();
  await createTable(TABLE_NAME);
  await createDemoPeople(openTable(TABLE_NAME));
  api = await startApiOn({
    connection,
    tableName: TABLE_NAME,
    auth: { jwtIssuer: ISSUER, jwtAudience: AUDIENCE },
  });
});

afterAll(async () => {
  await stopPrograms();
  await removeLocalData(api);
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

async function call(bearer: string | undefined, path: string, body?: object) {
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
  it('lets patients book and list for themselves, and nothing for anybody else', async () => {
    const bearer = token({ scope: 'openid patient/Appointment.crus', patient: '1' });

    const { status, body: booked } = await call(bearer, 'patients/1/appointments', BOOKING);
    expect(status).toBe(201);
    await expect(call(bearer, 'patients/1/appointments')).resolves.toEqual({
      status: 200,
      body: [booked],
    });
    for (const patient of ['2', 'unknown']) {
      for (const body of [BOOKING, undefined]) {
        const refused = call(bearer, `patients/${patient}/appointments`, body);
        await expect(refused).resolves.toMatchObject({
          status: 403,
          body: { type: 'urn:problem:forbidden' },
        });
      }
    }
  });

  it.each([
    [{ scope: 'openid user/Appointment.c user/Slot.s' }, ['book', 'slots']],
    [{ scp: ['user/Appointment.rs', 'user/Slot.cru'] }, ['list', 'get', 'agenda']],
    [{ scp: ['patient/*.*'], patient: '1' }, ['slots']],
    [{ patient: '1' }, []],
  ])('lets callers with %j do %j', async (claims, allowed) => {
    const permitted: string[] = [];
    for (const [name, [path, body]] of Object.entries(REQUESTS)) {
      const { status } = await call(token(claims), path, body);
      expect([403, 404]).toContain(status);
      // Only an allowed caller learns that the person does not exist.
      if (status === 404) permitted.push(name);
    }
    expect(permitted).toEqual(allowed);
  });

  it.each(Object.entries(REQUESTS))('requires a token to %s', async (_name, [path, request]) => {
    const { status, body } = await call(undefined, path, request);

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
    await expect(call(bearer, 'patients/1/appointments')).resolves.toMatchObject({ status: 401 });
  });
});
