import timers from 'node:timers';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, jest } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { StoreUnavailableError } from '../../../src/domain/ports.ts';
import { appointmentCommands } from '../../../src/handlers/appointment-commands.ts';
import { connect } from '../../../src/handlers/environment.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import { captureLog } from '../../support/capture-log.ts';
import { answerOf, REQUEST_ID } from '../../support/http-event.ts';
import {
  appointmentsIn,
  failing,
  isCommand,
  isWrite,
  NAMES,
  OPERATIONS,
  requestFor,
  send,
  storeWith,
  UNUSED,
} from '../../support/operations.ts';
import {
  ALEXEI_ITEM,
  APPOINTMENT_ITEM,
  appointment,
  BOB_ITEM,
  cancelled,
  rescheduled,
} from '../../support/people.ts';
import { ANY_HEADERS, JSON_HEADERS, problem, UNAVAILABLE } from '../../support/responses.ts';
import { storeHolds, writesTo } from '../../support/store-reads.ts';

const log = captureLog();

const COMMANDS = NAMES.filter((name) => isCommand(OPERATIONS[name]));
const READ_UNAVAILABLE = {
  ...UNAVAILABLE,
  body: {
    ...UNAVAILABLE.body,
    detail: 'The appointment store is unavailable. Send the request again.',
  },
};

describe.each(NAMES)('%s', (name) => {
  const { routeKey, pathParameters, success, unknown } = OPERATIONS[name];
  const unavailable = isCommand({ routeKey }) ? UNAVAILABLE : READ_UNAVAILABLE;

  it('returns and logs its status', async () => {
    const { status, headers } = await send(requestFor(name), await storeWith([appointment()]));

    expect(status).toBe(success);
    expect(headers).toMatchObject(status === 204 ? ANY_HEADERS : JSON_HEADERS);
    expect(log).toEqual([
      expect.objectContaining({ level: 'INFO', route: routeKey, status: success }),
    ]);
    expect(log[0]).not.toHaveProperty('code');
  });

  it('gets 404 for an unknown person in its path, unless it adds them, and books nothing', async () => {
    const store = await storeWith();
    store.patients.clear();
    store.practitioners.clear();

    const answer = await send(requestFor(name), store);

    if (unknown === 201) expect(answer.status).toBe(201);
    else expect(answer).toEqual(problem(404, unknown));
    expect(appointmentsIn(store)).toEqual([]);
  });

  it('reports every unknown query parameter, without a call to the store', async () => {
    const unknownParameters = { form: '2030-01-01', 'From/~': 'x', constructor: 'y' };
    const { queryStringParameters } = OPERATIONS[name];
    const event = requestFor(name, {
      queryStringParameters: { ...queryStringParameters, ...unknownParameters },
    });

    const errors = Object.keys(unknownParameters).map((parameter) => ({
      parameter,
      detail: 'is not a parameter of this operation. Remove it',
    }));
    await expect(send(event, UNUSED)).resolves.toEqual(problem(400, 'invalid-request', { errors }));
  });

  it('reports every fault of its path without a call to the store', async () => {
    const [parameter = ''] = Object.keys(pathParameters);
    const id = { parameter, detail: 'must be 1 to 64 letters, digits, "_" or "-"' };
    const date = { parameter: 'date', detail: 'must be a date that exists' };
    const wrong = { [parameter]: 'PATIENT#1', date: '2021-02-30' };

    await expect(send(requestFor(name, { pathParameters: wrong }), UNUSED)).resolves.toEqual(
      problem(400, 'invalid-request', { errors: 'date' in pathParameters ? [id, date] : [id] }),
    );
  });

  it('reports a path without parameters', async () => {
    const { pathParameters: _, ...event } = requestFor(name);
    const errors = Object.keys(pathParameters).map((parameter) => ({
      parameter,
      detail: 'is required',
    }));

    await expect(send(event, UNUSED)).resolves.toEqual(problem(400, 'invalid-request', { errors }));
  });

  it('gets 503 if the store is unavailable', async () => {
    const store = failing(await storeWith(), new StoreUnavailableError());

    await expect(send(requestFor(name), store)).resolves.toEqual(unavailable);
    expect(log).toMatchObject([{ level: 'ERROR', status: 503, code: 'store-unavailable' }]);
  });

  it('gets 503 half a second before the function times out, and stops its calls', async () => {
    let signal: AbortSignal | undefined;
    const setTimeout = jest
      .spyOn(timers, 'setTimeout')
      .mockImplementationOnce(((passDeadline: () => void) => setImmediate(passDeadline)) as never);
    const hanging = failing(await storeWith(), undefined, () => false);
    const forever = async () => new Promise<never>(() => undefined);
    for (const method of Object.keys(hanging.people) as (keyof typeof hanging.people)[]) {
      hanging.people[method] = forever;
    }

    const answer = await send(requestFor(name), hanging, {
      remainingMilliseconds: 15_000,
      onScope: (scope) => ({ signal } = scope),
    });

    expect(answer).toEqual(unavailable);
    expect(setTimeout).toHaveBeenCalledWith(expect.any(Function), 14_500);
    expect(signal).toMatchObject({ aborted: true });
    expect(log).toMatchObject([
      { errors: [{ name: 'StoreUnavailableError' }, { name: 'TimeoutError' }] },
    ]);
  });

  it.each([
    ['a bug', new TypeError('Alexei'), [{ name: 'TypeError' }]],
    ['something other than an error', 'Alexei', []],
  ])('gets 500 without internal details for %s', async (_name, error, errors) => {
    const store = failing(await storeWith(), error);

    await expect(send(requestFor(name), store)).resolves.toEqual(problem(500, 'internal'));
    expect(log).toMatchObject([{ level: 'ERROR', status: 500, code: 'internal', errors }]);
    expect(JSON.stringify(log)).not.toContain('Alexei');
  });
});

describe.each(COMMANDS)('%s', (name) => {
  const failed = new StoreUnavailableError();

  it('gets 503 if it is unknown whether it was stored', async () => {
    const store = failing(await storeWith([appointment()]), failed, isWrite);

    await expect(send(requestFor(name), store)).resolves.toEqual(UNAVAILABLE);
  });

  it('gets 500 without a request id, and writes nothing', async () => {
    const table = mockClient(DynamoDBDocumentClient);
    storeHolds(table, [ALEXEI_ITEM, BOB_ITEM, APPOINTMENT_ITEM]);
    const environment = { auth: 'none', tableName: 'table', doubleBooking: 'allow' } as const;
    const commands = appointmentCommands(connect(environment, createRepositories));
    const event = requestFor(name);
    const { requestId: _, ...requestContext } = event.requestContext;

    const { status, body } = await answerOf(commands, {
      ...event,
      requestContext: requestContext as typeof event.requestContext,
    });
    expect([status, body]).toMatchObject([500, { type: 'urn:problem:internal' }]);
    expect(writesTo(table)).toEqual([]);

    // With the id, the same request writes.
    table.onAnyCommand().resolves({});
    storeHolds(table, [ALEXEI_ITEM, BOB_ITEM, APPOINTMENT_ITEM]);
    await expect(answerOf(commands, event)).resolves.toMatchObject({
      status: OPERATIONS[name].success,
    });
    expect(writesTo(table)).toHaveLength(1);
    table.restore();
  });
});

const WITH_A_BODY = NAMES.filter((name) => OPERATIONS[name].body !== undefined);

describe.each(NAMES.filter((name) => !WITH_A_BODY.includes(name)))('%s', (name) => {
  it('ignores a body', async () => {
    const event = { ...requestFor(name), body: '{'.repeat(20_000) };

    await expect(send(event, await storeWith([appointment()]))).resolves.toMatchObject({
      status: OPERATIONS[name].success,
    });
  });
});

describe.each(WITH_A_BODY)('the body of %s', (name) => {
  it.each([undefined, null, '', 'null'])('is not %j', async (body) => {
    const event = { ...requestFor(name), body } as APIGatewayProxyEventV2;
    const detail = body === 'null' ? 'must be a JSON object' : 'must be valid JSON in UTF-8';

    await expect(send(event, UNUSED)).resolves.toEqual(
      problem(400, 'invalid-request', { errors: [{ pointer: '', detail }] }),
    );
  });

  it.each([undefined, null])('has a media type, so the headers are not %j', async (headers) => {
    const event = { ...requestFor(name), headers } as unknown as APIGatewayProxyEventV2;

    await expect(send(event, UNUSED)).resolves.toEqual(problem(415, 'unsupported-media-type'));
  });
});

describe.each(['GET', 'POST'])('a %s route that the function does not serve', (method) => {
  it('gets 500', async () => {
    const served = requestFor(method === 'GET' ? 'list' : 'book');
    const handler = appointmentCommands({ auth: 'none', repositoriesFor: () => UNUSED });

    const routeKey = `${method} /api/unknown`;
    const { status, body } = await answerOf(handler, { ...served, routeKey });

    expect([status, body]).toMatchObject([500, { type: 'urn:problem:internal' }]);
    expect(log).toMatchObject([{ code: 'internal', route: routeKey }]);
  });
});

describe('who made a change', () => {
  const iam = { iam: { userArn: 'arn:aws:iam::123456789012:user/clinic' } };
  const jwt = (claims: object) => ({ jwt: { claims: { scope: 'system/*.*', ...claims } } });

  describe.each([
    ['the ARN of the AWS principal', 'iam', iam, iam.iam.userArn],
    ["the token's subject", 'jwt', jwt({ sub: 'practitioner-7' }), 'practitioner-7'],
    ['null if the token has no subject', 'jwt', jwt({}), null],
    ['null if the subject is not text', 'jwt', jwt({ sub: 7 }), null],
    ['null without authorization, even with an identity', 'none', iam, null],
  ] as const)('is %s', (_name, auth, authorizer, caller) => {
    const origin = { requestId: REQUEST_ID, caller };
    const made = { bookedBy: origin, ending: null };

    it.each([
      ['book', [appointment(), expect.objectContaining(made)]],
      ['cancel', [{ ...cancelled(), ending: expect.objectContaining({ endedBy: origin }) }]],
      [
        'reschedule',
        [
          { ...rescheduled(), ending: expect.objectContaining({ endedBy: origin }) },
          expect.objectContaining(made),
        ],
      ],
      [
        'recordAttendance',
        [appointment({ attendance: expect.objectContaining({ recordedBy: origin }) as never })],
      ],
    ] as const)('for %s, with the request id', async (name, stored) => {
      const store = await storeWith([appointment()]);

      await send(requestFor(name, { authorizer }), store, { auth });

      expect(appointmentsIn(store)).toEqual(stored);
    });

    it.each(['putPatient', 'erasePatient', 'putPractitioner', 'putSchedule'] as const)(
      'for %s, with the request id',
      async (name) => {
        const store = await storeWith();
        const change = jest.spyOn(store.people, name);

        await send(requestFor(name, { authorizer }), store, { auth });

        expect(change.mock.calls.flat()).toContainEqual(origin);
      },
    );
  });
});
