import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { handler as commands } from '../../../src/handlers/appointment-commands.ts';
import { appointmentQueries } from '../../../src/handlers/appointment-queries.ts';
import { connect } from '../../../src/handlers/environment.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import { captureLog } from '../../support/capture-log.ts';
import {
  agendaEvent,
  bookingEvent,
  commandEvent,
  gettingEvent,
  httpEvent,
  invoke,
  slotsEvent,
} from '../../support/http-event.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, BOB_ITEM, ID } from '../../support/people.ts';
import { PROBLEM_HEADERS, UNAVAILABLE } from '../../support/responses.ts';
import { UNAVAILABILITIES } from '../../support/store-errors.ts';
import { failReads, storeHolds, writesTo } from '../../support/store-reads.ts';

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();

// The slots are read only if double booking is rejected.
const queries = appointmentQueries(
  connect(
    { auth: 'none', tableName: 'appointments-test', doubleBooking: 'reject' },
    createRepositories,
  ),
);

const CANCEL = { appointment_id: ID };
const RESCHEDULE = { appointment_id: ID, start_time: '2021-01-08 00:00:00' };

type Event = (changes?: Partial<APIGatewayProxyEventV2>) => APIGatewayProxyEventV2;

/** Each operation: its request, and the status and store calls of its success. */
const COMMANDS: [string, Event, number, number][] = [
  ['book', (changes) => bookingEvent(undefined, changes), 201, 2],
  ['cancel', (changes) => commandEvent('cancel', CANCEL, changes), 200, 2],
  ['reschedule', (changes) => commandEvent('reschedule', RESCHEDULE, changes), 201, 3],
];
const OPERATIONS: typeof COMMANDS = [
  ...COMMANDS,
  ['list', httpEvent, 200, 2],
  ['get', gettingEvent, 200, 1],
  ['agenda', agendaEvent, 200, 2],
  ['slots', slotsEvent, 200, 2],
];

/** Who is named by the path. */
const personOf = ({ routeKey }: APIGatewayProxyEventV2) =>
  routeKey.includes('{patient_id}') ? 'patient' : 'practitioner';

const isCommand = ({ routeKey }: APIGatewayProxyEventV2) => routeKey.startsWith('POST ');

async function send(event: APIGatewayProxyEventV2, remainingMilliseconds?: number) {
  return invoke(isCommand(event) ? commands : queries, event, remainingMilliseconds);
}

beforeEach(() => {
  store.reset();
  store.onAnyCommand().resolves({});
  storeHolds(store, [ALEXEI_ITEM, BOB_ITEM, APPOINTMENT_ITEM]);
  log.splice(0);
});

describe.each(OPERATIONS)('%s', (name, event, success, calls) => {
  it('passes the deadline to each of its calls, and logs how many', async () => {
    const { status } = await send(event());

    expect(status).toBe(success);
    const options = store.calls().map(({ args }) => (args as unknown[])[1]);
    expect(options).toEqual(Array(calls).fill({ abortSignal: expect.any(AbortSignal) }));
    const { routeKey } = event();
    expect(log).toMatchObject([{ route: routeKey, status: success, store_calls: calls }]);
  });

  it('gets 404 for an unknown person in its path, whatever else is unknown, and writes nothing', async () => {
    const person = personOf(event());
    storeHolds(store, []);

    const { status, headers, body } = await send(event());

    expect([status, headers]).toEqual([404, PROBLEM_HEADERS]);
    expect(body).toMatchObject({
      type: `urn:problem:${person}-not-found`,
      title: `${person === 'patient' ? 'Patient' : 'Practitioner'} not found`,
      detail: `No ${person} has this ${person}_id.`,
    });
    expect(writesTo(store)).toEqual([]);
  });

  it('reports every fault of its path, without a call to the store', async () => {
    const parameter = `${personOf(event())}_id`;
    const pathParameters = { [parameter]: 'PATIENT#1', date: '2021-02-30' };

    const { status, body } = await send(event({ pathParameters }));

    expect(status).toBe(400);
    const date = { parameter: 'date', detail: 'must be a date that exists' };
    expect(body).toMatchObject({
      errors: [
        { parameter, detail: 'must be 1 to 64 letters, digits, "_" or "-"' },
        ...(event().routeKey.includes('{date}') ? [date] : []),
      ],
    });
    expect(store.calls()).toHaveLength(0);
  });

  it('reports every unknown query parameter, without a call to the store', async () => {
    const { queryStringParameters } = event();
    const unknown = { form: '2030-01-01', 'From/~': 'x', constructor: 'y' };

    const { status, body } = await send(
      event({ queryStringParameters: { ...queryStringParameters, ...unknown } }),
    );

    expect(status).toBe(400);
    expect(body).toMatchObject({
      errors: Object.keys(unknown).map((parameter) => ({
        parameter,
        detail: 'is not a parameter of this operation. Remove it',
      })),
    });
    expect(store.calls()).toHaveLength(0);
  });

  it.each(UNAVAILABILITIES)('gets 503 if it cannot read: %s', async (_error, error) => {
    failReads(store, error);

    const detail = 'The appointment store is unavailable. Send the request again.';
    const body = isCommand(event()) ? UNAVAILABLE.body : { ...UNAVAILABLE.body, detail };
    await expect(send(event())).resolves.toEqual({ ...UNAVAILABLE, body });
    expect(log).toMatchObject([{ level: 'ERROR', code: 'store-unavailable' }]);
  });

  it('reads all at once, and gets 503 before the function times out', async () => {
    store
      .reset()
      .onAnyCommand()
      .callsFake(async () => new Promise(() => undefined));

    const began = performance.now();
    await expect(send(event(), 600)).resolves.toMatchObject({ status: 503 });
    expect(performance.now() - began).toBeLessThan(400);
    // A range of keys takes a call of its own.
    const ranges = ['list', 'agenda', 'slots'].includes(name) ? 1 : 0;
    expect(store.calls()).toHaveLength(1 + ranges);
  });
});

describe.each(COMMANDS)('the body of %s', (_name, event) => {
  it('is checked for its size, its type, and its form, in this order', async () => {
    const headers = { 'content-type': 'text/plain' };
    const pathParameters = { patient_id: '#', date: '#' };
    const answers = [
      await send(event({ headers, pathParameters, body: '{'.repeat(16_385) })),
      await send(event({ headers, pathParameters, body: '{' })),
      await send(event({ pathParameters, body: '{' })),
      await send(event({ pathParameters, body: '[]' })),
    ];

    expect(answers).toMatchObject([
      { status: 413, body: { type: 'urn:problem:body-too-large' } },
      { status: 415, body: { type: 'urn:problem:unsupported-media-type' } },
      { status: 400, body: { errors: [{ pointer: '', detail: 'must be valid JSON in UTF-8' }] } },
      { status: 400, body: { errors: [{ pointer: '', detail: 'must be a JSON object' }] } },
    ]);
    expect(store.calls()).toHaveLength(0);
  });

  it('can be missing, empty, or null, as the headers can, but is never accepted', async () => {
    const missing = [undefined, null, ''].map((body) => ({ ...event(), body }) as never);
    const faultOf = (detail: string) => ({
      status: 400,
      body: { errors: [{ pointer: '', detail }] },
    });

    for (const bodiless of missing) {
      await expect(send(bodiless)).resolves.toMatchObject(faultOf('must be valid JSON in UTF-8'));
    }
    for (const headers of [undefined, null]) {
      await expect(send({ ...event(), headers } as never)).resolves.toMatchObject({ status: 415 });
    }
    await expect(send(event({ body: 'null' }))).resolves.toMatchObject(
      faultOf('must be a JSON object'),
    );
    expect(store.calls()).toHaveLength(0);
  });
});
