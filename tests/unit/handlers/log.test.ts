import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { appointmentCommands } from '../../../src/handlers/appointment-commands.ts';
import { appointmentQueries } from '../../../src/handlers/appointment-queries.ts';
import { connect } from '../../../src/handlers/environment.ts';
import { FAILURES } from '../../../src/handlers/http/log.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import { captureLog } from '../../support/capture-log.ts';
import {
  agendaEvent,
  bookingEvent,
  commandEvent,
  gettingEvent,
  httpEvent,
  invoke,
  REQUEST_ID,
  slotsEvent,
} from '../../support/http-event.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, BOB_ITEM, ID } from '../../support/people.ts';
import { conditionFailed, UNAVAILABILITIES } from '../../support/store-errors.ts';
import { storeHolds } from '../../support/store-reads.ts';

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();
const environment = { auth: 'none', tableName: 'table', doubleBooking: 'allow' } as const;
const commands = appointmentCommands(connect(environment, createRepositories));
const queries = appointmentQueries(connect(environment, createRepositories));

beforeEach(() => {
  store.reset();
  store
    .on(BatchGetCommand)
    .resolves({
      Responses: { table: [ALEXEI_ITEM, BOB_ITEM] },
      $metadata: { attempts: 2 },
    })
    .on(GetCommand)
    .resolves({ Item: ALEXEI_ITEM, $metadata: { attempts: 1 } })
    .on(PutCommand)
    .resolves({ $metadata: { attempts: 3 } })
    .on(QueryCommand)
    .resolves({ Items: [], $metadata: { attempts: 1 } });
  log.splice(0);
});

describe('the log line of a request', () => {
  it('has the outcome, the duration, and the calls to the store', async () => {
    const began = performance.now();
    await invoke(commands, bookingEvent());
    const elapsed = Math.ceil(performance.now() - began);

    expect(log).toEqual([
      {
        timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
        level: 'INFO',
        request_id: REQUEST_ID,
        route: 'POST /api/patients/{patient_id}/appointments',
        status: 201,
        duration_ms: expect.any(Number),
        cold_start: expect.any(Boolean),
        store_calls: 2,
        store_retries: 3,
      },
    ]);
    const [{ duration_ms }] = log as [{ duration_ms: number }];
    expect(duration_ms).toBeLessThanOrEqual(elapsed);
  });

  it('marks the first request of a process, and only the first, as a cold start', async () => {
    const empty = {
      people: { findPatient: async () => Promise.resolve(undefined) },
      appointments: { listByPatient: async () => Promise.resolve([]) },
    } as never;
    await jest.isolateModulesAsync(async () => {
      const fresh = await import('../../../src/handlers/appointment-queries.ts');
      const handler = fresh.appointmentQueries({ auth: 'none', repositoriesFor: () => empty });

      await invoke(handler, httpEvent());
      await invoke(handler, httpEvent());
    });

    expect(log).toMatchObject([{ cold_start: true }, { cold_start: false }]);
  });

  it('is written once per request', async () => {
    await invoke(queries, httpEvent());
    await invoke(queries, httpEvent());

    const route = 'GET /api/patients/{patient_id}/appointments';
    expect(log).toMatchObject([
      { route, store_calls: 2, store_retries: 0 },
      { route, store_calls: 2, store_retries: 0 },
    ]);
  });

  it('has the code of a rejected request, at level INFO', async () => {
    await invoke(commands, bookingEvent('{'));
    store.on(PutCommand).rejects(conditionFailed(APPOINTMENT_ITEM));
    await invoke(commands, bookingEvent());

    expect(log).toMatchObject([
      { level: 'INFO', status: 400, code: 'invalid-request', store_calls: 0 },
      { level: 'INFO', status: 409, code: 'patient-day-taken', store_calls: 2 },
    ]);
    for (const line of log) expect(line).not.toHaveProperty('errors');
  });

  it('has the names, codes and stacks of an error and its causes, but no messages', async () => {
    const cause = Object.assign(new Error('Alexei Isac\n    at Alexei.Isac (secret.ts:1:1)'), {
      code: 'ECONNRESET',
      $metadata: { httpStatusCode: 500, attempts: 3 },
    });
    store
      .on(PutCommand)
      .rejects(new Error('of Alexei', { cause }))
      .on(GetCommand, { Key: { PK: 'PATIENT#1', SK: 'DAY#2021-01-07' } })
      .resolves({});

    await invoke(commands, bookingEvent());

    expect(log).toMatchObject([
      {
        level: 'ERROR',
        status: 503,
        code: 'store-unavailable',
        errors: [
          { name: 'StoreUnavailableError' },
          { name: 'Error' },
          { name: 'Error', code: 'ECONNRESET', http_status: 500 },
        ],
      },
    ]);
    expect(JSON.stringify(log)).not.toMatch(/Alexei|Isac|secret/);
    const [{ errors }] = log as [{ errors: { stack: string[] }[] }];
    for (const { stack } of errors) {
      expect(stack.filter((frame) => !frame.startsWith('at '))).toEqual([]);
    }
  });

  it.each([
    [
      'of Node, whose heading includes its code',
      withHeading('TypeError [ERR_A_B]: of Alexei', coded('ERR_A_B')),
      'ERR_A_B',
    ],
    ['without a message', withHeading('TypeError', new TypeError()), undefined],
    ['whose code ends in text', coded('E_OF Alexei'), undefined],
    ['whose code begins with text', coded('AlexE_I'), undefined],
  ])('has the stack of an error %s', async (_name, error, code) => {
    store.on(PutCommand).rejects(error);

    await invoke(commands, bookingEvent());

    const stack = expect.arrayContaining([expect.stringContaining('log.test.ts')]);
    expect(log).toMatchObject([{ errors: [{ name: 'TypeError', stack }] }]);
    const [{ errors }] = log as [{ errors: { code?: string }[] }];
    expect(errors[0]?.code).toBe(code);
  });

  it('has no stack of an error whose message was changed', async () => {
    store.on(PutCommand).rejects(changedError());

    await invoke(commands, bookingEvent());

    expect(log).toMatchObject([{ errors: [{ name: 'Error', stack: [''] }] }]);
  });

  it('names the attribute of an invalid stored item, but not its value, nor a member of another error', async () => {
    const item = { ...APPOINTMENT_ITEM, start_time: 'of Alexei' };
    store.on(PutCommand).rejects(conditionFailed(item));
    await invoke(commands, bookingEvent());
    store.on(PutCommand).rejects(Object.assign(new Error(), { attribute: 'Alexei' }));
    await invoke(commands, bookingEvent());

    expect(log).toMatchObject([
      { code: 'internal', errors: [{ name: 'InvalidItemError', attribute: 'start_time' }] },
      { code: 'internal', errors: [{ name: 'Error' }] },
    ]);
    expect(JSON.stringify(log)).not.toContain('Alexei');
  });

  it('passes errors to subscribers if a request fails, and only then', async () => {
    const failures: unknown[] = [];
    const collect = (failure: unknown) => failures.push(failure);
    subscribe(FAILURES, collect);
    await invoke(commands, bookingEvent());
    const error = new Error('of Alexei');
    store.on(PutCommand).rejects(error);
    await invoke(commands, bookingEvent());
    unsubscribe(FAILURES, collect);

    expect(failures).toEqual([error]);
  });

  it('has five levels of causes if an error is its own cause', async () => {
    const error = new Error('a cycle');
    error.cause = error;
    store.on(PutCommand).rejects(error);

    const { status } = await invoke(commands, bookingEvent());

    expect(status).toBe(500);
    expect(log).toMatchObject([{ errors: Array(5).fill({ name: 'Error' }) }]);
  });
});

function coded(code: string): Error {
  return Object.assign(new TypeError('of Alexei'), { code });
}

/** An error with the heading that Node writes. Jest formats stacks itself, in another way. */
function withHeading(heading: string, error: Error): Error {
  error.stack = error.stack?.replace(/^.*/, heading) ?? '';
  return error;
}

describe('no log line contains anything about a patient', () => {
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
          claims: { sub: CANARY, patient: CANARY, scope: `patient/*.* user/*.s ${CANARY}` },
          scopes: [CANARY],
        },
      },
    },
    pathParameters: { patient_id: CANARY, practitioner_id: CANARY, date: '2021-01-07' },
    queryStringParameters: { [CANARY]: CANARY, date: '2021-01-07' },
  };
  const booking = { practitioner_id: CANARY, start_time: '2021-01-06 00:00:00' };
  const requests = [
    bookingEvent(booking, everywhere),
    commandEvent('cancel', { appointment_id: ID }, everywhere),
    commandEvent('reschedule', { appointment_id: ID, ...booking }, everywhere),
    httpEvent(everywhere),
    gettingEvent(everywhere),
    agendaEvent(everywhere),
    slotsEvent(everywhere),
  ];
  const person = { first_name: CANARY, last_name: CANARY };
  const patient = { ...person, PK: `PATIENT#${CANARY}`, SK: 'PROFILE', patient_id: CANARY };
  const practitioner = {
    ...person,
    PK: `PRACTITIONER#${CANARY}`,
    SK: 'PROFILE',
    practitioner_id: CANARY,
    npi: CANARY,
  };
  const item = {
    ...APPOINTMENT_ITEM,
    PK: patient.PK,
    patient_id: CANARY,
    practitioner_first_name: CANARY,
    idempotency_key: CANARY,
  };

  /** Every kind of error, with the canary in every place that can hold text. */
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
    ['an invalid stored item', conditionFailed({ ...item, start_time: CANARY })],
  ];

  it.each(failures)('if the store responds with %s', async (_name, error) => {
    store.reset().onAnyCommand().rejects(error);
    storeHolds(store, [patient, practitioner, item]);

    for (const auth of ['none', 'jwt'] as const) {
      const dependencies = connect({ ...environment, auth }, createRepositories);
      for (const event of requests) {
        const { routeKey } = event;
        const functionOf = routeKey.startsWith('POST ') ? appointmentCommands : appointmentQueries;
        await invoke(functionOf(dependencies), event);
      }
    }

    expect(log).toHaveLength(2 * requests.length);
    expect(JSON.stringify(log)).not.toContain(CANARY);
  });

  it.each([
    ['malformed', `{"${CANARY}": ${CANARY}`],
    ['not an object', `"${CANARY}"`],
    ['too large', CANARY.repeat(2000)],
    [
      'full of faults',
      {
        [CANARY]: CANARY,
        practitioner_id: `#${CANARY}`,
        start_time: CANARY,
        appointment_id: CANARY,
        reason: CANARY,
      },
    ],
  ])('if the body is %s', async (_name, body) => {
    for (const command of ['cancel', 'reschedule'] as const) {
      await invoke(commands, commandEvent(command, body, everywhere));
    }
    await invoke(commands, bookingEvent(body, everywhere));
    await invoke(
      commands,
      bookingEvent(body, { ...everywhere, headers: { 'content-type': CANARY } }),
    );

    expect(log).toHaveLength(4);
    expect(JSON.stringify(log)).not.toContain(CANARY);
  });
});

/** An error whose stack still has the canary of its first message. */
function changedError(): Error {
  const error = new Error('CANARY7c1f');
  if (error.stack === undefined) throw error;
  error.message = '';
  return error;
}
