import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { appointmentCommands, handler } from '../../../src/handlers/appointment-commands.ts';
import { connect } from '../../../src/handlers/environment.ts';
import type { ProblemCode } from '../../../src/handlers/http/problems.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import type { Item } from '../../../src/repositories/store.ts';
import { captureLog } from '../../support/capture-log.ts';
import { commandEvent, invoke, REQUEST_ID } from '../../support/http-event.ts';
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
  problem,
  UNAVAILABLE,
} from '../../support/responses.ts';
import { transactionCanceled, UNAVAILABILITIES } from '../../support/store-errors.ts';
import { storeHolds as holds, writesTo } from '../../support/store-reads.ts';

const store = mockClient(DynamoDBDocumentClient);
captureLog();

const exclusive = appointmentCommands(
  connect(
    { auth: 'none', tableName: 'appointments-test', doubleBooking: 'reject' },
    createRepositories,
  ),
);

const ANN_ITEM = { ...BOB_ITEM, PK: 'PRACTITIONER#2', practitioner_id: '2', first_name: 'Ann' };

/** The appointment to reschedule, as another request booked it. */
const OLD_ITEM = { ...APPOINTMENT_ITEM, request_id: 'JKJbooked=', idempotency_key: 'a key' };
const OLD_ENDED = { ...OLD_ITEM, ...RESCHEDULED };
const REPLACED_SK = `DAY#2021-01-07#${ID}`;
/** Another appointment of the patient on that date. */
const RIVAL_ID = 'c0ffee00-7d1f-4a6e-9a3f-0d9b0f7f2c44';
const RIVAL_ITEM = { ...APPOINTMENT_ITEM, appointment_id: RIVAL_ID };
const FROM = { date: '2021-01-07', appointment_id: ID };

/** The stored item of the new appointment, on the next date at 9:30 unless it has changes. */
const newItem = (changes: Item = {}) => ({
  ...APPOINTMENT_ITEM,
  SK: 'DAY#2021-01-08',
  appointment_id: OTHER_ID,
  start_time: '2021-01-08T09:30:00Z',
  created_at: INSTANT,
  request_id: REQUEST_ID,
  rescheduled_from: FROM,
  ...changes,
});
/** The same as a read returns it. */
const foundItem = (changes: Item = {}) =>
  newItem({ created_at: RESCHEDULED.rescheduled_at, ...changes });

const NEW_APPOINTMENT = {
  ...APPOINTMENT,
  appointment_id: OTHER_ID,
  start_time: '2021-01-08T09:30:00Z',
  end_time: '2021-01-08T10:00:00Z',
  created_at: INSTANT,
  rescheduled_from: FROM,
};
const CREATED = {
  status: 201,
  headers: { ...JSON_HEADERS, Location: '/api/patients/1/appointments/2021-01-08' },
  body: NEW_APPOINTMENT,
};
const REPLAY = { ...CREATED, headers: { ...CREATED.headers, 'Idempotency-Replayed': 'true' } };

const NEXT_DATE = { appointment_id: ID, start_time: '2021-01-08 09:30:00' };
const SAME_DATE = { appointment_id: ID, start_time: '2021-01-07 09:30:00' };

async function reschedule(body: unknown = NEXT_DATE, by = handler) {
  return invoke(by, commandEvent('reschedule', body));
}

/** Makes the store hold the people and these items. */
function storeHolds(...items: Item[]): void {
  holds(store, [ALEXEI_ITEM, BOB_ITEM, ANN_ITEM, ...items]);
}

function transactions() {
  return store.commandCalls(TransactWriteCommand).map(({ args }) => args[0].input.TransactItems);
}

beforeEach(() => {
  store.reset();
  storeHolds(OLD_ITEM);
  store.on(TransactWriteCommand).resolves({}).on(PutCommand).resolves({});
  jest.spyOn(crypto, 'randomUUID').mockReturnValue(OTHER_ID as never);
});

const TableName = 'appointments-test';
const RETURN_ITEM = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
const ABSENT = { ConditionExpression: 'attribute_not_exists(PK)', ...RETURN_ITEM };
const IF_BOOKED = {
  ConditionExpression: 'appointment_id = :id AND attribute_not_exists(#status)',
  ...RETURN_ITEM,
};
const TO = { date: '2021-01-08', appointment_id: OTHER_ID };

const END_OLD = {
  Update: {
    TableName,
    Key: { PK: 'PATIENT#1', SK: 'DAY#2021-01-07' },
    UpdateExpression:
      'SET #status = :status, #rescheduled_at = :rescheduled_at, #rescheduled_to = :rescheduled_to',
    ...IF_BOOKED,
    ExpressionAttributeNames: {
      '#status': 'status',
      '#rescheduled_at': 'rescheduled_at',
      '#rescheduled_to': 'rescheduled_to',
    },
    ExpressionAttributeValues: {
      ':id': ID,
      ':status': 'rescheduled',
      ':rescheduled_at': INSTANT,
      ':rescheduled_to': TO,
    },
  },
};
const TAKE_NEXT_DATE = { Put: { TableName, Item: newItem(), ...ABSENT } };
const REPLACE_OLD = {
  Put: {
    TableName,
    Item: newItem({ SK: 'DAY#2021-01-07', start_time: '2021-01-07T09:30:00Z' }),
    ...IF_BOOKED,
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':id': ID },
  },
};
const KEEP_OLD = {
  Put: {
    TableName,
    Item: {
      ...OLD_ITEM,
      SK: REPLACED_SK,
      status: 'rescheduled',
      rescheduled_at: INSTANT,
      rescheduled_to: { ...TO, date: '2021-01-07' },
    },
  },
};
const takeTime = (SK: string) => {
  const Item = { PK: 'PRACTITIONER#1', SK, appointment_id: OTHER_ID, patient_id: '1' };
  return { Put: { TableName, Item, ...ABSENT } };
};
const FREE_TIME = {
  Update: {
    TableName,
    Key: { PK: SLOT_ITEM.PK, SK: SLOT_ITEM.SK },
    UpdateExpression: 'SET #status = :status',
    ConditionExpression: 'appointment_id = :id',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':id': ID, ':status': 'free' },
    ...RETURN_ITEM,
  },
};

describe('a reschedule', () => {
  it('returns 201 with the new appointment and its Location', async () => {
    const before = new Date().toISOString();
    const answer = await reschedule();
    const after = new Date().toISOString();

    expect(answer).toEqual(CREATED);
    const times = [before, (answer.body as { created_at: string }).created_at, after];
    expect(times).toEqual(times.toSorted());
  });

  it.each([
    ['to another date', NEXT_DATE, handler, [END_OLD, TAKE_NEXT_DATE]],
    ['within its date', SAME_DATE, handler, [REPLACE_OLD, KEEP_OLD]],
    [
      "to another date, with the practitioners' times",
      NEXT_DATE,
      exclusive,
      [END_OLD, TAKE_NEXT_DATE, takeTime('SLOT#2021-01-08T09:30Z'), FREE_TIME],
    ],
    [
      "within its date, with the practitioners' times",
      SAME_DATE,
      exclusive,
      [REPLACE_OLD, KEEP_OLD, takeTime('SLOT#2021-01-07T09:30Z'), FREE_TIME],
    ],
  ])('costs three reads in two calls and one transaction: %s', async (_name, body, by, actions) => {
    await expect(reschedule(body, by)).resolves.toMatchObject({ status: 201 });

    expect(transactions()).toEqual([actions]);
    const Keys = [
      { PK: 'PATIENT#1', SK: 'PROFILE' },
      { PK: 'PATIENT#1', SK: 'DAY#2021-01-07' },
    ];
    expect(store.calls().map(({ args: [{ input }] }) => input)).toEqual([
      { RequestItems: { [TableName]: { Keys, ConsistentRead: true } } },
      { TableName, Key: { PK: 'PRACTITIONER#1', SK: 'PROFILE' }, ConsistentRead: true },
      expect.objectContaining({ TransactItems: actions }),
    ]);
  });

  it('keeps the practitioner, with the current name', async () => {
    storeHolds({ ...OLD_ITEM, practitioner_last_name: 'Then' });

    await expect(reschedule()).resolves.toEqual(CREATED);
  });

  it('changes the practitioner, also at the same time', async () => {
    const start = { start_time: '2021-01-07T00:00:00Z', end_time: '2021-01-07T00:30:00Z' };

    const { status, body } = await reschedule({ appointment_id: ID, ...start, practitioner_id: 2 });

    expect(status).toBe(201);
    expect(body).toMatchObject({ ...start, practitioner_id: '2', practitioner_first_name: 'Ann' });
    expect(store.calls()).toHaveLength(2);
  });

  it('does nothing if the appointment has that start and practitioner already', async () => {
    const body = { appointment_id: ID, start_time: '2021-01-07 00:00:00' };
    const unchanged = { status: 200, headers: JSON_HEADERS, body: APPOINTMENT };

    await expect(reschedule(body)).resolves.toEqual(unchanged);
    await expect(reschedule({ ...body, practitioner_id: '1' })).resolves.toEqual(unchanged);
    expect(writesTo(store)).toEqual([]);
  });
});

describe('a reschedule to a date that is free again', () => {
  const HELD = { ...APPOINTMENT_ITEM, SK: 'DAY#2021-01-08', start_time: '2021-01-08T00:00:00Z' };
  const ENDED = { ...HELD, appointment_id: RIVAL_ID, ...CANCELLED };
  const REPLACE_ENDED = {
    Put: {
      TableName,
      Item: newItem(),
      ConditionExpression: 'appointment_id = :id',
      ExpressionAttributeValues: { ':id': ENDED.appointment_id },
      ...RETURN_ITEM,
    },
  };

  it.each([
    ['allowed', handler, [], []],
    ['rejected', exclusive, [takeTime('SLOT#2021-01-08T09:30Z')], [FREE_TIME]],
  ])(
    'keeps what ended there, and replaces it, with double booking %s',
    async (_name, by, take, free) => {
      store
        .on(TransactWriteCommand)
        .rejectsOnce(
          transactionCanceled(null, ENDED, ...take.map(() => null), ...free.map(() => null)),
        )
        .resolves({});

      await expect(reschedule(undefined, by)).resolves.toEqual(CREATED);

      expect(transactions()).toEqual([
        [END_OLD, TAKE_NEXT_DATE, ...take, ...free],
        [END_OLD, REPLACE_ENDED, ...take, ...free],
      ]);
      const [keep] = store.commandCalls(PutCommand);
      expect(keep?.args[0].input).toEqual({
        TableName,
        Item: { ...ENDED, SK: `DAY#2021-01-08#${ENDED.appointment_id}` },
      });
      expect(keep?.calledBefore(store.commandCalls(TransactWriteCommand)[1] as never)).toBe(true);
    },
  );

  it('gets 409 if another request booked the date in between', async () => {
    store
      .on(TransactWriteCommand)
      .rejectsOnce(transactionCanceled(null, ENDED))
      .rejectsOnce(transactionCanceled(null, HELD));

    const { status, body } = await reschedule();

    expect([status, body]).toMatchObject([
      409,
      { type: 'urn:problem:patient-day-taken', conflict: { appointment_id: ID } },
    ]);
  });
});

describe('repeating a reschedule', () => {
  const timedOut = Object.assign(new Error('timed out'), { name: 'TimeoutError' });
  const OLD_HAS_ENDED = transactionCanceled(OLD_ENDED, null);
  const WITHIN_DATE = foundItem({ SK: 'DAY#2021-01-07', start_time: '2021-01-07T09:30:00Z' });
  const WITHIN_DATE_ENDED = {
    ...OLD_ENDED,
    SK: REPLACED_SK,
    rescheduled_to: { ...TO, date: '2021-01-07' },
  };

  it('returns the new appointment, and writes nothing', async () => {
    storeHolds(OLD_ENDED, foundItem());

    for (const by of [handler, exclusive]) {
      await expect(reschedule(undefined, by)).resolves.toEqual(REPLAY);
      await expect(reschedule({ ...NEXT_DATE, practitioner_id: 1 }, by)).resolves.toEqual(REPLAY);
    }
    expect(writesTo(store)).toEqual([]);
  });

  it('returns the new appointment within the date', async () => {
    storeHolds(WITHIN_DATE, WITHIN_DATE_ENDED);

    await expect(reschedule(SAME_DATE)).resolves.toMatchObject({
      status: 201,
      headers: {
        Location: '/api/patients/1/appointments/2021-01-07',
        'Idempotency-Replayed': 'true',
      },
      body: { appointment_id: OTHER_ID, start_time: '2021-01-07T09:30:00Z' },
    });
  });

  it.each([
    ['this request, in a write without a response', OTHER_ID, CREATED, timedOut],
    ['this request, in a write that the SDK repeats', OTHER_ID, CREATED, OLD_HAS_ENDED],
    ['another request, before a write without a response', RIVAL_ID, REPLAY, timedOut],
    ['another request, before this write', RIVAL_ID, REPLAY, OLD_HAS_ENDED],
  ])('returns 201 if it was done by %s', async (_name, appointment_id, answer, failure) => {
    store.on(TransactWriteCommand).callsFake(() => {
      storeHolds(
        { ...OLD_ENDED, rescheduled_to: { ...TO, appointment_id } },
        foundItem({ appointment_id }),
      );
      throw failure;
    });

    const body = { ...NEW_APPOINTMENT, appointment_id };
    await expect(reschedule()).resolves.toEqual({ ...answer, body });
  });

  it('returns 201 if the SDK sent its own write within the date again', async () => {
    store.on(TransactWriteCommand).callsFake(() => {
      storeHolds(WITHIN_DATE, WITHIN_DATE_ENDED);
      throw transactionCanceled(WITHIN_DATE, null);
    });

    const { status, headers } = await reschedule(SAME_DATE);

    expect([status, headers?.['Idempotency-Replayed']]).toEqual([201, undefined]);
  });
});

describe('404', () => {
  it.each<[string, string, Item[], object]>([
    ['patient', 'nothing exists', [], { practitioner_id: 3 }],
    ['practitioner', 'only the patient exists', [ALEXEI_ITEM], { practitioner_id: 3 }],
    ['practitioner', 'the new one does not exist', [ALEXEI_ITEM, OLD_ITEM], { practitioner_id: 3 }],
    ['practitioner', 'the present one is gone', [ALEXEI_ITEM, OLD_ITEM], {}],
    ['appointment', 'the date has none', [ALEXEI_ITEM, BOB_ITEM], {}],
    ['appointment', 'the date has another one', [ALEXEI_ITEM, BOB_ITEM, RIVAL_ITEM], {}],
  ])('names the %s if %s, and nothing is written', async (who, _name, items, changes) => {
    holds(store, items);

    const answer = await reschedule({ ...NEXT_DATE, ...changes });

    expect(answer).toEqual(problem(404, `${who}-not-found` as ProblemCode));
    expect(transactions()).toHaveLength(0);
  });
});

describe('409', () => {
  it('shows the appointment that holds the new date', async () => {
    const held = foundItem({ appointment_id: RIVAL_ID });
    store.on(TransactWriteCommand).rejects(transactionCanceled(null, held));

    await expect(reschedule()).resolves.toEqual(
      problem(409, 'patient-day-taken', {
        date: '2021-01-08',
        conflict: { ...NEW_APPOINTMENT, appointment_id: RIVAL_ID },
      }),
    );
    expect(transactions()).toHaveLength(1);
  });

  it.each([
    ['on another date', NEXT_DATE, transactionCanceled(null, null, SLOT_ITEM, null)],
    ['within the date', SAME_DATE, transactionCanceled(null, null, SLOT_ITEM, null)],
  ])("says nothing about the practitioner's other patient: %s", async (_name, request, error) => {
    store.on(TransactWriteCommand).rejects(error);

    await expect(reschedule(request, exclusive)).resolves.toEqual(
      problem(409, 'practitioner-slot-taken'),
    );
    expect(transactions()).toHaveLength(1);
  });

  it('does not free a time that another patient has', async () => {
    store
      .on(TransactWriteCommand)
      .rejectsOnce(transactionCanceled(null, null, null, SLOT_ITEM))
      .resolves({});

    await expect(reschedule(undefined, exclusive)).resolves.toEqual(CREATED);

    expect(transactions()[1]).toEqual([
      END_OLD,
      TAKE_NEXT_DATE,
      takeTime('SLOT#2021-01-08T09:30Z'),
    ]);
  });

  const OLD_CANCELLED = { ...OLD_ITEM, ...CANCELLED };
  const NEW_RIVAL = foundItem({ appointment_id: RIVAL_ID });

  it.each<['cancelled' | 'rescheduled', string, Item[]]>([
    ['cancelled', 'its date is free', [OLD_CANCELLED]],
    ['cancelled', 'its date was booked again', [RIVAL_ITEM, { ...OLD_CANCELLED, SK: REPLACED_SK }]],
    [
      'rescheduled',
      'to another time',
      [OLD_ENDED, foundItem({ start_time: '2021-01-08T10:00:00Z' })],
    ],
    ['rescheduled', 'with another practitioner', [OLD_ENDED, foundItem({ practitioner_id: '2' })]],
    ['rescheduled', 'the new one is gone', [OLD_ENDED]],
    ['rescheduled', 'the new one was cancelled', [OLD_ENDED, foundItem(CANCELLED)]],
    [
      'rescheduled',
      'the new one was cancelled and its date booked again',
      [OLD_ENDED, NEW_RIVAL, foundItem({ ...CANCELLED, SK: `DAY#2021-01-08#${OTHER_ID}` })],
    ],
  ])('shows that the appointment was %s: %s', async (status, _name, items) => {
    storeHolds(...items);
    const answers = [await reschedule()];
    expect(transactions()).toHaveLength(0);

    // The same if it ends in between.
    jest.spyOn(crypto, 'randomUUID').mockReturnValue(RIVAL_ID);
    storeHolds(OLD_ITEM);
    store.on(TransactWriteCommand).callsFake(() => {
      storeHolds(...items);
      throw transactionCanceled(items[0] ?? {}, null);
    });
    answers.push(await reschedule());

    // Also if the request asks for the start that the appointment had.
    storeHolds(...items);
    answers.push(await reschedule({ appointment_id: ID, start_time: '2021-01-07 00:00:00' }));

    const conflict = expect.objectContaining({ appointment_id: ID, status });
    const expected = problem(409, `appointment-${status}`, { conflict });
    expect(answers).toEqual([expected, expected, expected]);
  });
});

describe('400', () => {
  it.each<[object, [string, string][]]>([
    [
      {},
      [
        ['/appointment_id', 'is required'],
        ['/start_time', 'is required'],
      ],
    ],
    [
      {
        appointment_id: 'a#b',
        practitioner_id: null,
        start_time: '2021-02-30 00:00:00',
        end_time: '2021-01-07 00:15:00',
        reason: 'pat',
      },
      [
        ['/appointment_id', 'must be the appointment_id of an appointment, a UUID'],
        ['/practitioner_id', 'must be a string or an integer from 1 to 9007199254740991'],
        ['/start_time', 'must be a date that exists'],
        ['/end_time', 'must be on the hour or half hour: minute 00 or 30, second 00'],
        ['/reason', 'is not a member of this request. Remove it'],
      ],
    ],
    [
      { start_time: '2021-01-08 09:30:00', end_time: '2021-01-08 10:30:00' },
      [
        ['/appointment_id', 'is required'],
        ['/end_time', 'must be 30 minutes after start_time'],
      ],
    ],
  ])('reports the faults of %j', async (body, faults) => {
    await expect(reschedule(body)).resolves.toEqual(
      problem(400, 'invalid-request', {
        errors: faults.map(([pointer, detail]) => ({ pointer, detail })),
      }),
    );
    expect(store.calls()).toHaveLength(0);
  });
});

describe('a transaction without a response', () => {
  it.each(UNAVAILABILITIES)(
    'returns 503 if the appointment is booked: %s',
    async (_name, error) => {
      store.on(TransactWriteCommand).rejects(error);

      await expect(reschedule(NEXT_DATE)).resolves.toEqual(UNAVAILABLE);
      await expect(reschedule(SAME_DATE)).resolves.toEqual(UNAVAILABLE);
      expect(store.commandCalls(GetCommand)).toHaveLength(2 * 2);
    },
  );
});
