import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startApi } from '../../scripts/local/api.ts';
import { connectTo, withConnection } from '../../scripts/local/connection.ts';
import { createTable } from '../../scripts/local/create-table.ts';
import { createDemoPeople } from '../../scripts/local/demo-people.ts';
import { freePorts } from '../../scripts/local/free-ports.ts';
import { apiFolder } from '../../scripts/local/local-folder.ts';
import { stopPrograms } from '../../scripts/local/program.ts';
import { openTable } from '../../src/repositories/table.ts';
import { fetchDescribed } from '../support/api-description.ts';
import { openTestStore } from '../support/test-store.ts';

jest.setTimeout(90_000);

const ISSUER = 'https://idp.example.com';
const AUDIENCE = 'https://api.example.com';
const TABLE_NAME = 'appointments-tokens';
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

async function call(
  method: 'GET' | 'POST',
  patientId: string,
  bearer?: string,
  date = '2021-01-07',
) {
  const response = await fetchDescribed(
    `http://127.0.0.1:${api}/api/patients/${patientId}/appointments`,
    {
      method,
      headers: {
        'content-type': 'application/json',
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      },
      ...(method === 'POST' && {
        body: JSON.stringify({ practitioner_id: 1, start_time: `${date} 09:00:00` }),
      }),
    },
  );
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('an API that requires tokens', () => {
  it('lets patients book and list for themselves, and for nobody else', async () => {
    const own = token({ scope: 'openid patient/Appointment.cs', patient: '1' });

    await expect(call('POST', '1', own)).resolves.toMatchObject({ status: 201 });
    await expect(call('GET', '1', own)).resolves.toMatchObject({
      status: 200,
      body: [{ patient_id: '1', start_time: '2021-01-07T09:00:00Z' }],
    });
    for (const patientId of ['2', 'unknown']) {
      for (const method of ['GET', 'POST'] as const) {
        await expect(call(method, patientId, own)).resolves.toMatchObject({
          status: 403,
          body: { type: 'urn:problem:forbidden' },
        });
      }
    }
  });

  it('lets users do what their scopes say, for every patient', async () => {
    const reader = token({ scp: ['user/Appointment.read'] });
    const creator = token({ scope: 'user/Appointment.c' });

    await expect(call('GET', '2', reader)).resolves.toMatchObject({ status: 200 });
    await expect(call('POST', '2', reader, '2021-01-08')).resolves.toMatchObject({ status: 403 });
    await expect(call('POST', '2', creator, '2021-01-08')).resolves.toMatchObject({ status: 201 });
    await expect(call('GET', '2', creator)).resolves.toMatchObject({ status: 403 });

    const again = await call('POST', '2', creator, '2021-01-08');
    expect(again).toMatchObject({ status: 409, body: { date: '2021-01-08' } });
    expect(again.body).not.toHaveProperty('conflict');
  });

  it.each([
    ['no token', undefined],
    ['text that is not a token', 'nonsense'],
    ['a token of another issuer', token({ scope: 'system/*.*', iss: 'https://evil.example.com' })],
    [
      'a token for another audience',
      token({ scope: 'system/*.*', aud: 'https://other.example.com' }),
    ],
    ['a token that has expired', token({ scope: 'system/*.*', exp: IN_AN_HOUR - 7200 })],
  ])('rejects %s with 401', async (_name, bearer) => {
    await expect(call('GET', '1', bearer)).resolves.toMatchObject({ status: 401 });
  });

  it.each([
    ['no scopes', token({ patient: '1' })],
    ['a scope with a query', token({ scope: 'user/Appointment.s?status=booked' })],
    ['a scope of another resource', token({ scope: 'user/Patient.*' })],
  ])('rejects a token with %s with 403', async (_name, bearer) => {
    await expect(call('GET', '1', bearer)).resolves.toMatchObject({ status: 403 });
  });
});
