import { TransactionConflictException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { Appointment, AppointmentId, Cancellation } from '../../../src/domain/appointment.ts';
import {
  type AppointmentRepository,
  PRACTITIONER_DOUBLE_BOOKING,
  type PractitionerDoubleBooking,
} from '../../../src/domain/ports.ts';
import type { Slot, UtcDate } from '../../../src/domain/slot.ts';
import { createAppointmentRepository } from '../../../src/repositories/appointments.ts';
import { type Item, type Key, openTable } from '../../../src/repositories/table.ts';
import {
  APPOINTMENT_ITEM,
  appointment,
  CANCELLED,
  cancelled,
  ID,
  OTHER_ID,
  RESCHEDULED,
  SLOT_ITEM,
} from '../../support/people.ts';
import { conditionFailed, transactionCanceled } from '../../support/store-errors.ts';

const TableName = 'the-table';
const table = openTable(TableName);
const store = mockClient(DynamoDBDocumentClient);

const EARLIER_ID = 'facade00-7d1f-4a6e-9a3f-0d9b0f7f2c44' as AppointmentId;
const FROM = { date: '2021-01-07' as UtcDate, appointmentId: ID };
const FROM_ITEM = { date: '2021-01-07', appointment_id: ID };
const TO_SAME_DATE = { rescheduled_to: { date: '2021-01-07', appointment_id: OTHER_ID } };

/** What replaces Alexei's appointment of 2021-01-07 at midnight. */
const nextDate = appointment({
  appointmentId: OTHER_ID,
  slot: '2021-01-08T09:30:00Z' as Slot,
  createdAt: '2021-01-05T09:15:30.000Z',
  rescheduledFrom: FROM,
});
const sameDate = { ...nextDate, slot: '2021-01-07T09:30:00Z' as Slot };

const NEXT_DATE_ITEM = {
  ...APPOINTMENT_ITEM,
  SK: 'DAY#2021-01-08',
  appointment_id: OTHER_ID,
  start_time: '2021-01-08T09:30:00Z',
  created_at: '2021-01-05T09:15:30.000Z',
  rescheduled_from: FROM_ITEM,
};
const SAME_DATE_ITEM = {
  ...NEXT_DATE_ITEM,
  SK: 'DAY#2021-01-07',
  start_time: '2021-01-07T09:30:00Z',
};
const CANCELLED_ITEM = { ...APPOINTMENT_ITEM, ...CANCELLED };
const RESCHEDULED_ITEM = { ...APPOINTMENT_ITEM, ...RESCHEDULED };

/** The item of an ended appointment after its date was booked again. */
function replaced<T extends Key & { appointment_id: string }>(item: T): T {
  return { ...item, SK: `${item.SK}#${item.appointment_id}` };
}

/** An appointment of the date that was cancelled earlier, and its item. */
const earlier = (slot: string) => cancelled({ appointmentId: EARLIER_ID, slot: slot as Slot });
const earlierItem = (slot: string) => ({
  ...CANCELLED_ITEM,
  SK: `DAY#${slot.slice(0, 10)}`,
  appointment_id: EARLIER_ID,
  start_time: slot,
});
const EARLIER_ITEM = earlierItem('2021-01-07T15:00:00Z');
const EARLIER_NEXT_DATE_ITEM = earlierItem('2021-01-08T15:00:00Z');

const RETURN_ITEM = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' };
const ABSENT = { ConditionExpression: 'attribute_not_exists(PK)', ...RETURN_ITEM };
const HELD_BY_EARLIER = {
  ConditionExpression: 'appointment_id = :id',
  ExpressionAttributeValues: { ':id': EARLIER_ID },
  ...RETURN_ITEM,
};
const BOOKED = {
  ConditionExpression: 'appointment_id = :id AND attribute_not_exists(#status)',
  ExpressionAttributeNames: { '#status': 'status' },
  ExpressionAttributeValues: { ':id': ID },
  ...RETURN_ITEM,
};

const put = (Item: Item, condition = {}) => ({ Put: { TableName, Item, ...condition } });

/** Ends Alexei's appointment in place. */
function end(ending: object) {
  const entries = Object.entries(ending) as [string, unknown][];
  return {
    Update: {
      TableName,
      Key: { PK: 'PATIENT#1', SK: 'DAY#2021-01-07' },
      UpdateExpression: `SET ${entries.map(([name]) => `#${name} = :${name}`).join(', ')}`,
      ...BOOKED,
      ExpressionAttributeNames: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ':id': ID,
        ...Object.fromEntries(entries.map(([name, value]) => [`:${name}`, value])),
      },
    },
  };
}

/** Takes Bob's time. */
const take = (time: string, appointment_id: string) =>
  put({ PK: 'PRACTITIONER#1', SK: `SLOT#${time}`, appointment_id, patient_id: '1' }, ABSENT);
const FREE = {
  Update: {
    TableName,
    Key: { PK: 'PRACTITIONER#1', SK: 'SLOT#2021-01-07T00:00Z' },
    UpdateExpression: 'SET #status = :status',
    ConditionExpression: 'appointment_id = :id',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':id': ID, ':status': 'free' },
    ...RETURN_ITEM,
  },
};

interface Write {
  readonly call: (appointments: AppointmentRepository) => Promise<unknown>;
  readonly outcome: unknown;
  /** The put before the write. */
  readonly copy?: object;
  readonly actions: readonly object[];
  /** The same if double booking is rejected. */
  readonly actionsWithSlots: readonly object[];
  /** The patient's items before and after. */
  readonly before: readonly Item[];
  readonly after: readonly Item[];
}

const cancellation = cancelled().ending as Cancellation;

const WRITES = {
  create: {
    call: async (appointments) => appointments.create(appointment()),
    outcome: { kind: 'booked' },
    actions: [put(APPOINTMENT_ITEM, ABSENT)],
    actionsWithSlots: [put(APPOINTMENT_ITEM, ABSENT), take('2021-01-07T00:00Z', ID)],
    before: [],
    after: [APPOINTMENT_ITEM],
  },
  'create in place of an ended appointment': {
    call: async (appointments) =>
      appointments.create(appointment(), earlier('2021-01-07T15:00:00Z')),
    outcome: { kind: 'booked' },
    copy: put(replaced(EARLIER_ITEM)),
    actions: [put(APPOINTMENT_ITEM, HELD_BY_EARLIER)],
    actionsWithSlots: [put(APPOINTMENT_ITEM, HELD_BY_EARLIER), take('2021-01-07T00:00Z', ID)],
    before: [EARLIER_ITEM],
    after: [APPOINTMENT_ITEM, replaced(EARLIER_ITEM)],
  },
  cancel: {
    call: async (appointments) => appointments.cancel(appointment(), cancellation),
    outcome: cancelled(),
    actions: [end(CANCELLED)],
    actionsWithSlots: [end(CANCELLED), FREE],
    before: [APPOINTMENT_ITEM],
    after: [CANCELLED_ITEM],
  },
  'reschedule to another date': {
    call: async (appointments) => appointments.reschedule(appointment(), nextDate),
    outcome: { kind: 'rescheduled' },
    actions: [end(RESCHEDULED), put(NEXT_DATE_ITEM, ABSENT)],
    actionsWithSlots: [
      end(RESCHEDULED),
      put(NEXT_DATE_ITEM, ABSENT),
      take('2021-01-08T09:30Z', OTHER_ID),
      FREE,
    ],
    before: [APPOINTMENT_ITEM],
    after: [RESCHEDULED_ITEM, NEXT_DATE_ITEM],
  },
  'reschedule to another date in place of an ended appointment': {
    call: async (appointments) =>
      appointments.reschedule(appointment(), nextDate, earlier('2021-01-08T15:00:00Z')),
    outcome: { kind: 'rescheduled' },
    copy: put(replaced(EARLIER_NEXT_DATE_ITEM)),
    actions: [end(RESCHEDULED), put(NEXT_DATE_ITEM, HELD_BY_EARLIER)],
    actionsWithSlots: [
      end(RESCHEDULED),
      put(NEXT_DATE_ITEM, HELD_BY_EARLIER),
      take('2021-01-08T09:30Z', OTHER_ID),
      FREE,
    ],
    before: [APPOINTMENT_ITEM, EARLIER_NEXT_DATE_ITEM],
    after: [RESCHEDULED_ITEM, NEXT_DATE_ITEM, replaced(EARLIER_NEXT_DATE_ITEM)],
  },
  'reschedule within the date': {
    call: async (appointments) => appointments.reschedule(appointment(), sameDate),
    outcome: { kind: 'rescheduled' },
    actions: [put(SAME_DATE_ITEM, BOOKED), put(replaced({ ...RESCHEDULED_ITEM, ...TO_SAME_DATE }))],
    actionsWithSlots: [
      put(SAME_DATE_ITEM, BOOKED),
      put(replaced({ ...RESCHEDULED_ITEM, ...TO_SAME_DATE })),
      take('2021-01-07T09:30Z', OTHER_ID),
      FREE,
    ],
    before: [APPOINTMENT_ITEM],
    after: [SAME_DATE_ITEM, replaced({ ...RESCHEDULED_ITEM, ...TO_SAME_DATE })],
  },
} satisfies Record<string, Write>;

/** All writes so far: a plain one as its action, a transaction as its input. */
function sent(): readonly unknown[] {
  return store.calls().flatMap(({ args: [command] }): unknown[] => {
    if (command instanceof PutCommand) return [{ Put: command.input }];
    if (command instanceof UpdateCommand) return [{ Update: command.input }];
    return command instanceof TransactWriteCommand ? [command.input] : [];
  });
}

const asSent = (actions: readonly object[]) =>
  actions.length === 1 ? actions[0] : { TransactItems: actions };

/** Reads find these items. */
function hold(items: readonly Item[]): void {
  store.on(GetCommand).callsFake(({ Key: { PK, SK } }: { Key: Key }) => ({
    Item: items.find((item) => item['PK'] === PK && item['SK'] === SK),
  }));
}

/** The writes after the copy of an ended appointment fail, one with each error. Later ones succeed. */
function failWrites(...errors: Error[]): void {
  store.onAnyCommand().callsFake(async ({ Item }: { Item?: Key }) => {
    const error = Item?.SK.includes(EARLIER_ID) === true ? undefined : errors.shift();
    return error === undefined ? {} : Promise.reject(error);
  });
}

const TIMEOUT = Object.assign(new Error('timed out'), { name: 'TimeoutError' });
const UNAVAILABLE = { name: 'StoreUnavailableError' };

beforeEach(() => {
  store.reset();
  // The pauses between attempts take no time.
  jest.spyOn(Math, 'random').mockReturnValue(0);
});

describe.each<[string, Write]>(Object.entries(WRITES))('%s', (_name, write) => {
  describe.each(PRACTITIONER_DOUBLE_BOOKING)('double booking: %s', (mode) => {
    const call = async () => write.call(createAppointmentRepository(table, mode));
    const actions = mode === 'allow' ? write.actions : write.actionsWithSlots;
    const isPlain = actions.length === 1;
    const expected = [...(write.copy ? [write.copy] : []), asSent(actions)];

    it('sends these writes and no read', async () => {
      store.onAnyCommand().resolves({});

      await expect(call()).resolves.toEqual(write.outcome);
      expect(sent()).toEqual(expected);
      expect(store.calls()).toHaveLength(expected.length);
    });

    it('is sent again after conflicts', async () => {
      const conflict = isPlain
        ? new TransactionConflictException({ $metadata: {}, message: '' })
        : transactionCanceled('TransactionConflict', null);
      failWrites(conflict, conflict);

      await expect(call()).resolves.toEqual(write.outcome);
      expect(sent()).toEqual([...expected, expected.at(-1), expected.at(-1)]);
    });

    it('succeeds if its condition fails because an earlier attempt stored it', async () => {
      const own = write.after.find(({ SK }) => SK === 'DAY#2021-01-07') ?? {};
      const others = actions.slice(1).map(() => null);
      failWrites(isPlain ? conditionFailed(own) : transactionCanceled(own, ...others));
      hold(write.after);

      await expect(call()).resolves.toEqual(write.outcome);
      expect(sent()).toEqual(expected);
    });

    it('succeeds if it got no response and reads find what it wrote', async () => {
      failWrites(TIMEOUT);
      hold(write.after);

      await expect(call()).resolves.toEqual(write.outcome);
      expect(sent()).toEqual(expected);
    });

    it('has an unknown outcome if it got no response and reads find what was there before', async () => {
      failWrites(TIMEOUT);
      hold(write.before);

      await expect(call()).rejects.toMatchObject({ ...UNAVAILABLE, cause: TIMEOUT });
    });

    it('has an unknown outcome if it got no response and the read fails too', async () => {
      failWrites(TIMEOUT);
      store.on(GetCommand).rejects(TIMEOUT);

      await expect(call()).rejects.toMatchObject(UNAVAILABLE);
    });

    if (write.copy) {
      it('does not take the date if the copy of the ended appointment may not be stored', async () => {
        store.onAnyCommand().rejects(TIMEOUT);

        await expect(call()).rejects.toMatchObject(UNAVAILABLE);
        expect(sent()).toEqual([write.copy]);
      });
    }
  });
});

const OTHER_ITEM = { ...APPOINTMENT_ITEM, appointment_id: EARLIER_ID };
const OTHER_ENDED_ITEM = { ...CANCELLED_ITEM, appointment_id: EARLIER_ID };

describe('a failed condition of the new date or time needs no read', () => {
  const other = appointment({ appointmentId: EARLIER_ID });
  const otherEnded = cancelled({ appointmentId: EARLIER_ID });
  const taken = (holder: Appointment) => ({ kind: 'patient-day-taken', holder });
  const takenAtFirst = (holder: Appointment) => ({ ...taken(holder), isRetried: false });
  const takenAfterLoss = (holder: Appointment) => ({ ...taken(holder), isRetried: true });
  const SLOT_TAKEN = { kind: 'practitioner-slot-taken' };

  const conflict = () => transactionCanceled('TransactionConflict', null);
  const dayFails = (item: Item) => transactionCanceled(item, null);
  const nextDayFails = (item: Item) => transactionCanceled(null, item, SLOT_ITEM);
  /** An attempt got no response before the one that got this error. */
  const lost = <T extends Error>(error: T) => Object.assign(error, { $metadata: { attempts: 2 } });

  describe.each<[keyof typeof WRITES, PractitionerDoubleBooking, [string, Error[], unknown][]]>([
    [
      'create',
      'allow',
      [
        ['another has the date', [conditionFailed(OTHER_ITEM)], takenAtFirst(other)],
        ['an ended one has it', [conditionFailed(OTHER_ENDED_ITEM)], takenAtFirst(otherEnded)],
        ['it was stored and ended', [conditionFailed(CANCELLED_ITEM)], takenAtFirst(cancelled())],
        ['an attempt was lost', [lost(conditionFailed(OTHER_ITEM))], takenAfterLoss(other)],
      ],
    ],
    [
      'create',
      'reject',
      [
        ['another has the date', [dayFails(OTHER_ITEM)], takenAtFirst(other)],
        ['others have both', [transactionCanceled(OTHER_ITEM, SLOT_ITEM)], takenAtFirst(other)],
        ['another has the time', [transactionCanceled(null, SLOT_ITEM)], SLOT_TAKEN],
        ['an attempt was lost', [lost(conflict()), dayFails(OTHER_ITEM)], takenAfterLoss(other)],
      ],
    ],
    [
      'create in place of an ended appointment',
      'allow',
      [['another has the date by now', [conditionFailed(OTHER_ITEM)], takenAtFirst(other)]],
    ],
    [
      'reschedule to another date',
      'allow',
      [
        ['another has the date', [transactionCanceled(null, OTHER_ITEM)], taken(other)],
        ['an ended one has it', [transactionCanceled(null, OTHER_ENDED_ITEM)], taken(otherEnded)],
      ],
    ],
    [
      'reschedule to another date',
      'reject',
      [
        ['others have both', [nextDayFails(OTHER_ITEM)], taken(other)],
        ['another has the time', [transactionCanceled(null, null, SLOT_ITEM, null)], SLOT_TAKEN],
      ],
    ],
    [
      'reschedule within the date',
      'reject',
      [['another has the time', [transactionCanceled(null, null, SLOT_ITEM, null)], SLOT_TAKEN]],
    ],
  ])('%s, double booking: %s', (name, mode, rows) => {
    it.each(rows)('%s', async (_name, errors, outcome) => {
      const write: Write = WRITES[name];
      const calls = errors.length + (write.copy ? 1 : 0);
      failWrites(...errors);

      await expect(write.call(createAppointmentRepository(table, mode))).resolves.toEqual(outcome);
      expect(store.calls()).toHaveLength(calls);
    });
  });
});

describe.each(['create', 'reschedule to another date', 'reschedule within the date'] as const)(
  '%s, if the slot is free again',
  (name) => {
    const { actions, actionsWithSlots, call, outcome }: Write = WRITES[name];
    const reject = createAppointmentRepository(table, 'reject');
    const FREED = { ...SLOT_ITEM, status: 'free' };
    const slotFails = (item: Item) => transactionCanceled(...actions.map(() => null), item);

    it('takes it from the appointment that had it last', async () => {
      failWrites(slotFails(FREED));

      await expect(call(reject)).resolves.toEqual(outcome);

      const { Put } = actionsWithSlots[actions.length] as { Put: object };
      const fromTheLast = {
        ...Put,
        ConditionExpression: 'appointment_id = :id AND #status = :free',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':id': SLOT_ITEM.appointment_id, ':free': 'free' },
      };
      expect(sent()).toEqual([
        asSent(actionsWithSlots),
        asSent(actionsWithSlots.with(actions.length, { Put: fromTheLast })),
      ]);
    });

    it('reports it as taken if another was faster', async () => {
      failWrites(slotFails(FREED), slotFails(SLOT_ITEM));

      await expect(call(reject)).resolves.toEqual({ kind: 'practitioner-slot-taken' });
    });
  },
);

it('create throws if the date that it replaces is gone', async () => {
  failWrites(TIMEOUT);
  hold([]);

  await expect(
    WRITES['create in place of an ended appointment'].call(
      createAppointmentRepository(table, 'allow'),
    ),
  ).rejects.toThrow('the taken date has no item');
});

it('create remembers a lost attempt while it takes a slot that is free again', async () => {
  const lost = transactionCanceled(null, { ...SLOT_ITEM, status: 'free' });
  lost.$metadata.attempts = 2;
  failWrites(lost, transactionCanceled(OTHER_ITEM, null));

  await expect(
    createAppointmentRepository(table, 'reject').create(appointment()),
  ).resolves.toMatchObject({ kind: 'patient-day-taken', isRetried: true });
});

describe.each(['cancel', 'reschedule to another date', 'reschedule within the date'] as const)(
  '%s',
  (name) => {
    const { actions, actionsWithSlots, call, outcome }: Write = WRITES[name];
    const allow = createAppointmentRepository(table, 'allow');
    const reject = createAppointmentRepository(table, 'reject');
    const dayFails = (item: Item) =>
      actions.length === 1 ? conditionFailed(item) : transactionCanceled(item, null);
    const oldSlotFails = () =>
      transactionCanceled(...actionsWithSlots.slice(1).map(() => null), SLOT_ITEM);

    /** Another request ended the old appointment. */
    const wasCancelled = { ...appointment(), ending: { ...cancellation, requestId: 'JKJother=' } };
    const WAS_CANCELLED = { ...CANCELLED_ITEM, cancellation_request_id: 'JKJother=' };
    const wasRescheduled: Appointment = {
      ...appointment(),
      ending: {
        status: 'rescheduled',
        rescheduledAt: '2021-01-05T09:15:30.000Z',
        rescheduledTo: { date: '2021-01-09' as UtcDate, appointmentId: EARLIER_ID },
      },
    };
    const WAS_RESCHEDULED = {
      ...RESCHEDULED_ITEM,
      rescheduled_to: { date: '2021-01-09', appointment_id: EARLIER_ID },
    };

    describe.each<[string, Appointment, readonly [Item, Item?]]>([
      ['cancelled', wasCancelled, [WAS_CANCELLED]],
      ['rescheduled', wasRescheduled, [WAS_RESCHEDULED]],
      ['replaced after it was cancelled', wasCancelled, [OTHER_ITEM, replaced(WAS_CANCELLED)]],
    ])('of an appointment that was %s reads how it ended', (_name, old, [holder, copy]) => {
      it.each<[string, AppointmentRepository, Error[]]>([
        ['double booking: allow', allow, [dayFails(holder)]],
        ['double booking: reject', reject, [transactionCanceled(holder, null)]],
        ['the time is taken too', reject, [transactionCanceled(holder, null, SLOT_ITEM)]],
        ['while it found the time taken', reject, [oldSlotFails(), dayFails(holder)]],
      ])('%s', async (_name, appointments, errors) => {
        const { length } = errors;
        failWrites(...errors);
        hold([holder, ...(copy ? [copy] : [])]);

        await expect(call(appointments)).resolves.toEqual(
          name === 'cancel' ? old : { kind: 'ended', appointment: old },
        );
        expect(sent()).toHaveLength(length);
        expect(store.commandCalls(GetCommand)).toHaveLength(copy ? 2 : 1);
      });
    });

    it('does not free a time that another appointment has', async () => {
      failWrites(oldSlotFails());

      await expect(call(reject)).resolves.toEqual(outcome);
      expect(sent()).toEqual([asSent(actionsWithSlots), asSent(actionsWithSlots.slice(0, -1))]);
    });

    it.each([
      ['the appointment is still booked', [APPOINTMENT_ITEM]],
      ['the appointment is gone', []],
    ])('throws if the store contradicts itself: %s', async (_name, items) => {
      failWrites(dayFails(APPOINTMENT_ITEM));
      hold(items);

      await expect(call(allow)).rejects.toThrow('the appointment has not ended');
    });
  },
);
