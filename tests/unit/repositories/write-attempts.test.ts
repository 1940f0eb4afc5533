import timers from 'node:timers/promises';
import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type {
  Appointment,
  Cancellation,
  EndedAppointment,
} from '../../../src/domain/appointment.ts';
import type { Name } from '../../../src/domain/people.ts';
import {
  type AppointmentRepository,
  PRACTITIONER_DOUBLE_BOOKING,
  type PractitionerDoubleBooking,
  type Repositories,
} from '../../../src/domain/ports.ts';
import { type Slot, slotDate } from '../../../src/domain/slot.ts';
import { itemOf, replacedItemOf } from '../../../src/repositories/appointment-items.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import { type Item, openTable } from '../../../src/repositories/store.ts';
import { PEOPLE } from '../../support/clinic.ts';
import {
  ALEXEI,
  ALEXEI_ITEM,
  APPOINTMENT_ITEM,
  appointment,
  BOB,
  BOB_ITEM,
  cancelled,
  january,
  NOSHOW,
  NOSHOW_ITEM,
  newAppointment,
  SLOT_ITEM,
} from '../../support/people.ts';
import { conditionFailed, transactionCanceled } from '../../support/store-errors.ts';
import { failReads, storeHolds, writesTo } from '../../support/store-reads.ts';

const table = openTable('the-table');
const store = mockClient(DynamoDBDocumentClient);

const BOOKED = { kind: 'booked' };
const UNAVAILABLE = { name: 'StoreUnavailableError' };

/** Books: by one put if double booking is allowed, otherwise by a transaction. */
async function create(doubleBooking: PractitionerDoubleBooking) {
  return createRepositories(table, doubleBooking).appointments.create(appointment());
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
  it.each([
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
});

/** Appointments that take the date of one that was cancelled before. */
const first = appointment();
const earlier = (slot: Slot) => cancelled(newAppointment(PEOPLE, slot));
const [earlierThatDate, earlierNextDate] = [earlier(first.slot), earlier(january(8))];
const sameDate = newAppointment(PEOPLE, january(7, '10:00'));
const nextDate = newAppointment(PEOPLE, january(8));
const cancellation = cancelled().ending as Cancellation;
const movedTo = ({ slot, appointmentId, createdAt, bookedBy }: Appointment): EndedAppointment => ({
  ...first,
  ending: {
    status: 'rescheduled',
    rescheduledAt: createdAt,
    rescheduledTo: { date: slotDate(slot), appointmentId },
    endedBy: bookedBy,
  },
});

interface Write {
  readonly call: (appointments: AppointmentRepository) => Promise<unknown>;
  readonly outcome: unknown;
  /** The patient's items that decide, before and after. */
  readonly before: readonly Item[];
  readonly after: readonly Item[];
  readonly isWithCopy?: boolean;
}

const WRITES: Record<string, Write> = {
  create: {
    call: async (appointments) => appointments.create(first),
    outcome: BOOKED,
    before: [],
    after: [itemOf(first)],
  },
  'create in place of an ended appointment': {
    call: async (appointments) => appointments.create(first, earlierThatDate),
    outcome: BOOKED,
    before: [itemOf(earlierThatDate)],
    after: [itemOf(first)],
    isWithCopy: true,
  },
  cancel: {
    call: async (appointments) => appointments.cancel(first, cancellation),
    outcome: cancelled(),
    before: [itemOf(first)],
    after: [itemOf(cancelled())],
  },
  'reschedule within the date': {
    call: async (appointments) => appointments.reschedule(first, sameDate),
    outcome: { kind: 'rescheduled' },
    before: [itemOf(first)],
    after: [itemOf(sameDate), replacedItemOf(movedTo(sameDate))],
  },
  'reschedule to another date': {
    call: async (appointments) => appointments.reschedule(first, nextDate, earlierNextDate),
    outcome: { kind: 'rescheduled' },
    before: [itemOf(first), itemOf(earlierNextDate)],
    after: [itemOf(movedTo(nextDate)), itemOf(nextDate)],
    isWithCopy: true,
  },
};

/** The writes fail, one with each error and all others with the last, except the copy of an ended appointment. */
function failWrites(...errors: Error[]): void {
  store.onAnyCommand().callsFake(async ({ Item }: { Item?: Item }) => {
    if (String(Item?.['SK']).split('#').length > 2) return Promise.resolve({});
    return Promise.reject((errors.length > 1 ? errors.shift() : errors[0]) ?? new Error());
  });
}

const TIMEOUT = Object.assign(new Error('timed out'), { name: 'TimeoutError' });

describe.each(Object.entries(WRITES))(
  '%s',
  (_name, { call, outcome, before, after, isWithCopy }) => {
    describe.each(PRACTITIONER_DOUBLE_BOOKING)('double booking: %s', (mode) => {
      const write = async () => call(createRepositories(table, mode).appointments);

      it('reads nothing if it succeeds', async () => {
        store.onAnyCommand().resolves({});

        await expect(write()).resolves.toEqual(outcome);
        expect(store.calls()).toHaveLength(isWithCopy ? 2 : 1);
      });

      it('succeeds if it got no response and reads find what it wrote', async () => {
        failWrites(TIMEOUT);
        storeHolds(store, after);

        await expect(write()).resolves.toEqual(outcome);
      });

      it('has an unknown outcome if it got no response and reads find what was there before', async () => {
        failWrites(TIMEOUT);
        storeHolds(store, before);

        await expect(write()).rejects.toMatchObject({ ...UNAVAILABLE, cause: TIMEOUT });
      });

      it('has an unknown outcome if it got no response and the read fails', async () => {
        failWrites(TIMEOUT);
        failReads(store, TIMEOUT);

        await expect(write()).rejects.toMatchObject({ ...UNAVAILABLE, cause: TIMEOUT });
      });

      if (isWithCopy) {
        it('does not take the date if the copy of the ended appointment may not be stored', async () => {
          store.onAnyCommand().rejects(TIMEOUT);

          await expect(write()).rejects.toMatchObject({ ...UNAVAILABLE, cause: TIMEOUT });
          expect(store.calls()).toHaveLength(1);
        });
      }
    });
  },
);

it.each<[string, Error]>([
  ['another error after an attempt was lost', afterLoss(new Error('denied'))],
  [
    'a response that cannot be read',
    Object.assign(new SyntaxError('not JSON'), { $metadata: { httpStatusCode: 200 } }),
  ],
])('a write reads what is stored after %s', async (_name, error) => {
  failWrites(error);
  storeHolds(store, [APPOINTMENT_ITEM]);
  await expect(create('allow')).resolves.toEqual(BOOKED);

  storeHolds(store, []);
  await expect(create('allow')).rejects.toMatchObject({ ...UNAVAILABLE, cause: error });
});

it('a write in place of an ended appointment throws if the date has none', async () => {
  failWrites(TIMEOUT);
  storeHolds(store, []);

  const { appointments } = createRepositories(table, 'allow');
  await expect(appointments.create(first, earlierThatDate)).rejects.toThrow(
    'the taken date has no item',
  );
});

describe('create, whose date another one has, knows if it may have been stored before:', () => {
  const other = newAppointment(PEOPLE, january(7, '10:00'));
  const dateFails = transactionCanceled(itemOf(other), null);
  const freed = { ...SLOT_ITEM, status: 'free' };

  it.each<[string, PractitionerDoubleBooking, Error[], boolean]>([
    ['no attempt was lost', 'allow', [conditionFailed(itemOf(other))], false],
    ['an attempt was lost', 'allow', [afterLoss(conditionFailed(itemOf(other)))], true],
    ['all were lost', 'allow', [TIMEOUT], true],
    ['all were lost', 'reject', [TIMEOUT], true],
    ['no attempt was lost', 'reject', [conflict, dateFails], false],
    [
      'an attempt was lost',
      'reject',
      [afterLoss(transactionCanceled('TransactionConflict', null)), dateFails],
      true,
    ],
    [
      'an attempt was lost before the slot was free',
      'reject',
      [afterLoss(transactionCanceled(null, freed)), dateFails],
      true,
    ],
  ])('%s, double booking: %s', async (_name, mode, errors, isRetried) => {
    failWrites(...errors);
    storeHolds(store, [itemOf(other)]);

    await expect(create(mode)).resolves.toEqual({
      kind: 'patient-day-taken',
      holder: other,
      isRetried,
    });
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
});

/** Changes that succeed only if the version that was read is still stored. */
describe('a change', () => {
  const origin = { requestId: 'this-request', caller: null };
  const closed = { hours: {}, timeOff: [] };
  const noshow = { ...NOSHOW, recordedBy: origin };
  const lost = () => TIMEOUT;

  type Call = (repositories: Repositories) => Promise<unknown>;
  const rename: Call = async ({ people }) =>
    people.putPatient({ ...ALEXEI, firstName: 'Ann' as Name }, origin);

  /** Makes the change. Its first write fails, and the store then holds `after`. All other writes succeed. */
  async function attempt(
    call: Call,
    before: Item[],
    after: Item[],
    errorOf: (item: Item) => Error,
  ) {
    const stored = [...before];
    store.reset();
    store.onAnyCommand().callsFake(async () => {
      if (writesTo(store).length > 1) return Promise.resolve({});
      stored.splice(0, 1, ...after);
      return Promise.reject(errorOf(after[0] ?? {}));
    });
    storeHolds(store, stored);
    const outcome = await call(createRepositories(table, 'allow'));
    return { outcome, writes: writesTo(store).length };
  }

  it.each<[string, Call, version: string, before: Item, done: object, overtaken: number]>([
    ['that renames a patient', rename, 'request_id', ALEXEI_ITEM, { kind: 'replaced' }, 1],
    [
      'that replaces a schedule',
      async ({ people }) => people.putSchedule(BOB.practitionerId, closed, origin),
      'schedule_request_id',
      BOB_ITEM,
      { kind: 'replaced' },
      1,
    ],
    [
      'that erases a patient, which nothing may undo,',
      async ({ people }) => people.erasePatient(ALEXEI.patientId, origin, '2021-01-05T09:15:30Z'),
      'request_id',
      ALEXEI_ITEM,
      { kind: 'erased' },
      2,
    ],
    [
      'that records attendance',
      async ({ appointments }) => appointments.recordAttendance(appointment(), noshow),
      'attendance_request_id',
      APPOINTMENT_ITEM,
      { attendance: noshow },
      1,
    ],
  ])('%s detects whether it was stored', async (_name, call, version, before, done, overtaken) => {
    const isAttendance = version === 'attendance_request_id';
    const own = { ...before, ...(isAttendance && NOSHOW_ITEM), [version]: origin.requestId };
    const other = { ...own, [version]: 'another-request' };
    const after = (writes: number) => ({ outcome: expect.objectContaining(done), writes });

    for (const errorOf of [lost, conditionFailed]) {
      await expect(attempt(call, [before], [own], errorOf)).resolves.toEqual(after(1));
    }
    await expect(attempt(call, [before], [before], lost)).rejects.toMatchObject(UNAVAILABLE);
    // This request may have been stored before another request changed the item.
    for (const errorOf of [lost, (item: Item) => afterLoss(conditionFailed(item))]) {
      await expect(attempt(call, [before], [other], errorOf)).resolves.toEqual(after(overtaken));
    }
    // This request was not stored.
    await expect(attempt(call, [before], [other], conditionFailed)).resolves.toEqual(
      isAttendance ? { outcome: expect.not.objectContaining(done), writes: 1 } : after(2),
    );
  });

  it('that adds a person detects whether it was stored', async () => {
    const replaced = { ...ALEXEI_ITEM, created_request_id: origin.requestId };
    for (const [after, kind, writes] of [
      [replaced, 'created', 1],
      [ALEXEI_ITEM, 'replaced', 2],
    ] as const) {
      const outcome = attempt(rename, [], [after], lost);
      await expect(outcome).resolves.toEqual({ outcome: { kind }, writes });
    }
    await expect(attempt(rename, [], [], lost)).rejects.toMatchObject(UNAVAILABLE);
  });
});
