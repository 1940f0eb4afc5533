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
  transactionCanceled,
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
  it('sends one conditional put on the patient-day key, and nothing else', async () => {
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

  it('stores the idempotency key', async () => {
    store.on(PutCommand).resolves({});
    const booked = appointment({ idempotencyKey: 'a key' as IdempotencyKey });

    await expect(appointments.create(booked)).resolves.toEqual(BOOKED);

    const { Item } = store.commandCalls(PutCommand)[0]?.args[0].input ?? {};
    expect(Item).toEqual({ ...APPOINTMENT_ITEM, idempotency_key: 'a key' });
  });

  it('stores a practitioner without an NPI', async () => {
    store.on(PutCommand).resolves({});
    const booked = appointment({ practitioner: { ...appointment().practitioner, npi: null } });

    await expect(appointments.create(booked)).resolves.toEqual(BOOKED);

    const { Item } = store.commandCalls(PutCommand)[0]?.args[0].input ?? {};
    expect(Item).toEqual({ ...APPOINTMENT_ITEM, practitioner_npi: null });
  });

  it('returns the appointment that has the date, from the failed condition and without a read', async () => {
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

  it('is booked if an earlier attempt of the same put stored it', async () => {
    store.on(PutCommand).rejects(conditionFailed(APPOINTMENT_ITEM));

    await expect(appointments.create(appointment())).resolves.toEqual(BOOKED);
  });

  describe.each(UNAVAILABILITIES)('if the put ends with %s', (_name, error) => {
    beforeEach(() => {
      store.on(PutCommand).rejects(error);
    });

    it('is booked if one consistent read finds its own appointment', async () => {
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

    it('returns the other appointment that the read finds', async () => {
      store.on(GetCommand).resolves({ Item: { ...APPOINTMENT_ITEM, appointment_id: 'other' } });

      await expect(appointments.create(appointment())).resolves.toEqual(TAKEN);
    });

    it('throws if the read finds nothing, because the put can still arrive', async () => {
      store.on(GetCommand).resolves({});

      await expect(appointments.create(appointment())).rejects.toMatchObject({
        name: 'StoreUnavailableError',
        cause: error,
      });
    });

    it('throws if the read fails too', async () => {
      store.on(GetCommand).rejects(error);

      await expect(appointments.create(appointment())).rejects.toMatchObject({
        name: 'StoreUnavailableError',
      });
    });
  });

  it.each([
    ['an unknown table', new ResourceNotFoundException({ message: 'no table', $metadata: {} })],
    ['a bug', new TypeError('of ours')],
  ])('passes on %s', async (_name, error) => {
    store.on(PutCommand).rejects(error);

    await expect(appointments.create(appointment())).rejects.toBe(error);
  });

  it.each([
    [
      'an earlier attempt was lost',
      Object.assign(new Error('denied'), { $metadata: { httpStatusCode: 400, attempts: 2 } }),
    ],
    [
      'the response cannot be read',
      Object.assign(new SyntaxError('not JSON'), {
        $metadata: { httpStatusCode: 200, attempts: 1 },
      }),
    ],
  ])('reads what is stored if a put failed and %s', async (_name, error) => {
    store.on(PutCommand).rejects(error).on(GetCommand).resolvesOnce({ Item: APPOINTMENT_ITEM });
    await expect(appointments.create(appointment())).resolves.toEqual(BOOKED);

    store.on(GetCommand).resolves({});
    await expect(appointments.create(appointment())).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: error,
    });
  });

  it('rejects a stored item that is not an appointment', async () => {
    store.on(PutCommand).rejects(conditionFailed(ALEXEI_ITEM));

    await expect(appointments.create(appointment())).rejects.toMatchObject({ name: '$ZodError' });
  });

  it('throws StoreUnavailableError if the deadline ends the call', async () => {
    const error = Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    store.on(PutCommand).rejects(error).on(GetCommand).rejects(error);

    const late = createAppointmentRepository({ ...table, signal: AbortSignal.abort() }, 'allow');
    await expect(late.create(appointment())).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: error,
    });
  });

  it('reports the number of attempts', async () => {
    const onCall = jest.fn();
    store
      .on(PutCommand)
      .rejects(Object.assign(conditionFailed(APPOINTMENT_ITEM), { $metadata: { attempts: 2 } }));

    await createAppointmentRepository({ ...table, onCall }, 'allow').create(appointment());

    expect(onCall.mock.calls).toEqual([[2]]);
  });

  it('passes the deadline to the SDK', async () => {
    store.on(PutCommand).resolves({});
    const { signal } = new AbortController();

    await createAppointmentRepository({ ...table, signal }, 'allow').create(appointment());

    const [, options] = store.call(0).args as unknown[];
    expect(options).toEqual({ abortSignal: signal });
  });
});

describe('create, if double booking is rejected', () => {
  const exclusive = createAppointmentRepository(table, 'reject');
  const OTHER_DAY = { ...APPOINTMENT_ITEM, appointment_id: 'other' };
  const OWN_SLOT = {
    PK: 'PRACTITIONER#1',
    SK: 'SLOT#2021-01-07T00:00Z',
    appointment_id: APPOINTMENT_ITEM.appointment_id,
    patient_id: '1',
  };
  const conflict = transactionCanceled('TransactionConflict', null);

  it('sends one transaction of two conditional puts, and nothing else', async () => {
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
    ['the date is taken', transactionCanceled(OTHER_DAY, null)],
    ['the date and the time are taken', transactionCanceled(OTHER_DAY, SLOT_ITEM)],
    [
      'the date is taken, and another transaction is at the time',
      transactionCanceled(OTHER_DAY, 'TransactionConflict'),
    ],
  ])('returns the appointment that has the date: %s', async (_name, error) => {
    store.on(TransactWriteCommand).rejects(error);

    await expect(exclusive.create(appointment())).resolves.toEqual(TAKEN);
    expect(store.calls()).toHaveLength(1);
  });

  it('is booked if an earlier attempt stored both', async () => {
    store.on(TransactWriteCommand).rejects(transactionCanceled(APPOINTMENT_ITEM, OWN_SLOT));

    await expect(exclusive.create(appointment())).resolves.toEqual(BOOKED);
  });

  it('reports a taken time, and not by whom', async () => {
    store.on(TransactWriteCommand).rejects(transactionCanceled(null, SLOT_ITEM));

    await expect(exclusive.create(appointment())).resolves.toEqual({
      kind: 'practitioner-slot-taken',
    });
    expect(store.calls()).toHaveLength(1);
  });

  it.each([
    ['with the date', conflict],
    ['with the time', transactionCanceled(null, 'TransactionConflict')],
    [
      'with the date while the time is taken',
      transactionCanceled('TransactionConflict', SLOT_ITEM),
    ],
    ['by throttling', transactionCanceled('ThrottlingError', null)],
    ['by the limit of a partition', transactionCanceled(null, 'ProvisionedThroughputExceeded')],
    ['with a single write', new TransactionConflictException({ $metadata: {}, message: '' })],
  ])('is sent again after a conflict %s', async (_name, error) => {
    store.on(TransactWriteCommand).rejectsOnce(error).rejectsOnce(error).resolves({});

    await expect(exclusive.create(appointment())).resolves.toEqual(BOOKED);

    expect(store.calls()).toHaveLength(3);
  });

  it.each([
    ['the last one fails', new TypeError('denied')],
    ['all others conflict', conflict],
  ])('reads what is stored if an attempt was lost and %s', async (_name, last) => {
    const afterALoss = transactionCanceled('TransactionConflict', null);
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

  it('throws if it conflicts each time', async () => {
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

  it.each(UNAVAILABILITIES)('reads what is stored after %s', async (_name, error) => {
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
    ['an item that is too large', transactionCanceled('ValidationError', null)],
    ['a cancellation without reasons', transactionCanceled()],
    ['a bug', new TypeError('of ours')],
  ])('passes on %s', async (_name, error) => {
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

  it('reads backward for descending order', async () => {
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

  it('stops at the limit even if DynamoDB has a next page', async () => {
    store
      .on(QueryCommand)
      .rejects(new Error('no second page is needed'))
      .resolvesOnce({ Items: [APPOINTMENT_ITEM], LastEvaluatedKey: ALEXEI_ITEM });

    await expect(appointments.listByPatient({ ...JANUARY, limit: 1 })).resolves.toHaveLength(1);

    expect(store.calls()).toHaveLength(1);
  });

  it.each(UNAVAILABILITIES)('throws StoreUnavailableError after %s', async (_name, error) => {
    store.on(QueryCommand).rejects(error);

    await expect(appointments.listByPatient(JANUARY)).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: error,
    });
  });

  it('rejects a stored item that is not an appointment', async () => {
    const wrong = { ...APPOINTMENT_ITEM, start_time: '2021-01-07T00:15:00Z' };
    store.on(QueryCommand).resolves({ Items: [wrong] });

    await expect(appointments.listByPatient(JANUARY)).rejects.toMatchObject({ name: '$ZodError' });
  });
});
