import { ResourceNotFoundException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { IdempotencyKey } from '../../../src/domain/appointment.ts';
import type { Id } from '../../../src/domain/people.ts';
import type { Slot, UtcDate } from '../../../src/domain/slot.ts';
import { createAppointmentRepository } from '../../../src/repositories/appointments.ts';
import { openTable } from '../../../src/repositories/table.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, appointment, SLOT_ITEM } from '../../support/people.ts';
import {
  conditionFailed,
  transactionCancelled,
  UNAVAILABILITIES,
} from '../../support/store-errors.ts';

const table = openTable('the-table');
const appointments = createAppointmentRepository(table, 'allow');
const store = mockClient(DynamoDBDocumentClient);

const BOOKED = { kind: 'booked' };
const TAKEN = {
  kind: 'patient-day-taken',
  conflict: appointment({ appointmentId: 'other' }),
};

const JANUARY = {
  patientId: '1' as Id,
  from: '2021-01-01' as UtcDate,
  to: '2021-01-31' as UtcDate,
  order: 'asc',
  limit: 10,
} as const;

beforeEach(() => {
  store.reset();
});

describe('create', () => {
  it('is one conditional put on the patient-day key, and nothing else', async () => {
    store.on(PutCommand).resolves({});

    await expect(appointments.create(appointment())).resolves.toEqual(BOOKED);

    expect(store.calls()).toHaveLength(1);
    expect(store.commandCalls(PutCommand)[0]?.args[0].input).toEqual({
      TableName: 'the-table',
      Item: APPOINTMENT_ITEM,
      ConditionExpression: 'attribute_not_exists(PK)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  });

  it('keeps the key that it was asked for with', async () => {
    store.on(PutCommand).resolves({});
    const booked = appointment({ idempotencyKey: 'a key' as IdempotencyKey });

    await expect(appointments.create(booked)).resolves.toEqual(BOOKED);

    const { Item } = store.commandCalls(PutCommand)[0]?.args[0].input ?? {};
    expect(Item).toEqual({ ...APPOINTMENT_ITEM, idempotency_key: 'a key' });
  });

  it('keeps a practitioner without an NPI as one without', async () => {
    store.on(PutCommand).resolves({});
    const booked = appointment({ practitioner: { ...appointment().practitioner, npi: null } });

    await expect(appointments.create(booked)).resolves.toEqual(BOOKED);

    const { Item } = store.commandCalls(PutCommand)[0]?.args[0].input ?? {};
    expect(Item).toEqual({ ...APPOINTMENT_ITEM, practitioner_npi: null });
  });

  it('returns the appointment that holds the day, from the failed condition and without a read', async () => {
    const other = {
      ...APPOINTMENT_ITEM,
      appointment_id: 'other',
      start_time: '2021-01-07T09:30:00Z',
    };
    store.on(PutCommand).rejects(conditionFailed(other));

    await expect(appointments.create(appointment())).resolves.toEqual({
      kind: 'patient-day-taken',
      conflict: appointment({ appointmentId: 'other', slot: '2021-01-07T09:30:00Z' as Slot }),
    });
    expect(store.calls()).toHaveLength(1);
  });

  it('returns its own appointment where an earlier attempt of the same put had stored it', async () => {
    store.on(PutCommand).rejects(conditionFailed(APPOINTMENT_ITEM));

    await expect(appointments.create(appointment())).resolves.toEqual(BOOKED);
  });

  describe.each(UNAVAILABILITIES)('where the answer to the put is %s', (_name, error) => {
    beforeEach(() => {
      store.on(PutCommand).rejects(error);
    });

    it('returns what one consistent read finds: its own appointment', async () => {
      store.on(GetCommand).resolves({ Item: APPOINTMENT_ITEM });

      await expect(appointments.create(appointment())).resolves.toEqual(BOOKED);

      expect(store.commandCalls(GetCommand).map(({ args: [{ input }] }) => input)).toEqual([
        {
          TableName: 'the-table',
          Key: { PK: 'PATIENT#1', SK: 'DAY#2021-01-07' },
          ConsistentRead: true,
        },
      ]);
    });

    it('returns what the read finds: the appointment of another', async () => {
      store.on(GetCommand).resolves({ Item: { ...APPOINTMENT_ITEM, appointment_id: 'other' } });

      await expect(appointments.create(appointment())).resolves.toEqual(TAKEN);
    });

    it('is store-unavailable where the read finds nothing: the put can still arrive', async () => {
      store.on(GetCommand).resolves({});

      await expect(appointments.create(appointment())).rejects.toMatchObject({
        name: 'StoreUnavailableError',
        cause: error,
      });
    });

    it('is store-unavailable where the read fails too', async () => {
      store.on(GetCommand).rejects(error);

      await expect(appointments.create(appointment())).rejects.toMatchObject({
        name: 'StoreUnavailableError',
      });
    });
  });

  it.each([
    ['an unknown table', new ResourceNotFoundException({ message: 'no table', $metadata: {} })],
    ['a bug', new TypeError('of ours')],
  ])('rethrows %s as it came', async (_name, error) => {
    store.on(PutCommand).rejects(error);

    await expect(appointments.create(appointment())).rejects.toBe(error);
  });

  it.each([
    [
      'an earlier attempt was lost',
      Object.assign(new Error('denied'), { $metadata: { httpStatusCode: 400, attempts: 2 } }),
    ],
    [
      'the answer cannot be read',
      Object.assign(new SyntaxError('not JSON'), {
        $metadata: { httpStatusCode: 200, attempts: 1 },
      }),
    ],
  ])('asks once more what is stored where a put failed and %s', async (_name, error) => {
    store.on(PutCommand).rejects(error).on(GetCommand).resolvesOnce({ Item: APPOINTMENT_ITEM });
    await expect(appointments.create(appointment())).resolves.toEqual(BOOKED);

    store.on(GetCommand).resolves({});
    await expect(appointments.create(appointment())).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: error,
    });
  });

  it('refuses an item that is not an appointment instead of passing it on', async () => {
    store.on(PutCommand).rejects(conditionFailed(ALEXEI_ITEM));

    await expect(appointments.create(appointment())).rejects.toMatchObject({ name: '$ZodError' });
  });

  it('turns what ends by the deadline into store-unavailable', async () => {
    const error = Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    store.on(PutCommand).rejects(error).on(GetCommand).rejects(error);

    const late = createAppointmentRepository({ ...table, signal: AbortSignal.abort() }, 'allow');
    await expect(late.create(appointment())).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: error,
    });
  });

  it('says how many attempts it took', async () => {
    const onCall = jest.fn();
    store
      .on(PutCommand)
      .rejects(Object.assign(conditionFailed(APPOINTMENT_ITEM), { $metadata: { attempts: 2 } }));

    await createAppointmentRepository({ ...table, onCall }, 'allow').create(appointment());

    expect(onCall.mock.calls).toEqual([[2]]);
  });

  it('hands the deadline to the SDK, which aborts the attempt that is under way', async () => {
    store.on(PutCommand).resolves({});
    const { signal } = new AbortController();

    await createAppointmentRepository({ ...table, signal }, 'allow').create(appointment());

    const [, options] = store.call(0).args as unknown[];
    expect(options).toEqual({ abortSignal: signal });
  });
});

describe('create, where double booking is rejected', () => {
  const exclusive = createAppointmentRepository(table, 'reject');
  const OTHER_DAY = { ...APPOINTMENT_ITEM, appointment_id: 'other' };
  const OWN_SLOT = {
    PK: 'PRACTITIONER#1',
    SK: 'SLOT#2021-01-07T00:00Z',
    appointment_id: APPOINTMENT_ITEM.appointment_id,
    patient_id: '1',
  };
  const conflict = transactionCancelled('TransactionConflict', null);

  it('is one transaction of two conditional puts, and nothing else', async () => {
    store.on(TransactWriteCommand).resolves({});

    await expect(exclusive.create(appointment())).resolves.toEqual(BOOKED);

    expect(store.calls()).toHaveLength(1);
    const put = (Item: unknown) => ({
      Put: {
        TableName: 'the-table',
        Item,
        ConditionExpression: 'attribute_not_exists(PK)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      },
    });
    expect(store.commandCalls(TransactWriteCommand)[0]?.args[0].input).toEqual({
      TransactItems: [put(APPOINTMENT_ITEM), put(OWN_SLOT)],
    });
  });

  it.each([
    ['the date alone', transactionCancelled(OTHER_DAY, null)],
    ['the date and the time', transactionCancelled(OTHER_DAY, SLOT_ITEM)],
    [
      'the date, and another transaction the time',
      transactionCancelled(OTHER_DAY, 'TransactionConflict'),
    ],
  ])('returns who holds the date where %s is taken', async (_name, error) => {
    store.on(TransactWriteCommand).rejects(error);

    await expect(exclusive.create(appointment())).resolves.toEqual(TAKEN);
    expect(store.calls()).toHaveLength(1);
  });

  it('returns its own appointment where an earlier attempt had stored both', async () => {
    store.on(TransactWriteCommand).rejects(transactionCancelled(APPOINTMENT_ITEM, OWN_SLOT));

    await expect(exclusive.create(appointment())).resolves.toEqual(BOOKED);
  });

  it('says that the time alone is taken, and not by whom', async () => {
    store.on(TransactWriteCommand).rejects(transactionCancelled(null, SLOT_ITEM));

    await expect(exclusive.create(appointment())).resolves.toEqual({
      kind: 'practitioner-slot-taken',
    });
    expect(store.calls()).toHaveLength(1);
  });

  it.each([
    ['with the date', conflict],
    ['with the time', transactionCancelled(null, 'TransactionConflict')],
    [
      'with the date, where the time is taken',
      transactionCancelled('TransactionConflict', SLOT_ITEM),
    ],
    ['by throttling', transactionCancelled('ThrottlingError', null)],
    ['by the limit of a partition', transactionCancelled(null, 'ProvisionedThroughputExceeded')],
    ['with a single write', new TransactionConflictException({ $metadata: {}, message: '' })],
  ])('is sent again after a conflict: %s', async (_name, error) => {
    store.on(TransactWriteCommand).rejectsOnce(error).rejectsOnce(error).resolves({});

    await expect(exclusive.create(appointment())).resolves.toEqual(BOOKED);

    expect(store.calls()).toHaveLength(3);
  });

  it.each([
    ['it fails for good in the end', new TypeError('denied')],
    ['it meets others each time', conflict],
  ])('asks what is stored where an attempt was lost and %s', async (_name, last) => {
    const afterALoss = transactionCancelled('TransactionConflict', null);
    afterALoss.$metadata.attempts = 2;
    store.on(TransactWriteCommand).rejectsOnce(afterALoss).rejects(last);
    store.on(GetCommand).resolves({ Item: APPOINTMENT_ITEM });
    await expect(exclusive.create(appointment())).resolves.toEqual(BOOKED);

    store.reset();
    store.on(TransactWriteCommand).rejectsOnce(afterALoss).rejects(last);
    store.on(GetCommand).resolves({});
    await expect(exclusive.create(appointment())).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: last,
    });
  });

  it('is store-unavailable where it meets others each time', async () => {
    store.on(TransactWriteCommand).rejects(conflict);

    await expect(exclusive.create(appointment())).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: conflict,
    });
    expect(store.calls()).toHaveLength(8);
  });

  it('does not wait beyond the deadline', async () => {
    store.on(TransactWriteCommand).rejects(conflict);
    jest.spyOn(Math, 'random').mockReturnValueOnce(1);
    const deadline = new AbortController();
    setTimeout(() => {
      deadline.abort();
    }, 5);
    const late = createAppointmentRepository({ ...table, signal: deadline.signal }, 'reject');

    await expect(late.create(appointment())).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: { name: 'AbortError' },
    });
    expect(store.calls()).toHaveLength(1);
  });

  it.each(UNAVAILABILITIES)('asks what is stored where the answer is %s', async (_name, error) => {
    store
      .on(TransactWriteCommand)
      .rejects(error)
      .on(GetCommand)
      .resolvesOnce({ Item: APPOINTMENT_ITEM })
      .resolves({});

    await expect(exclusive.create(appointment())).resolves.toEqual(BOOKED);
    await expect(exclusive.create(appointment())).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: error,
    });
    expect(store.commandCalls(GetCommand)[0]?.args[0].input.Key).toEqual({
      PK: 'PATIENT#1',
      SK: 'DAY#2021-01-07',
    });
  });

  it.each([
    ['an item that is too large', transactionCancelled('ValidationError', null)],
    ['a cancellation without reasons', transactionCancelled()],
    ['a bug', new TypeError('of ours')],
  ])('rethrows %s as it came', async (_name, error) => {
    store.on(TransactWriteCommand).rejects(error);

    await expect(exclusive.create(appointment())).rejects.toBe(error);
    expect(store.calls()).toHaveLength(1);
  });
});

describe('listByPatient', () => {
  it('is one consistent query of the range', async () => {
    store.on(QueryCommand).resolves({ Items: [APPOINTMENT_ITEM] });

    await expect(appointments.listByPatient(JANUARY)).resolves.toEqual([appointment()]);

    expect(store.calls()).toHaveLength(1);
    expect(store.commandCalls(QueryCommand)[0]?.args[0].input).toEqual({
      TableName: 'the-table',
      KeyConditionExpression: 'PK = :patient AND SK BETWEEN :first AND :last',
      ExpressionAttributeValues: {
        ':patient': 'PATIENT#1',
        ':first': 'DAY#2021-01-01',
        ':last': 'DAY#2021-01-31',
      },
      ConsistentRead: true,
      ScanIndexForward: true,
      Limit: 10,
    });
  });

  it('reads backwards for the latest first', async () => {
    store.on(QueryCommand).resolves({ Items: [] });

    await appointments.listByPatient({ ...JANUARY, order: 'desc' });

    expect(store.commandCalls(QueryCommand)[0]?.args[0].input.ScanIndexForward).toBe(false);
  });

  it("follows DynamoDB's pages until there are none", async () => {
    const key = { PK: 'PATIENT#1', SK: 'DAY#2021-01-07' };
    const second = { ...APPOINTMENT_ITEM, appointment_id: 'second' };
    store
      .on(QueryCommand)
      .resolvesOnce({ Items: [APPOINTMENT_ITEM], LastEvaluatedKey: key })
      .resolvesOnce({ Items: [], LastEvaluatedKey: key })
      .resolvesOnce({ Items: [second] });

    await expect(appointments.listByPatient(JANUARY)).resolves.toEqual([
      appointment(),
      appointment({ appointmentId: 'second' }),
    ]);

    expect(
      store
        .commandCalls(QueryCommand)
        .map(({ args: [{ input }] }) => [input.Limit, input.ExclusiveStartKey]),
    ).toEqual([
      [10, undefined],
      [9, key],
      [9, key],
    ]);
  });

  it('stops at the limit, although DynamoDB names a next page', async () => {
    store
      .on(QueryCommand)
      .rejects(new Error('no second page is asked for'))
      .resolvesOnce({ Items: [APPOINTMENT_ITEM], LastEvaluatedKey: ALEXEI_ITEM });

    await expect(appointments.listByPatient({ ...JANUARY, limit: 1 })).resolves.toHaveLength(1);

    expect(store.calls()).toHaveLength(1);
  });

  it.each(UNAVAILABILITIES)('turns %s into store-unavailable', async (_name, error) => {
    store.on(QueryCommand).rejects(error);

    await expect(appointments.listByPatient(JANUARY)).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: error,
    });
  });

  it('refuses a stored item that is not an appointment', async () => {
    const wrong = { ...APPOINTMENT_ITEM, start_time: '2021-01-07T00:15:00Z' };
    store.on(QueryCommand).resolves({ Items: [wrong] });

    await expect(appointments.listByPatient(JANUARY)).rejects.toMatchObject({ name: '$ZodError' });
  });
});
