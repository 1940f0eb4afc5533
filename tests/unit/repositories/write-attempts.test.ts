import timers from 'node:timers/promises';
import { ResourceNotFoundException, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import {
  PRACTITIONER_DOUBLE_BOOKING,
  type PractitionerDoubleBooking,
} from '../../../src/domain/ports.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import { openTable, type RequestScope } from '../../../src/repositories/store.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, appointment, SLOT_ITEM } from '../../support/people.ts';
import {
  conditionFailed,
  transactionCanceled,
  UNAVAILABILITIES,
} from '../../support/store-errors.ts';

const table = openTable('the-table');
const store = mockClient(DynamoDBDocumentClient);

const BOOKED = { kind: 'booked' };
const UNAVAILABLE = { name: 'StoreUnavailableError' };

/** Books: by one put if double booking is allowed, otherwise by a transaction. */
async function create(doubleBooking: PractitionerDoubleBooking, scope: RequestScope = {}) {
  return createRepositories({ ...table, ...scope }, doubleBooking).appointments.create(
    appointment(),
  );
}

const conflict = transactionCanceled('TransactionConflict', null);

/** An error of the last attempt of a call, after an earlier one got no response. */
const afterLoss = <T extends Error>(error: T) =>
  Object.assign(error, { $metadata: { httpStatusCode: 400, attempts: 2 } });

beforeEach(() => {
  store.reset();
  jest.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each(PRACTITIONER_DOUBLE_BOOKING)('double booking: %s', (mode) => {
  it.each<[string, Error]>([
    ...UNAVAILABILITIES,
    ['another error after an attempt was lost', afterLoss(new Error('denied'))],
    [
      'a response that cannot be read',
      Object.assign(new SyntaxError('not JSON'), { $metadata: { httpStatusCode: 200 } }),
    ],
  ])('a write reads what is stored after %s', async (_name, error) => {
    store.onAnyCommand().rejects(error);
    store.on(GetCommand).resolvesOnce({ Item: APPOINTMENT_ITEM }).resolves({});

    await expect(create(mode)).resolves.toEqual(BOOKED);
    expect(store.commandCalls(GetCommand).map(({ args: [{ input }] }) => input)).toEqual([
      {
        TableName: 'the-table',
        Key: { PK: 'PATIENT#1', SK: 'DAY#2021-01-07' },
        ConsistentRead: true,
      },
    ]);
    await expect(create(mode)).rejects.toMatchObject({ ...UNAVAILABLE, cause: error });
  });

  it.each([
    ['an unknown table', new ResourceNotFoundException({ message: 'no table', $metadata: {} })],
    ['a bug', new TypeError('of ours')],
    ['an item that is too large', transactionCanceled('ValidationError', null)],
    ['a cancellation without reasons', transactionCanceled()],
  ])('passes on %s', async (_name, error) => {
    store.onAnyCommand().rejects(error);

    await expect(create(mode)).rejects.toBe(error);
    expect(store.calls()).toHaveLength(1);
  });

  it('rejects a stored item that is not an appointment', async () => {
    store
      .onAnyCommand()
      .rejects(
        mode === 'allow' ? conditionFailed(ALEXEI_ITEM) : transactionCanceled(ALEXEI_ITEM, null),
      );

    await expect(create(mode)).rejects.toMatchObject({ name: 'InvalidItemError' });
  });

  it('throws StoreUnavailableError if the deadline ends the call', async () => {
    const error = Object.assign(new Error('Request aborted'), { name: 'AbortError' });
    store.onAnyCommand().rejects(error);

    await expect(create(mode, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      ...UNAVAILABLE,
      cause: error,
    });
  });

  it('passes the deadline to the SDK, and reports the attempts of each call', async () => {
    const lost = afterLoss(new TransactionConflictException({ $metadata: {}, message: '' }));
    store
      .onAnyCommand()
      .rejectsOnce(lost)
      .resolves({ $metadata: { attempts: 3 } });
    const { signal } = new AbortController();
    const onCall = jest.fn();

    await create(mode, { signal, onCall });

    const options = store.calls().map(({ args }) => (args as unknown[])[1]);
    expect(options).toEqual([{ abortSignal: signal }, { abortSignal: signal }]);
    expect(onCall.mock.calls).toEqual([[2], [3]]);
  });
});

describe('a transaction', () => {
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
    store.onAnyCommand().rejectsOnce(error).rejectsOnce(error).resolves({});

    await expect(create('reject')).resolves.toEqual(BOOKED);
    expect(store.calls()).toHaveLength(3);
  });

  it.each([
    ['the last one fails', new TypeError('denied')],
    ['all others conflict', conflict],
  ])('reads what is stored if an attempt was lost and %s', async (_name, last) => {
    const lost = afterLoss(transactionCanceled('TransactionConflict', null));
    store.onAnyCommand().rejectsOnce(lost).rejects(last);
    store.on(GetCommand).resolves({ Item: APPOINTMENT_ITEM });
    await expect(create('reject')).resolves.toEqual(BOOKED);

    store.reset();
    store.onAnyCommand().rejectsOnce(lost).rejects(last);
    store.on(GetCommand).resolves({});
    await expect(create('reject')).rejects.toMatchObject({ ...UNAVAILABLE, cause: last });
  });

  it('that conflicts each time is unavailable after 8 attempts, with pauses of up to 2.4 s', async () => {
    jest.mocked(Math.random).mockReturnValue(1);
    const pause = jest.spyOn(timers, 'setTimeout').mockResolvedValue(undefined);
    store.onAnyCommand().rejects(conflict);

    await expect(create('reject')).rejects.toMatchObject({ ...UNAVAILABLE, cause: conflict });

    expect(store.calls()).toHaveLength(8);
    expect(pause.mock.calls.map(([duration]) => duration)).toEqual([
      25, 50, 100, 200, 400, 800, 800,
    ]);
  });

  it('does not pause beyond the deadline', async () => {
    jest.mocked(Math.random).mockReturnValue(1);
    store.onAnyCommand().rejects(conflict);
    const signal = AbortSignal.timeout(5);

    await expect(create('reject', { signal })).rejects.toMatchObject({
      ...UNAVAILABLE,
      cause: { name: 'AbortError' },
    });
    expect(store.calls()).toHaveLength(1);
  });
});
