import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  TransactWriteCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { appointmentCommands, handler } from '../../../src/handlers/appointment-commands.ts';
import { connect } from '../../../src/handlers/environment.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import type { Item } from '../../../src/repositories/store.ts';
import { captureLog } from '../../support/capture-log.ts';
import { commandEvent, invoke, REQUEST_ID } from '../../support/http-event.ts';
import {
  ALEXEI_ITEM,
  APPOINTMENT_ITEM,
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
import {
  conditionFailed,
  transactionCanceled,
  UNAVAILABILITIES,
} from '../../support/store-errors.ts';
import { storeHolds as holds, writesTo } from '../../support/store-reads.ts';

const store = mockClient(DynamoDBDocumentClient);
captureLog();

const exclusive = appointmentCommands(
  connect(
    { auth: 'none', tableName: 'appointments-test', doubleBooking: 'reject' },
    createRepositories,
  ),
);

const DAY_KEY = { PK: 'PATIENT#1', SK: 'DAY#2021-01-07' };
const REPLACED_KEY = { PK: 'PATIENT#1', SK: `DAY#2021-01-07#${ID}` };

/** How the appointment ends by a request without a reason. */
const OWN_ENDING = {
  status: 'cancelled',
  cancelled_at: '2021-01-06T10:00:00.000Z',
  cancellation_reason: null,
  ended_request_id: REQUEST_ID,
};

async function cancel(body: unknown = { appointment_id: ID }, by = handler) {
  return invoke(by, commandEvent('cancel', body));
}

/** Makes the store hold Alexei and these items. */
function storeHolds(...items: Item[]): void {
  holds(store, [ALEXEI_ITEM, ...items]);
}

const updates = () => store.commandCalls(UpdateCommand).map(({ args: [{ input }] }) => input);

beforeEach(() => {
  store.reset();
  storeHolds(APPOINTMENT_ITEM);
  store.on(UpdateCommand).resolves({}).on(TransactWriteCommand).resolves({});
});

const CANCELLING: UpdateCommandInput = {
  TableName: 'appointments-test',
  Key: DAY_KEY,
  UpdateExpression:
    'SET #status = :status, #cancelled_at = :cancelled_at, #cancellation_reason = :cancellation_reason, #ended_request_id = :ended_request_id',
  ConditionExpression: 'appointment_id = :id AND attribute_not_exists(#status)',
  ExpressionAttributeNames: {
    '#status': 'status',
    '#cancelled_at': 'cancelled_at',
    '#cancellation_reason': 'cancellation_reason',
    '#ended_request_id': 'ended_request_id',
  },
  ExpressionAttributeValues: {
    ':id': ID,
    ':status': 'cancelled',
    ':cancelled_at': INSTANT,
    ':cancellation_reason': null,
    ':ended_request_id': REQUEST_ID,
  },
  ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
};

describe('a cancellation', () => {
  it('returns 200 with the cancelled appointment', async () => {
    const before = new Date().toISOString();
    const { status, headers, body } = await cancel();
    const after = new Date().toISOString();

    expect([status, headers]).toEqual([200, JSON_HEADERS]);
    const { cancelled_at } = body as { cancelled_at: string };
    expect(body).toEqual({
      ...APPOINTMENT,
      status: 'cancelled',
      cancelled_at,
      cancellation_reason: null,
    });
    const times = [before, cancelled_at, after];
    expect(times).toEqual(times.toSorted());
  });

  it('costs one consistent read of both items and one conditional update in place', async () => {
    await cancel();

    expect(store.calls()).toHaveLength(2);
    const Keys = [{ PK: 'PATIENT#1', SK: 'PROFILE' }, DAY_KEY];
    expect(store.commandCalls(BatchGetCommand)[0]?.args[0].input).toEqual({
      RequestItems: { 'appointments-test': { Keys, ConsistentRead: true } },
    });
    expect(updates()).toEqual([CANCELLING]);
  });

  it.each(['pat', 'prov', 'maint', 'meds-inc', 'other'])('stores the reason %s', async (reason) => {
    // The id may be in upper case.
    const { status, body } = await cancel({ appointment_id: ID.toUpperCase(), reason });

    expect([status, body]).toMatchObject([200, { cancellation_reason: reason }]);
    expect(updates()[0]?.ExpressionAttributeValues).toMatchObject({
      ':id': ID,
      ':cancellation_reason': reason,
    });
  });

  it('returns 200 if the SDK sent its own update again after a lost response', async () => {
    store.on(UpdateCommand).callsFake(() => {
      storeHolds({ ...APPOINTMENT_ITEM, ...OWN_ENDING });
      throw conditionFailed(APPOINTMENT_ITEM);
    });

    const { status, headers, body } = await cancel();

    expect([status, headers]).toEqual([200, JSON_HEADERS]);
    expect(body).toMatchObject({ cancelled_at: OWN_ENDING.cancelled_at });
  });
});

describe('a cancellation if double booking is rejected', () => {
  it("frees the practitioner's time in the same transaction", async () => {
    const { status } = await cancel(undefined, exclusive);

    expect(status).toBe(200);
    expect(store.calls()).toHaveLength(2);
    expect(store.commandCalls(TransactWriteCommand)[0]?.args[0].input.TransactItems).toEqual([
      { Update: CANCELLING },
      {
        Update: {
          TableName: 'appointments-test',
          Key: { PK: SLOT_ITEM.PK, SK: SLOT_ITEM.SK },
          UpdateExpression: 'SET #status = :status',
          ConditionExpression: 'appointment_id = :id',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':id': ID, ':status': 'free' },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        },
      },
    ]);
  });

  it('leaves the time to another patient who has it', async () => {
    store.on(TransactWriteCommand).rejects(transactionCanceled(null, SLOT_ITEM));

    const { status, body } = await cancel(undefined, exclusive);

    expect([status, body]).toMatchObject([200, { status: 'cancelled' }]);
    expect(updates()).toEqual([CANCELLING]);
    expect(JSON.stringify(body)).not.toContain(SLOT_ITEM.patient_id);
  });
});

describe('repeating a cancellation', () => {
  const BOOKED_AGAIN = { ...APPOINTMENT_ITEM, appointment_id: OTHER_ID };
  const REPLAY = {
    status: 200,
    headers: { ...JSON_HEADERS, 'Idempotency-Replayed': 'true' },
    body: {
      ...APPOINTMENT,
      status: 'cancelled',
      cancelled_at: CANCELLED.cancelled_at,
      cancellation_reason: CANCELLED.cancellation_reason,
    },
  };
  const REPLACED_ITEM = { ...APPOINTMENT_ITEM, ...CANCELLED, ...REPLACED_KEY };

  it.each<[string, Item[]]>([
    ['while the date is free', [{ ...APPOINTMENT_ITEM, ...CANCELLED }]],
    ['after the date was booked again', [BOOKED_AGAIN, REPLACED_ITEM]],
    ['after that booking was cancelled too', [{ ...BOOKED_AGAIN, ...OWN_ENDING }, REPLACED_ITEM]],
  ])('returns how it was cancelled at first, and writes nothing: %s', async (_name, items) => {
    storeHolds(...items);

    for (const by of [handler, exclusive]) {
      await expect(cancel({ appointment_id: ID, reason: 'other' }, by)).resolves.toEqual(REPLAY);
    }
    expect(writesTo(store)).toEqual([]);
  });

  it('returns the same if another request cancelled it in between', async () => {
    store
      .on(UpdateCommand)
      .callsFake(() => {
        storeHolds({ ...APPOINTMENT_ITEM, ...CANCELLED });
        throw conditionFailed({ ...APPOINTMENT_ITEM, ...CANCELLED });
      })
      .on(TransactWriteCommand)
      .callsFake(() => {
        storeHolds(BOOKED_AGAIN, REPLACED_ITEM);
        throw transactionCanceled(BOOKED_AGAIN, null);
      });

    for (const by of [handler, exclusive]) {
      storeHolds(APPOINTMENT_ITEM);
      await expect(cancel(undefined, by)).resolves.toEqual(REPLAY);
    }
  });
});

describe('404', () => {
  it.each<[string, Item[]]>([
    ['no appointment on the date', []],
    ['another appointment on the date', [{ ...APPOINTMENT_ITEM, appointment_id: OTHER_ID }]],
    [
      'others on the date, before and now',
      [
        { ...APPOINTMENT_ITEM, appointment_id: OTHER_ID, ...CANCELLED },
        { ...APPOINTMENT_ITEM, ...CANCELLED, SK: `DAY#2021-01-07#${OTHER_ID}` },
      ],
    ],
  ])('is returned if the patient has %s, and nothing is written', async (_name, items) => {
    storeHolds(...items);

    await expect(cancel()).resolves.toEqual(problem(404, 'appointment-not-found'));
    expect(updates()).toHaveLength(0);
  });
});

describe('409', () => {
  const ENDED_ITEM = { ...APPOINTMENT_ITEM, ...RESCHEDULED };
  const TAKEN_ON = { ...APPOINTMENT_ITEM, appointment_id: OTHER_ID };

  it.each<[string, Item[], Item[]]>([
    ['before', [ENDED_ITEM], []],
    ['before, within the date', [TAKEN_ON, { ...ENDED_ITEM, ...REPLACED_KEY }], []],
    ['in between', [APPOINTMENT_ITEM], [ENDED_ITEM]],
  ])('shows where the appointment was rescheduled to: %s', async (_name, items, later) => {
    storeHolds(...items);
    store.on(UpdateCommand).callsFake(() => {
      storeHolds(...later);
      throw conditionFailed(ENDED_ITEM);
    });

    await expect(cancel()).resolves.toEqual(
      problem(409, 'appointment-rescheduled', {
        conflict: {
          ...APPOINTMENT,
          status: 'rescheduled',
          rescheduled_at: RESCHEDULED.rescheduled_at,
          rescheduled_to: RESCHEDULED.rescheduled_to,
        },
      }),
    );
    expect(updates()).toHaveLength(later.length);
  });
});

describe('400', () => {
  const REASON = 'must be one of "pat", "prov", "maint", "meds-inc", "other"';
  const UUID = 'must be the appointment_id of an appointment, a UUID';
  const UNKNOWN = 'is not a member of this request. Remove it';

  it.each<[unknown, [string, string][]]>([
    [{}, [['/appointment_id', 'is required']]],
    [{ appointment_id: '1' }, [['/appointment_id', UUID]]],
    [{ appointment_id: 1 }, [['/appointment_id', 'must be a string']]],
    [{ appointment_id: ID, reason: 'has the flu' }, [['/reason', REASON]]],
    [{ appointment_id: ID, reason: 'PAT' }, [['/reason', REASON]]],
    [{ appointment_id: ID, reason: null }, [['/reason', REASON]]],
    [{ appointment_id: ID, comment: 'has the flu' }, [['/comment', UNKNOWN]]],
    [
      // The body of another operation.
      { practitioner_id: 1, start_time: '2021-01-07 00:00:00' },
      [
        ['/appointment_id', 'is required'],
        ['/practitioner_id', UNKNOWN],
        ['/start_time', UNKNOWN],
      ],
    ],
  ])('reports the faults of %j', async (body, faults) => {
    await expect(cancel(body)).resolves.toEqual(
      problem(400, 'invalid-request', {
        errors: faults.map(([pointer, detail]) => ({ pointer, detail })),
      }),
    );
    expect(store.calls()).toHaveLength(0);
  });
});

describe('an update without a response', () => {
  it.each(UNAVAILABILITIES)('returns 503 if a read finds it booked: %s', async (_name, error) => {
    store.on(UpdateCommand).rejects(error).on(TransactWriteCommand).rejects(error);

    for (const by of [handler, exclusive]) {
      await expect(cancel(undefined, by)).resolves.toEqual(UNAVAILABLE);
    }
    expect(store.commandCalls(GetCommand)).toHaveLength(2);
  });

  it.each<[string, Item, string | undefined]>([
    ['this request', OWN_ENDING, undefined],
    ['another request', CANCELLED, 'true'],
  ])('is settled by a read that finds it cancelled by %s', async (_name, ending, replayed) => {
    store.on(UpdateCommand).callsFake(() => {
      storeHolds({ ...APPOINTMENT_ITEM, ...ending });
      throw Object.assign(new Error('timed out'), { name: 'TimeoutError' });
    });

    const { status, headers, body } = await cancel();

    expect([status, headers?.['Idempotency-Replayed']]).toEqual([200, replayed]);
    expect(body).toMatchObject({ cancelled_at: ending['cancelled_at'] });
  });
});
