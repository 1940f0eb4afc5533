import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it, jest } from '@jest/globals';
import type { IdempotencyKey } from '../../../src/domain/appointment.ts';
import type { Id, Name } from '../../../src/domain/people.ts';
import { StoreUnavailableError } from '../../../src/domain/ports.ts';
import { ALWAYS_OPEN } from '../../../src/domain/schedule.ts';
import { FAILURES } from '../../../src/handlers/http/log.ts';
import { InvalidItemError } from '../../../src/repositories/attributes.ts';
import { captureLog } from '../../support/capture-log.ts';
import { invoke, REQUEST_ID } from '../../support/http-event.ts';
import {
  failing,
  isCommand,
  isWrite,
  NAMES,
  OPERATIONS,
  requestFor,
  send,
  storeWith,
} from '../../support/operations.ts';
import { appointment, cancelled } from '../../support/people.ts';

const log = captureLog();

/** Sends a booking whose write fails. */
async function bookAndFail(error: unknown) {
  return send(requestFor('book'), failing(await storeWith(), error, isWrite));
}

describe('the log line of a request', () => {
  it('has the outcome, the duration, and the calls to the store, and nothing else', async () => {
    const now = jest.spyOn(performance, 'now').mockReturnValueOnce(1000).mockReturnValue(1250.4);

    await send(requestFor('book'), await storeWith(), {
      onScope({ onCall }) {
        onCall?.(2);
        onCall?.(3);
      },
    });
    now.mockRestore();

    expect(log).toEqual([
      {
        timestamp: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/),
        level: 'INFO',
        request_id: REQUEST_ID,
        route: 'POST /api/patients/{patient_id}/appointments',
        status: 201,
        duration_ms: 250,
        cold_start: expect.any(Boolean),
        store_calls: 2,
        store_retries: 3,
      },
    ]);
  });

  it('marks the first request of a process, and only the first, as a cold start', async () => {
    const store = await storeWith();
    await jest.isolateModulesAsync(async () => {
      const fresh = await import('../../../src/handlers/appointment-queries.ts');
      const handler = fresh.appointmentQueries({ auth: 'none', repositoriesFor: () => store });

      await invoke(handler, requestFor('list'));
      await invoke(handler, requestFor('list'));
    });

    expect(log).toMatchObject([{ cold_start: true }, { cold_start: false }]);
  });

  it('has the code of a rejected request, at level INFO, and no errors', async () => {
    await send(requestFor('book', { body: '{' }), await storeWith());
    await send(requestFor('reschedule'), await storeWith([cancelled()]));

    expect(log).toMatchObject([
      { level: 'INFO', status: 400, code: 'invalid-request', store_calls: 0 },
      { level: 'INFO', status: 409, code: 'appointment-cancelled' },
    ]);
    for (const line of log) expect(line).not.toHaveProperty('errors');
  });

  it('has the names, codes, attributes, and stacks of an error and its causes, but no values', async () => {
    const cause = Object.assign(new Error('Alexei Isac\n    at Alexei.Isac (secret.ts:1:1)'), {
      code: 'ECONNRESET',
      attribute: 'Alexei',
      $metadata: { httpStatusCode: 500, attempts: 3 },
    });
    const invalid = Object.assign(new InvalidItemError('last_name', 'is Isac'), { cause });
    await bookAndFail(new StoreUnavailableError({ cause: invalid }));

    expect(log).toMatchObject([
      {
        level: 'ERROR',
        status: 503,
        code: 'store-unavailable',
        errors: [
          { name: 'StoreUnavailableError' },
          { name: 'InvalidItemError', attribute: 'last_name' },
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
    await bookAndFail(error);

    const stack = expect.arrayContaining([expect.stringContaining('log.test.ts')]);
    expect(log).toMatchObject([{ errors: [{ name: 'TypeError', stack }] }]);
    const [{ errors }] = log as [{ errors: { code?: string }[] }];
    expect(errors[0]?.code).toBe(code);
  });

  it('has no stack of an error whose message was changed', async () => {
    await bookAndFail(changedError());

    expect(log).toMatchObject([{ errors: [{ name: 'Error', stack: [''] }] }]);
  });

  it('has five levels of causes if an error is its own cause', async () => {
    const error = new Error('a cycle');
    error.cause = error;

    await expect(bookAndFail(error)).resolves.toMatchObject({ status: 500 });
    expect(log).toMatchObject([{ errors: Array(5).fill({ name: 'Error' }) }]);
  });

  it('passes errors to subscribers if a request fails, and only then', async () => {
    const failures: unknown[] = [];
    const collect = (failure: unknown) => failures.push(failure);
    const error = new Error('of Alexei');
    subscribe(FAILURES, collect);
    await send(requestFor('book'), await storeWith());
    await bookAndFail(error);
    unsubscribe(FAILURES, collect);

    expect(failures).toEqual([error]);
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
  const headers = {
    'content-type': 'application/json',
    'idempotency-key': CANARY,
    'user-agent': CANARY,
    authorization: CANARY,
  };
  /** A request with the canary in every place that can hold text, except its route and request id. */
  const everywhere = (name: (typeof NAMES)[number], body: unknown = bodyOf(name)) => {
    const event = requestFor(name, { body });
    const claims = { sub: CANARY, patient: CANARY, scope: `system/*.* ${CANARY}` };
    return {
      ...event,
      headers,
      rawPath: `/api/patients/${CANARY}/appointments`,
      rawQueryString: `from=${CANARY}`,
      cookies: [CANARY],
      pathParameters: { patient_id: CANARY, practitioner_id: CANARY, date: '2021-01-07' },
      requestContext: {
        ...event.requestContext,
        domainName: CANARY,
        authorizer: { iam: { userArn: CANARY }, jwt: { claims, scopes: [CANARY] } },
        http: {
          method: 'GET',
          path: CANARY,
          protocol: CANARY,
          sourceIp: CANARY,
          userAgent: CANARY,
        },
      },
    };
  };
  const bodyOf = (name: (typeof NAMES)[number]) => {
    const { body } = OPERATIONS[name];
    const canaries = {
      practitioner_id: CANARY,
      first_name: CANARY,
      last_name: CANARY,
      npi: CANARY,
    };
    return (
      body &&
      Object.fromEntries(
        Object.entries({ ...body, ...canaries }).filter(([member]) => member in body),
      )
    );
  };

  async function storeOfCanaries() {
    const person = { firstName: CANARY as Name, lastName: CANARY as Name };
    const practitioner = { ...person, practitionerId: CANARY as Id, npi: CANARY };
    const patientId = CANARY as Id;
    const idempotencyKey = CANARY as IdempotencyKey;
    const store = await storeWith([appointment({ patientId, practitioner, idempotencyKey })]);
    store.patients.set(patientId, { ...person, patientId });
    store.practitioners.set(practitioner.practitionerId, {
      ...practitioner,
      schedule: ALWAYS_OPEN,
    });
    return store;
  }

  it.each(['none', 'iam', 'jwt'] as const)('if requests succeed: %s', async (auth) => {
    for (const name of NAMES) {
      const { status } = await send(everywhere(name), await storeOfCanaries(), { auth });
      expect([name, status]).toEqual([name, OPERATIONS[name].success]);
    }

    expect(log).toHaveLength(NAMES.length);
    expect(JSON.stringify(log)).not.toContain(CANARY);
  });

  it.each<[string, unknown]>([
    [
      'an unavailable store',
      new StoreUnavailableError({ cause: Object.assign(new Error(CANARY), { name: 'Error' }) }),
    ],
    ['a bug', new TypeError(CANARY, { cause: new Error(`\n    at ${CANARY}`) })],
    [
      'an error of a library',
      Object.assign(new Error(CANARY), { code: `xE${CANARY}`, data: CANARY, Item: { CANARY } }),
    ],
    ['an error whose message was changed', changedError()],
    ['a text', CANARY],
  ])('if a read or a write fails with %s', async (_name, error) => {
    for (const name of NAMES) {
      const store = await storeOfCanaries();
      await send(everywhere(name), failing(store, error));
      await send(everywhere(name), failing(store, error, isWrite));
    }

    expect(log).toHaveLength(2 * NAMES.length);
    expect(JSON.stringify(log)).not.toContain(CANARY);
  });

  it.each<[string, unknown]>([
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
        first_name: `\n${CANARY}`,
        last_name: `\n${CANARY}`,
        npi: `\n${CANARY}`,
        hours: { mon: [{ from: CANARY }], [CANARY]: CANARY },
        time_off: [{ to: CANARY, [CANARY]: CANARY }],
      },
    ],
  ])('if a body is %s', async (_name, body) => {
    const commands = NAMES.filter((name) => isCommand(OPERATIONS[name]));
    const store = await storeOfCanaries();
    for (const name of commands) {
      const event = everywhere(name, body);
      await send(event, store);
      await send({ ...event, headers: { 'content-type': CANARY } }, store);
    }

    expect(log).toHaveLength(2 * commands.length);
    expect(JSON.stringify(log)).not.toContain(CANARY);
  });

  it('if a query is invalid', async () => {
    const queries = NAMES.filter((name) => !isCommand(OPERATIONS[name]));
    const names = ['from', 'after', 'date', 'limit', CANARY];
    const queryStringParameters = Object.fromEntries(names.map((name) => [name, CANARY]));
    for (const name of queries) {
      await send({ ...everywhere(name), queryStringParameters }, await storeOfCanaries());
    }

    expect(log).toHaveLength(queries.length);
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
