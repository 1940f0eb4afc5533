import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { appointmentCommands } from '../../../src/handlers/appointment-commands.ts';
import { appointmentQueries } from '../../../src/handlers/appointment-queries.ts';
import { connectRepositories } from '../../../src/repositories/repositories.ts';
import { captureLog } from '../../support/capture-log.ts';
import { bookingEvent, httpEvent, invoke, REQUEST_ID } from '../../support/http-event.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, BOB_ITEM } from '../../support/people.ts';
import { conditionFailed, UNAVAILABILITIES } from '../../support/store-errors.ts';

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();
const dependencies = { auth: 'none', repositoriesFor: connectRepositories('table') } as const;
const create = appointmentCommands(dependencies);
const list = appointmentQueries(dependencies);

beforeEach(() => {
  store.reset();
  store
    .on(GetCommand, { Key: { PK: ALEXEI_ITEM.PK, SK: 'PROFILE' } })
    .resolves({ Item: ALEXEI_ITEM, $metadata: { attempts: 1 } })
    .on(GetCommand, { Key: { PK: BOB_ITEM.PK, SK: 'PROFILE' } })
    .resolves({ Item: BOB_ITEM, $metadata: { attempts: 2 } })
    .on(PutCommand)
    .resolves({ $metadata: { attempts: 3 } })
    .on(QueryCommand)
    .resolves({ Items: [], $metadata: { attempts: 1 } });
  log.splice(0);
});

describe('the line of a request', () => {
  it('says what came of it, and what it took', async () => {
    await invoke(create, bookingEvent());

    expect(log).toEqual([
      {
        timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
        level: 'INFO',
        request_id: REQUEST_ID,
        route: 'POST /api/patients/{patient_id}/appointments',
        status: 201,
        duration_ms: expect.any(Number),
        cold_start: true,
        attempts: 6,
      },
    ]);
  });

  it('is warm after the first, and one for each request', async () => {
    await invoke(list, httpEvent());
    await invoke(list, httpEvent());

    expect(log).toMatchObject([
      { route: 'GET /api/patients/{patient_id}/appointments', cold_start: false, attempts: 2 },
      { route: 'GET /api/patients/{patient_id}/appointments', cold_start: false, attempts: 2 },
    ]);
  });

  it('has the code of a refusal, which is no failure', async () => {
    await invoke(create, bookingEvent('{'));
    store.on(PutCommand).rejects(conditionFailed(APPOINTMENT_ITEM));
    await invoke(create, bookingEvent());

    expect(log).toMatchObject([
      { level: 'INFO', status: 400, code: 'invalid-request', attempts: 0 },
      { level: 'INFO', status: 409, code: 'patient-day-taken', attempts: 4 },
    ]);
    for (const line of log) expect(line).not.toHaveProperty('errors');
  });

  it('has the names, codes and stacks of what failed, never the messages', async () => {
    const cause = Object.assign(new Error('Alexei Isac\n    at Alexei.Isac (secret.ts:1:1)'), {
      code: 'ECONNRESET',
      $metadata: { httpStatusCode: 500, attempts: 3 },
    });
    store
      .on(PutCommand)
      .rejects(new Error('of Alexei', { cause }))
      .on(GetCommand, { Key: { PK: 'PATIENT#1', SK: 'DAY#2021-01-07' } })
      .resolves({});

    await invoke(create, bookingEvent());

    const stack = expect.arrayContaining([expect.stringMatching(/^at /)]);
    expect(log).toMatchObject([
      {
        level: 'ERROR',
        status: 503,
        code: 'store-unavailable',
        errors: [
          { name: 'BookingError', stack },
          { name: 'Error', stack },
          { name: 'Error', code: 'ECONNRESET', http_status: 500, stack },
        ],
      },
    ]);
    expect(JSON.stringify(log)).not.toMatch(/Alexei|Isac|secret/);
  });
});

describe('an error', () => {
  it('that is its own cause is logged, and answered, all the same', async () => {
    const error = new Error('a cycle');
    error.cause = error;
    store.on(PutCommand).rejects(error);

    const { status } = await invoke(create, bookingEvent());

    expect(status).toBe(500);
    expect(log).toMatchObject([{ errors: Array(5).fill({ name: 'Error' }) }]);
  });
});

describe('no line holds anything of a patient', () => {
  const CANARY = 'CANARY7c1f';
  const everywhere = {
    rawPath: `/api/patients/${CANARY}/appointments`,
    rawQueryString: `from=${CANARY}`,
    cookies: [CANARY],
    headers: {
      'content-type': 'application/json',
      'idempotency-key': CANARY,
      'user-agent': CANARY,
      authorization: CANARY,
    },
    requestContext: {
      ...httpEvent().requestContext,
      http: { method: 'GET', path: CANARY, protocol: CANARY, sourceIp: CANARY, userAgent: CANARY },
      domainName: CANARY,
      authorizer: {
        jwt: {
          claims: { sub: CANARY, patient: CANARY, scope: `patient/*.* ${CANARY}` },
          scopes: [CANARY],
        },
      },
    },
    pathParameters: { patient_id: CANARY },
    queryStringParameters: { [CANARY]: CANARY },
  };
  const booking = { practitioner_id: CANARY, start_time: '2021-01-07 00:00:00' };
  const person = { first_name: CANARY, last_name: CANARY };
  const patient = { ...person, patient_id: CANARY };
  const practitioner = { ...person, practitioner_id: CANARY, npi: CANARY };
  const item = {
    ...APPOINTMENT_ITEM,
    patient_id: CANARY,
    practitioner_first_name: CANARY,
    idempotency_key: CANARY,
  };

  /** Every error there is, with the canary wherever it can be. */
  const failures: [string, Error][] = [
    ...UNAVAILABILITIES.map(
      ([name, error]) => [name, Object.assign(error, { message: CANARY })] as [string, Error],
    ),
    ['a bug', new TypeError(CANARY, { cause: new Error(`\n    at ${CANARY}`) })],
    [
      'an error of a library',
      Object.assign(new Error(CANARY), { code: `xE${CANARY}`, data: CANARY }),
    ],
    ['an error whose message was changed', changedError()],
    ['a taken date', conditionFailed(item)],
    ['a stored item that is none', conditionFailed({ ...item, start_time: CANARY })],
  ];

  it.each(failures)('where %s comes from the store', async (_name, error) => {
    store.reset();
    store
      .on(GetCommand)
      .resolves({ Item: { ...patient, ...practitioner } })
      .on(GetCommand, { Key: { PK: `PATIENT#${CANARY}`, SK: 'DAY#2021-01-07' } })
      .resolves({})
      .on(PutCommand)
      .rejects(error)
      .on(QueryCommand)
      .rejects(error);

    for (const auth of ['none', 'jwt'] as const) {
      await invoke(
        appointmentCommands({ ...dependencies, auth }),
        bookingEvent(booking, everywhere),
      );
      await invoke(appointmentQueries({ ...dependencies, auth }), httpEvent(everywhere));
    }

    expect(log).toHaveLength(4);
    expect(JSON.stringify(log)).not.toContain(CANARY);
  });

  it.each([
    ['is malformed', `{"${CANARY}": ${CANARY}`],
    ['is none', `"${CANARY}"`],
    ['is too large', CANARY.repeat(2000)],
    ['is full of faults', { [CANARY]: CANARY, practitioner_id: `#${CANARY}`, start_time: CANARY }],
  ])('where the body %s', async (_name, body) => {
    await invoke(create, bookingEvent(body, everywhere));
    await invoke(
      create,
      bookingEvent(body, { ...everywhere, headers: { 'content-type': CANARY } }),
    );

    expect(log).toHaveLength(2);
    expect(JSON.stringify(log)).not.toContain(CANARY);
  });
});

/** Its stack was made when its message held the canary. */
function changedError(): Error {
  const error = new Error('CANARY7c1f');
  if (error.stack === undefined) throw error;
  error.message = '';
  return error;
}
