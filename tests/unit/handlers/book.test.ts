import { setTimeout as sleep } from 'node:timers/promises';
import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { appointmentCommands, handler } from '../../../src/handlers/appointment-commands.ts';
import { connect } from '../../../src/handlers/environment.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import type { Item } from '../../../src/repositories/store.ts';
import { captureLog } from '../../support/capture-log.ts';
import { answerOf, bookingEvent, invoke, REQUEST_ID } from '../../support/http-event.ts';
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
import {
  APPOINTMENT,
  INSTANT,
  JSON_HEADERS,
  PROBLEM_HEADERS,
  problem,
  UNAVAILABLE,
} from '../../support/responses.ts';
import {
  conditionFailed,
  transactionCanceled,
  UNAVAILABILITIES,
} from '../../support/store-errors.ts';
import { storeHolds } from '../../support/store-reads.ts';

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();

const exclusive = appointmentCommands(
  connect(
    { auth: 'none', tableName: 'appointments-test', doubleBooking: 'reject' },
    createRepositories,
  ),
);

const NOT_VALID = {
  type: 'urn:problem:invalid-request',
  title: 'Invalid request',
  status: 400,
  detail: 'The request is invalid. Correct every fault listed in "errors".',
  request_id: REQUEST_ID,
};
const DAY_KEY = { PK: 'PATIENT#1', SK: 'DAY#2021-01-07' };
/** What reads the ended appointments of the date that were replaced. */
const HISTORY = {
  TableName: 'appointments-test',
  ConsistentRead: true,
  KeyConditionExpression: 'PK = :patient AND begins_with(SK, :day)',
  ExpressionAttributeValues: { ':patient': 'PATIENT#1', ':day': 'DAY#2021-01-07#' },
};
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

beforeEach(() => {
  store.reset();
  storeHolds(store, [ALEXEI_ITEM, BOB_ITEM]);
  store
    .on(PutCommand)
    .resolves({})
    .on(QueryCommand)
    .resolves({ Items: [] })
    .on(TransactWriteCommand)
    .resolves({});
  log.splice(0);
});

/** A request with an Idempotency-Key. */
const keyed = (body?: unknown, key = 'key 1') =>
  bookingEvent(body, { headers: { 'content-type': 'application/json', 'idempotency-key': key } });

function putItem(): Record<string, unknown> {
  return store.commandCalls(PutCommand)[0]?.args[0].input.Item ?? {};
}

describe('a booking', () => {
  it('returns 201 with the appointment and its Location', async () => {
    const { status, headers, body } = await invoke(handler, bookingEvent());

    expect(status).toBe(201);
    expect(headers).toEqual({
      ...JSON_HEADERS,
      Location: '/api/patients/1/appointments/2021-01-07',
    });
    expect(body).toEqual({
      ...APPOINTMENT,
      appointment_id: expect.stringMatching(UUID),
      created_at: INSTANT,
    });
  });

  it('costs one consistent read of both people and one conditional put', async () => {
    await invoke(handler, bookingEvent());

    expect(store.calls()).toHaveLength(2);
    const people = [ALEXEI_ITEM, BOB_ITEM].map(({ PK, SK }) => ({ PK, SK }));
    expect(store.commandCalls(BatchGetCommand)[0]?.args[0].input).toEqual({
      RequestItems: { 'appointments-test': { Keys: people, ConsistentRead: true } },
    });
    const [put] = store.commandCalls(PutCommand);
    expect(put?.args[0].input.TableName).toBe('appointments-test');
    expect(put?.args[0].input.ConditionExpression).toBe('attribute_not_exists(PK)');
  });

  it('stores people, start, booking time, and request id', async () => {
    const before = new Date().toISOString();
    const { body } = await invoke(handler, bookingEvent());
    const after = new Date().toISOString();

    const { created_at, ...stored } = putItem() as Record<string, string>;
    expect(stored).toEqual({
      PK: 'PATIENT#1',
      SK: 'DAY#2021-01-07',
      appointment_id: (body as { appointment_id: string }).appointment_id,
      patient_id: '1',
      practitioner_id: '1',
      practitioner_first_name: 'Bob',
      practitioner_last_name: 'Dr',
      practitioner_npi: '100',
      start_time: '2021-01-07T00:00:00Z',
      request_id: REQUEST_ID,
    });
    expect(created_at).toBe((body as { created_at: string }).created_at);
    const times = [before, created_at, after];
    expect(times).toEqual(times.toSorted());
  });

  it('has a new id each time', async () => {
    const answers = [await invoke(handler, bookingEvent()), await invoke(handler, bookingEvent())];

    const [first, second] = answers.map(
      ({ body }) => (body as { appointment_id: string }).appointment_id,
    );
    expect(first).not.toBe(second);
  });

  it.each([
    ['a string id', { practitioner_id: '1', start_time: '2021-01-07 00:00:00' }],
    ['RFC 3339', { practitioner_id: 1, start_time: '2021-01-07T00:00:00.000Z' }],
    ['an offset of zero', { practitioner_id: 1, start_time: '2021-01-07T00:00:00+00:00' }],
    [
      'its end',
      { practitioner_id: 1, start_time: '2021-01-07 00:00:00', end_time: '2021-01-07T00:30:00Z' },
    ],
  ])('accepts %s', async (_name, body) => {
    const answer = await invoke(handler, bookingEvent(body));

    expect(answer.status).toBe(201);
    expect(putItem()).toMatchObject({ SK: 'DAY#2021-01-07', start_time: '2021-01-07T00:00:00Z' });
  });

  it('belongs to the date it starts on if it ends at midnight', async () => {
    const answer = await invoke(
      handler,
      bookingEvent({
        practitioner_id: 1,
        start_time: '2020-12-31 23:30:00',
        end_time: '2021-01-01 00:00:00',
      }),
    );

    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({ end_time: '2021-01-01T00:00:00Z' });
    expect(answer.headers?.['Location']).toBe('/api/patients/1/appointments/2020-12-31');
    expect(putItem()).toMatchObject({ SK: 'DAY#2020-12-31' });
  });

  it('has a null NPI if the practitioner has none', async () => {
    storeHolds(store, [ALEXEI_ITEM, { ...BOB_ITEM, npi: null }]);

    const answer = await invoke(handler, bookingEvent());

    expect(answer.body).toMatchObject({ practitioner_npi: null });
  });

  it.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/fhir+json',
    'application/vnd.api+json ; a=b',
  ])('accepts the media type %s', async (type) => {
    const { status } = await invoke(
      handler,
      bookingEvent(undefined, { headers: { 'content-type': type } }),
    );

    expect(status).toBe(201);
  });

  it('accepts a body that API Gateway encoded', async () => {
    const { body } = bookingEvent();
    const encoded = Buffer.from(body ?? '').toString('base64');

    const { status } = await invoke(handler, bookingEvent(encoded, { isBase64Encoded: true }));

    expect(status).toBe(201);
  });

  it('returns 201 if the SDK sent its own put again after a lost response', async () => {
    store.on(PutCommand).callsFake(({ Item }: { Item: Record<string, unknown> }) => {
      throw conditionFailed(Item);
    });

    const { status, body } = await invoke(handler, bookingEvent());

    expect(status).toBe(201);
    expect(body).toMatchObject({ appointment_id: putItem()['appointment_id'] });
  });
});

describe('404', () => {
  it('is returned for a practitioner that does not exist, and nothing is written', async () => {
    storeHolds(store, [ALEXEI_ITEM]);

    await expect(invoke(handler, bookingEvent())).resolves.toEqual(
      problem(404, 'practitioner-not-found'),
    );
    expect(store.commandCalls(PutCommand)).toHaveLength(0);
  });
});

describe('409', () => {
  it('shows the appointment that holds the date', async () => {
    store
      .on(PutCommand)
      .rejects(conditionFailed({ ...APPOINTMENT_ITEM, start_time: '2021-01-07T23:30:00Z' }));

    await expect(invoke(handler, bookingEvent())).resolves.toEqual(
      problem(409, 'patient-day-taken', {
        date: '2021-01-07',
        conflict: {
          ...APPOINTMENT,
          start_time: '2021-01-07T23:30:00Z',
          end_time: '2021-01-08T00:00:00Z',
        },
      }),
    );
    expect(store.calls()).toHaveLength(2);
  });

  it('has the practitioner as booked and the patient as of now', async () => {
    store
      .on(PutCommand)
      .rejects(conditionFailed({ ...APPOINTMENT_ITEM, practitioner_last_name: 'Then' }));
    storeHolds(store, [{ ...ALEXEI_ITEM, last_name: 'Now' }, BOB_ITEM]);

    const { body } = await invoke(handler, bookingEvent());

    expect(body).toMatchObject({
      conflict: { patient_last_name: 'Now', practitioner_last_name: 'Then' },
    });
  });
});

describe('400', () => {
  const HALF_HOUR = 'must be on the hour or half hour: minute 00 or 30, second 00';
  const booking = { practitioner_id: 1, start_time: '2021-01-07 00:00:00' };

  it('reports every fault at once, without a call to the store', async () => {
    const answer = await invoke(
      handler,
      bookingEvent(
        {
          practitioner_id: 'a#b',
          start_time: '2021-02-30 00:00:00',
          end_time: 5,
          'a/~b': 1,
          ['__proto__']: 2,
        },
        { pathParameters: { patient_id: 'PATIENT#1' } },
      ),
    );

    expect(answer).toEqual({
      status: 400,
      headers: PROBLEM_HEADERS,
      body: {
        ...NOT_VALID,
        errors: [
          { parameter: 'patient_id', detail: 'must be 1 to 64 letters, digits, "_" or "-"' },
          { pointer: '/practitioner_id', detail: 'must be 1 to 64 letters, digits, "_" or "-"' },
          { pointer: '/start_time', detail: 'must be a date that exists' },
          { pointer: '/end_time', detail: 'must be a string' },
          { pointer: '/a~1~0b', detail: 'is not a member of this request. Remove it' },
          { pointer: '/__proto__', detail: 'is not a member of this request. Remove it' },
        ],
      },
    });
    expect(store.calls()).toHaveLength(0);
  });

  it.each([
    [
      {},
      [
        ['/practitioner_id', 'is required'],
        ['/start_time', 'is required'],
      ],
    ],
    [
      { ...booking, practitioner_id: null },
      [['/practitioner_id', 'must be a string or an integer from 1 to 9007199254740991']],
    ],
    [
      { ...booking, practitioner_id: 0 },
      [['/practitioner_id', 'must be a string or an integer from 1 to 9007199254740991']],
    ],
    [
      { ...booking, practitioner_id: -1 },
      [['/practitioner_id', 'must be a string or an integer from 1 to 9007199254740991']],
    ],
    [
      { ...booking, practitioner_id: 1.5 },
      [['/practitioner_id', 'must be a string or an integer from 1 to 9007199254740991']],
    ],
    [
      { ...booking, practitioner_id: 2 ** 53 },
      [['/practitioner_id', 'must be a string or an integer from 1 to 9007199254740991']],
    ],
    [
      { ...booking, practitioner_id: [1] },
      [['/practitioner_id', 'must be a string or an integer from 1 to 9007199254740991']],
    ],
    [
      { ...booking, practitioner_id: '' },
      [['/practitioner_id', 'must be 1 to 64 letters, digits, "_" or "-"']],
    ],
    [{ ...booking, start_time: 1609977600 }, [['/start_time', 'must be a string']]],
    [{ ...booking, start_time: null }, [['/start_time', 'must be a string']]],
    [{ ...booking, start_time: '2021-01-07 00:15:00' }, [['/start_time', HALF_HOUR]]],
    [{ ...booking, end_time: null }, [['/end_time', 'must be a string']]],
    [{ ...booking, end_time: '2021-01-07 00:45:00' }, [['/end_time', HALF_HOUR]]],
    [
      { ...booking, end_time: '2021-01-07 00:00:00' },
      [['/end_time', 'must be 30 minutes after start_time']],
    ],
    [
      { ...booking, end_time: '2021-01-07 01:00:00' },
      [['/end_time', 'must be 30 minutes after start_time']],
    ],
    [
      { ...booking, end_time: '2021-01-08 00:30:00' },
      [['/end_time', 'must be 30 minutes after start_time']],
    ],
    [
      { start_time: '2021-01-07 00:00:00', end_time: '2021-01-07 01:00:00' },
      [
        ['/practitioner_id', 'is required'],
        ['/end_time', 'must be 30 minutes after start_time'],
      ],
    ],
    [
      // The body of another operation.
      { appointment_id: ID, reason: 'pat' },
      [
        ['/practitioner_id', 'is required'],
        ['/start_time', 'is required'],
        ['/appointment_id', 'is not a member of this request. Remove it'],
        ['/reason', 'is not a member of this request. Remove it'],
      ],
    ],
    [
      { ...booking, patient_id: '1' },
      [['/patient_id', 'is not a member of this request. Remove it']],
    ],
    [{ ...booking, '': 1 }, [['/', 'is not a member of this request. Remove it']]],
  ])('reports the faults of %j', async (body, faults) => {
    const answer = await invoke(handler, bookingEvent(body));

    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({
      ...NOT_VALID,
      errors: faults.map(([pointer, detail]) => ({ pointer, detail })),
    });
    expect(store.calls()).toHaveLength(0);
  });

  it.each([
    [100, 'Correct every fault listed in "errors".'],
    [1500, '"errors" lists the first 100 of its 1500 faults.'],
  ])('lists the first 100 of %i faults and counts the rest', async (length, said) => {
    const unknown = Object.fromEntries(Array.from({ length }, (_, i) => [`m${i}`, 0]));

    const { status, body } = await invoke(handler, bookingEvent({ ...booking, ...unknown }));

    const { detail, errors } = body as { detail: string; errors: unknown[] };
    expect(status).toBe(400);
    expect(detail).toBe(`The request is invalid. ${said}`);
    expect(errors).toHaveLength(100);
    expect(JSON.stringify(body).length).toBeLessThan(16_384);
  });

  it.each([
    ['nothing', ''],
    ['half an object', '{ "practitioner_id": '],
    ['two objects', '{}{}'],
    ['a byte order mark', '\ufeff{}'],
    ['a comment', '{} // booking'],
  ])('reports only the body: %s', async (_name, body) => {
    const { status, body: problem } = await invoke(
      handler,
      bookingEvent(body, { pathParameters: { patient_id: '#' } }),
    );

    expect(status).toBe(400);
    expect(problem).toEqual({
      ...NOT_VALID,
      errors: [{ pointer: '', detail: 'must be valid JSON in UTF-8' }],
    });
  });

  it.each(['null', '[]', '[{}]', '"text"', '1', 'true'])(
    'reports only the body: %s',
    async (body) => {
      const { status, body: problem } = await invoke(handler, bookingEvent(body));

      expect(status).toBe(400);
      expect(problem).toEqual({
        ...NOT_VALID,
        errors: [{ pointer: '', detail: 'must be a JSON object' }],
      });
    },
  );

  it('reports a missing body, and bytes that are not UTF-8', async () => {
    const { body: _, ...withoutBody } = bookingEvent();
    const latin1 = Buffer.from('{"practitioner_id":"\xe9"}', 'latin1').toString('base64');

    for (const event of [withoutBody, bookingEvent(latin1, { isBase64Encoded: true })]) {
      const { status, body } = await invoke(handler, event);
      expect(status).toBe(400);
      expect(body).toMatchObject({ errors: [{ detail: 'must be valid JSON in UTF-8' }] });
    }
  });

  it('reports a missing patient_id', async () => {
    const { pathParameters: _, ...event } = bookingEvent();

    const { status, body } = await invoke(handler, event);

    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ parameter: 'patient_id', detail: 'is required' }] });
  });
});

describe('an Idempotency-Key', () => {
  const KEYED_ITEM = { ...APPOINTMENT_ITEM, idempotency_key: 'key 1' };

  it('is stored with the appointment at no extra cost', async () => {
    const { status, headers } = await invoke(handler, keyed());

    expect(status).toBe(201);
    expect(headers).not.toHaveProperty('Idempotency-Replayed');
    expect(putItem()).toMatchObject({ idempotency_key: 'key 1' });
    expect(store.calls()).toHaveLength(2);
  });

  it('is not stored if the request has none', async () => {
    await invoke(handler, bookingEvent());

    expect(putItem()).not.toHaveProperty('idempotency_key');
  });

  it('gets the appointment that it booked before, with Idempotency-Replayed', async () => {
    store.on(PutCommand).rejects(conditionFailed(KEYED_ITEM));

    const { status, headers, body } = await invoke(handler, keyed());

    expect(status).toBe(201);
    expect(headers).toEqual({
      ...JSON_HEADERS,
      Location: '/api/patients/1/appointments/2021-01-07',
      'Idempotency-Replayed': 'true',
    });
    expect(body).toEqual(APPOINTMENT);
    expect(store.calls()).toHaveLength(2);
  });

  it('gets the practitioner as booked', async () => {
    store
      .on(PutCommand)
      .rejects(conditionFailed({ ...KEYED_ITEM, practitioner_last_name: 'Then' }));

    const { body } = await invoke(handler, keyed());

    expect(body).toEqual({ ...APPOINTMENT, practitioner_last_name: 'Then' });
  });

  it.each([
    ['another start', { ...KEYED_ITEM, start_time: '2021-01-07T00:30:00Z' }],
    ['another practitioner', { ...KEYED_ITEM, practitioner_id: '2' }],
  ])('gets 422 if it booked %s on the date', async (_name, item) => {
    store.on(PutCommand).rejects(conditionFailed(item));

    await expect(invoke(handler, keyed())).resolves.toEqual(problem(422, 'idempotency-key-reused'));
  });

  it.each([
    ['another key', { ...KEYED_ITEM, idempotency_key: 'key 2' }],
    ['a key that differs only in case', { ...KEYED_ITEM, idempotency_key: 'KEY 1' }],
    ['no key', APPOINTMENT_ITEM],
  ])('gets 409 if the date was booked with %s', async (_name, item) => {
    store.on(PutCommand).rejects(conditionFailed(item));

    const { status, body } = await invoke(handler, keyed());

    expect(status).toBe(409);
    expect(body).toMatchObject({ type: 'urn:problem:patient-day-taken', conflict: {} });
    expect(store.commandCalls(QueryCommand)[0]?.args[0].input).toEqual(HISTORY);
    expect(store.calls()).toHaveLength(3);
  });

  it('gets 409 without a key if the date was booked with one', async () => {
    store.on(PutCommand).rejects(conditionFailed(KEYED_ITEM));

    const { status, body } = await invoke(handler, bookingEvent());

    expect(status).toBe(409);
    expect(JSON.stringify(body)).not.toContain('key 1');
  });

  it('has 1 to 255 printable ASCII characters without a comma', async () => {
    const fits = await invoke(handler, keyed(undefined, '~'.repeat(255)));
    expect(fits.status).toBe(201);

    for (const key of ['', 'x'.repeat(256), 'clé', 'a\tb', 'key 1,key 1', ',']) {
      const { status, body } = await invoke(handler, keyed({}, key));
      expect(status).toBe(400);
      expect(body).toMatchObject({
        errors: [
          {
            header: 'Idempotency-Key',
            detail: 'must be 1 to 255 printable ASCII characters without a comma',
          },
          { pointer: '/practitioner_id', detail: 'is required' },
          { pointer: '/start_time', detail: 'is required' },
        ],
      });
    }
  });

  it('is replayed if a read settles a put without a response', async () => {
    store
      .on(PutCommand)
      .rejects(Object.assign(new Error('timed out'), { name: 'TimeoutError' }))
      .on(GetCommand, { Key: DAY_KEY })
      .resolves({ Item: KEYED_ITEM });

    const { status, headers } = await invoke(handler, keyed());

    expect([status, headers?.['Idempotency-Replayed']]).toEqual([201, 'true']);
  });
});

describe('a booking of a date that is free again', () => {
  const REPLACED_KEY = { PK: 'PATIENT#1', SK: `DAY#2021-01-07#${ID}` };
  const KEYED = { idempotency_key: 'key 1' };
  const ENDED = { ...APPOINTMENT_ITEM, ...CANCELLED };
  const OTHER = { ...APPOINTMENT_ITEM, appointment_id: OTHER_ID };
  const timedOut = Object.assign(new Error('timed out'), { name: 'TimeoutError' });

  const puts = () => store.commandCalls(PutCommand).map(({ args: [{ input }] }) => input);

  it.each([
    ['cancelled', ENDED],
    ['rescheduled', { ...APPOINTMENT_ITEM, ...RESCHEDULED }],
  ])(
    'keeps what was %s, and replaces it on condition that it is still there',
    async (_name, item) => {
      store.on(PutCommand).rejectsOnce(conditionFailed(item)).resolves({});

      const { status, headers } = await invoke(handler, bookingEvent());

      expect([status, headers?.['Idempotency-Replayed']]).toEqual([201, undefined]);
      const [first, kept, replacing] = puts();
      expect(kept).toEqual({ TableName: 'appointments-test', Item: { ...item, ...REPLACED_KEY } });
      expect(replacing).toEqual({
        TableName: 'appointments-test',
        Item: first?.Item,
        ConditionExpression: 'appointment_id = :id',
        ExpressionAttributeValues: { ':id': ID },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      expect(store.commandCalls(QueryCommand)[0]?.args[0].input).toEqual(HISTORY);
      expect(store.calls()).toHaveLength(5);
    },
  );

  it("takes the practitioner's time in the same transaction if double booking is rejected", async () => {
    store.on(TransactWriteCommand).rejectsOnce(transactionCanceled(ENDED, null)).resolves({});

    const { status } = await invoke(exclusive, bookingEvent());

    expect(status).toBe(201);
    expect(puts()).toEqual([
      { TableName: 'appointments-test', Item: { ...ENDED, ...REPLACED_KEY } },
    ]);
    const [, transaction] = store.commandCalls(TransactWriteCommand);
    expect(transaction?.args[0].input.TransactItems).toMatchObject([
      {
        Put: {
          Item: DAY_KEY,
          ConditionExpression: 'appointment_id = :id',
          ExpressionAttributeValues: { ':id': ID },
        },
      },
      {
        Put: {
          Item: { PK: SLOT_ITEM.PK, SK: SLOT_ITEM.SK, patient_id: '1' },
          ConditionExpression: 'attribute_not_exists(PK)',
        },
      },
    ]);
  });

  it('gets 409 if the practitioner has another patient at that time', async () => {
    store
      .on(TransactWriteCommand)
      .rejectsOnce(transactionCanceled(ENDED, SLOT_ITEM))
      .rejects(transactionCanceled(null, SLOT_ITEM));

    const { status, body } = await invoke(exclusive, bookingEvent());

    expect([status, body]).toMatchObject([409, { type: 'urn:problem:practitioner-slot-taken' }]);
  });

  const KEYED_ENDED = { ...ENDED, ...KEYED };
  const KEYED_MOVED = { ...APPOINTMENT_ITEM, ...RESCHEDULED, ...KEYED };

  it.each<[string, string, Item, Item[]]>([
    ['was cancelled', 'cancelled', KEYED_ENDED, []],
    ['was rescheduled', 'rescheduled', KEYED_MOVED, []],
    [
      'was cancelled before another booking',
      'cancelled',
      OTHER,
      [{ ...OTHER, ...CANCELLED, idempotency_key: 'key 2' }, KEYED_ENDED],
    ],
    ['was rescheduled before another booking', 'rescheduled', OTHER, [KEYED_MOVED]],
    [
      'was cancelled before another booking that was cancelled',
      'cancelled',
      { ...OTHER, ...CANCELLED },
      [KEYED_ENDED],
    ],
  ])('is not made by a retry with the key of what %s', async (_name, ending, holder, history) => {
    store.on(PutCommand).rejects(conditionFailed(holder));
    store.on(TransactWriteCommand).rejects(transactionCanceled(holder, SLOT_ITEM));
    store.on(QueryCommand).resolves({ Items: history });

    for (const by of [handler, exclusive]) {
      const { status, headers, body } = await invoke(by, keyed());

      expect([status, headers]).toEqual([409, PROBLEM_HEADERS]);
      expect(body).toMatchObject({
        type: `urn:problem:appointment-${ending}`,
        conflict: { appointment_id: ID, status: ending },
      });
      expect(body).not.toHaveProperty('date');
    }
    expect(puts()).toHaveLength(1);
  });

  it.each<[string, (own: Item) => Error, object[]]>([
    ['ended', (own) => conditionFailed({ ...own, ...CANCELLED }), []],
    [
      'ended and was replaced',
      () => Object.assign(conditionFailed(OTHER), { $metadata: { attempts: 2 } }),
      [CANCELLED],
    ],
    ['may have been stored, and was replaced', () => timedOut, [CANCELLED]],
  ])(
    'is not made by a put that the SDK sent again, if its first one %s',
    async (_name, failure, history) => {
      store.on(GetCommand, { Key: DAY_KEY }).resolves({ Item: OTHER });
      store.on(PutCommand).callsFake(({ Item: own }: { Item: Item }) => {
        store
          .on(QueryCommand)
          .resolves({ Items: history.map((ending) => ({ ...own, ...ending })) });
        throw failure(own);
      });

      const { status, body } = await invoke(handler, bookingEvent());

      expect(status).toBe(409);
      expect(body).toMatchObject({
        type: 'urn:problem:appointment-cancelled',
        conflict: { appointment_id: putItem()['appointment_id'], status: 'cancelled' },
      });
      expect(puts()).toHaveLength(1);
    },
  );

  it.each<[number, string, Error | 'own', Item | 'own']>([
    [201, 'the SDK sent the last put again after a lost response', 'own', ENDED],
    [409, 'another request books the date before the last put', conditionFailed(OTHER), OTHER],
    [201, 'the last put gets no response, and a read finds it stored', timedOut, 'own'],
    [409, 'the last put gets no response, and a read finds another booking', timedOut, OTHER],
    [503, 'the last put gets no response, and a read finds the date as before', timedOut, ENDED],
  ])('returns %i if %s', async (expected, _name, failure, found) => {
    store
      .on(PutCommand)
      .rejectsOnce(conditionFailed(ENDED))
      .resolvesOnce({})
      .callsFake(({ Item: own }: { Item: Item }) => {
        store.on(GetCommand, { Key: DAY_KEY }).resolves({ Item: found === 'own' ? own : found });
        throw failure === 'own' ? conditionFailed(own) : failure;
      });

    const { status, body } = await invoke(handler, bookingEvent());

    expect(status).toBe(expected);
    if (status === 409) expect(body).toMatchObject({ conflict: { appointment_id: OTHER_ID } });
    if (status === 503) expect(body).toEqual(UNAVAILABLE.body);
    expect(puts()).toHaveLength(3);
  });

  it('replaces what another request booked and ended in between', async () => {
    store
      .on(PutCommand)
      .rejectsOnce(conditionFailed(ENDED))
      .resolvesOnce({})
      .rejectsOnce(conditionFailed({ ...OTHER, ...CANCELLED }))
      .resolves({});

    const { status } = await invoke(handler, bookingEvent());

    expect(status).toBe(201);
    expect(puts().at(-1)?.ExpressionAttributeValues).toEqual({ ':id': OTHER_ID });
  });

  it('returns 503 if it is unknown whether the record was kept, and replaces nothing', async () => {
    store.on(PutCommand).rejectsOnce(conditionFailed(ENDED)).rejects(timedOut);

    await expect(invoke(handler, bookingEvent())).resolves.toEqual(UNAVAILABLE);
    expect(puts()).toHaveLength(2);
  });
});

describe('413', () => {
  const padded = (bytes: number) => {
    const body = '{"practitioner_id":1,"start_time":"2021-01-07 00:00:00"}';
    return body + ' '.repeat(bytes - body.length);
  };

  it('rejects a body over 16 KiB', async () => {
    await expect(invoke(handler, bookingEvent(padded(16_385)))).resolves.toEqual(
      problem(413, 'body-too-large'),
    );
    expect(store.calls()).toHaveLength(0);
  });

  it('accepts a body of 16 KiB', async () => {
    const { status } = await invoke(handler, bookingEvent(padded(16_384)));

    expect(status).toBe(201);
  });

  it('counts the bytes of the decoded body', async () => {
    const wide = await invoke(handler, bookingEvent(JSON.stringify({ x: 'é'.repeat(8190) })));
    const encoded = Buffer.from(padded(16_384)).toString('base64');
    const fitting = await invoke(handler, bookingEvent(encoded, { isBase64Encoded: true }));

    expect([wide.status, fitting.status]).toEqual([413, 201]);
  });

  it('comes before 415', async () => {
    const { status } = await invoke(handler, bookingEvent(padded(16_385), { headers: {} }));

    expect(status).toBe(413);
  });
});

describe('415', () => {
  it.each([
    'text/plain',
    'application/jsonp',
    'application/xml',
    'application/json, text/plain',
    '+json',
    '',
  ])('rejects %j', async (type) => {
    // Malformed, too: 415 comes before 400.
    const event = bookingEvent('{', { headers: { 'content-type': type } });

    await expect(invoke(handler, event)).resolves.toEqual(problem(415, 'unsupported-media-type'));
    expect(store.calls()).toHaveLength(0);
  });

  it('rejects a body without a type', async () => {
    const { status } = await invoke(handler, bookingEvent(undefined, { headers: {} }));

    expect(status).toBe(415);
  });
});

describe('409 if double booking is rejected', () => {
  it('reports a taken practitioner, and nothing about the other patient', async () => {
    store.on(TransactWriteCommand).rejects(transactionCanceled(null, SLOT_ITEM));

    await expect(invoke(exclusive, bookingEvent())).resolves.toEqual(
      problem(409, 'practitioner-slot-taken'),
    );
    expect(log).toMatchObject([{ level: 'INFO', status: 409, code: 'practitioner-slot-taken' }]);
  });

  it("reports the patient's date if both are taken", async () => {
    store.on(TransactWriteCommand).rejects(transactionCanceled(APPOINTMENT_ITEM, SLOT_ITEM));

    const { status, body } = await invoke(exclusive, bookingEvent());

    expect([status, body]).toMatchObject([
      409,
      { type: 'urn:problem:patient-day-taken', conflict: APPOINTMENT },
    ]);
  });

  it('does not apply to a retry with the same key', async () => {
    const stored = { ...APPOINTMENT_ITEM, idempotency_key: 'key 1' };
    store.on(TransactWriteCommand).rejects(transactionCanceled(stored, SLOT_ITEM));

    const answer = await invoke(exclusive, keyed());

    expect(answer).toMatchObject({
      status: 201,
      headers: { 'Idempotency-Replayed': 'true' },
      body: APPOINTMENT,
    });
  });
});

describe('failures', () => {
  it.each(UNAVAILABILITIES)('returns 503 with Retry-After: %s', async (_name, error) => {
    store.on(PutCommand).rejects(error).on(GetCommand, { Key: DAY_KEY }).resolves({});

    await expect(invoke(handler, bookingEvent())).resolves.toEqual(UNAVAILABLE);
    expect(log).toMatchObject([
      {
        level: 'ERROR',
        status: 503,
        errors: [{ name: 'StoreUnavailableError' }, { name: error.name }],
      },
    ]);
  });

  it('returns 503 before the function times out if the store does not respond', async () => {
    store.on(PutCommand).callsFake(async () => new Promise(() => undefined));

    const began = performance.now();
    await expect(invoke(handler, bookingEvent(), 1000)).resolves.toEqual(UNAVAILABLE);
    expect(performance.now() - began).toBeLessThan(600);
    expect(log).toMatchObject([
      {
        code: 'store-unavailable',
        errors: [{ name: 'StoreUnavailableError' }, { name: 'TimeoutError' }],
      },
    ]);
  });

  it('waits for a slow store while there is time', async () => {
    store.on(PutCommand).callsFake(async () => sleep(300, {}));

    await expect(invoke(handler, bookingEvent(), 1000)).resolves.toMatchObject({ status: 201 });
  });

  it.each([
    ['a bug', new TypeError('Alexei')],
    ['an unknown table', new ResourceNotFoundException({ message: 'Alexei', $metadata: {} })],
    ['an invalid stored item', conditionFailed({ appointment_id: 'Alexei' })],
  ])('returns 500 without internal details: %s', async (_name, error) => {
    store.on(PutCommand).rejects(error);

    await expect(invoke(handler, bookingEvent())).resolves.toEqual(problem(500, 'internal'));
    expect(log).toMatchObject([{ level: 'ERROR', status: 500, code: 'internal' }]);
  });

  it('returns 500 for a route that the function does not serve', async () => {
    const { status, body } = await answerOf(
      handler,
      bookingEvent(undefined, { routeKey: 'POST /api/patients' }),
    );

    expect(status).toBe(500);
    expect(body).toMatchObject({ type: 'urn:problem:internal' });
    expect(log).toMatchObject([{ code: 'internal', route: 'POST /api/patients' }]);
  });

  it('returns and logs 500 if something other than an error is thrown', async () => {
    const failing = appointmentCommands({
      auth: 'none',
      repositoriesFor() {
        // eslint-disable-next-line @typescript-eslint/only-throw-error
        throw 'Alexei';
      },
    });

    const { status } = await invoke(failing, bookingEvent());

    expect(status).toBe(500);
    expect(log).toMatchObject([{ code: 'internal', errors: [] }]);
  });
});
