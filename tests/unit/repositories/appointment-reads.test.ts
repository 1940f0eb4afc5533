import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { AppointmentId } from '../../../src/domain/appointment.ts';
import type { Id } from '../../../src/domain/people.ts';
import type { AgendaRange, DateRange } from '../../../src/domain/ports.ts';
import type { Slot, UtcDate } from '../../../src/domain/slot.ts';
import { createAppointmentRepository } from '../../../src/repositories/appointments.ts';
import { openTable } from '../../../src/repositories/table.ts';
import {
  ALEXEI_ITEM,
  APPOINTMENT_ITEM,
  appointment,
  CANCELLED,
  cancelled,
  ID,
  OTHER_ID,
  SLOT_ITEM,
} from '../../support/people.ts';
import { UNAVAILABILITIES } from '../../support/store-errors.ts';

const appointments = createAppointmentRepository(openTable('the-table'), 'allow');
const store = mockClient(DynamoDBDocumentClient);

const PATIENT = '1' as Id;
const DATE = '2021-01-07' as UtcDate;

const OTHER_ITEM = { ...APPOINTMENT_ITEM, appointment_id: OTHER_ID };
/** The item of {@link cancelled} after its date was booked again. */
const REPLACED_ITEM = { ...APPOINTMENT_ITEM, ...CANCELLED, SK: `DAY#2021-01-07#${ID}` };

const get = (SK: string) => ({
  TableName: 'the-table',
  Key: { PK: 'PATIENT#1', SK },
  ConsistentRead: true,
});

const inputs = () => store.calls().map(({ args: [{ input }] }) => input as unknown);

beforeEach(() => {
  store.reset();
});

describe('findByDate', () => {
  it.each([
    ['booked', APPOINTMENT_ITEM, appointment()],
    ['ended', { ...APPOINTMENT_ITEM, ...CANCELLED }, cancelled()],
    ['missing', undefined, undefined],
  ])('is one consistent read of the date, whose appointment is %s', async (_name, Item, found) => {
    store.on(GetCommand).resolves({ Item });

    await expect(appointments.findByDate(PATIENT, DATE)).resolves.toEqual(found);
    expect(inputs()).toEqual([get('DAY#2021-01-07')]);
  });
});

describe('find', () => {
  const find = async () => appointments.find(PATIENT, { date: DATE, appointmentId: ID });

  it.each([
    ['this appointment', APPOINTMENT_ITEM, appointment()],
    ['nothing', undefined, undefined],
  ])('is one read if the date has %s', async (_name, Item, found) => {
    store.on(GetCommand).resolves({ Item });

    await expect(find()).resolves.toEqual(found);
    expect(inputs()).toEqual([get('DAY#2021-01-07')]);
  });

  it.each([
    ['finds it', REPLACED_ITEM, cancelled()],
    ['finds nothing', undefined, undefined],
  ])(
    'also reads the replaced appointment if the date has another one, and %s',
    async (_name, Item, found) => {
      store.on(GetCommand).resolvesOnce({ Item: OTHER_ITEM }).resolvesOnce({ Item });

      await expect(find()).resolves.toEqual(found);
      expect(inputs()).toEqual([get('DAY#2021-01-07'), get(`DAY#2021-01-07#${ID}`)]);
    },
  );
});

describe('listReplaced', () => {
  it('reads all replaced appointments of the date consistently, over all pages', async () => {
    const key = { PK: 'PATIENT#1', SK: 'DAY#2021-01-07#page' };
    store
      .on(QueryCommand)
      .resolvesOnce({ Items: [REPLACED_ITEM], LastEvaluatedKey: key })
      .resolvesOnce({ Items: [{ ...REPLACED_ITEM, appointment_id: OTHER_ID }] });

    await expect(appointments.listReplaced(PATIENT, DATE)).resolves.toEqual([
      cancelled(),
      cancelled({ appointmentId: OTHER_ID }),
    ]);

    const first = {
      TableName: 'the-table',
      KeyConditionExpression: 'PK = :patient AND begins_with(SK, :day)',
      ExpressionAttributeValues: { ':patient': 'PATIENT#1', ':day': 'DAY#2021-01-07#' },
      ConsistentRead: true,
    };
    expect(inputs()).toEqual([first, { ...first, ExclusiveStartKey: key }]);
  });
});

describe('listByPatient', () => {
  const JANUARY: DateRange = {
    patientId: PATIENT,
    from: '2021-01-01' as UtcDate,
    to: '2021-01-31' as UtcDate,
    status: 'booked',
    order: 'asc',
    limit: 10,
  };
  const ALL = { ...JANUARY, status: 'all' } as const;

  const KEY = { PK: 'PATIENT#1', SK: 'the last one of the page' };

  const idOf = (digit: string) => (ID.slice(0, -1) + digit) as AppointmentId;

  /** The item of an appointment whose id ends in the digit. */
  const booked = (digit: string, start: string) => ({
    ...APPOINTMENT_ITEM,
    SK: `DAY#2021-01-${start.slice(0, 2)}`,
    appointment_id: idOf(digit),
    start_time: `2021-01-${start}:00Z`,
  });
  const ended = (digit: string, start: string) => ({
    ...booked(digit, start),
    SK: `DAY#2021-01-${start.slice(0, 2)}#${idOf(digit)}`,
    ...CANCELLED,
  });

  /** What a date that two pages share has by now. */
  let kept: Record<string, unknown>[] = [];
  beforeEach(() => {
    kept = [];
  });

  /** Responds with one page after the other, and returns the digits of the listed appointments. */
  async function list(range: DateRange, ...pages: Record<string, unknown>[][]): Promise<string> {
    const queue = [...pages];
    store.on(QueryCommand).callsFake(async ({ KeyConditionExpression }: QueryCommandInput) => {
      if (KeyConditionExpression?.includes('begins_with')) return { Items: kept };
      const Items = queue.shift();
      if (Items === undefined) return Promise.reject(new Error('no further page is needed'));
      return { Items, ...(queue.length > 0 && { LastEvaluatedKey: KEY }) };
    });
    const listed = await appointments.listByPatient(range);
    return listed.map(({ appointmentId }) => appointmentId.at(-1)).join('');
  }

  it.each([
    [
      'booked',
      {
        Limit: 10,
        FilterExpression: 'attribute_not_exists(#status)',
        ExpressionAttributeNames: { '#status': 'status' },
      },
    ],
    ['all', { Limit: 11 }],
  ] as const)('is one consistent query of the range: %s', async (status, input) => {
    store.on(QueryCommand).resolves({ Items: [APPOINTMENT_ITEM] });

    await expect(appointments.listByPatient({ ...JANUARY, status })).resolves.toEqual([
      appointment(),
    ]);

    expect(inputs()).toEqual([
      {
        TableName: 'the-table',
        KeyConditionExpression: 'PK = :patient AND SK BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':patient': 'PATIENT#1',
          ':first': 'DAY#2021-01-01',
          ':last': 'DAY#2021-01-31#~',
        },
        ConsistentRead: true,
        ScanIndexForward: true,
        ...input,
      },
    ]);
  });

  it.each(['booked', 'all'] as const)('reads backward for descending order: %s', async (status) => {
    const range = { ...JANUARY, status, order: 'desc' } as const;

    await expect(
      list(range, [booked('3', '09T10:00'), booked('2', '08T10:00'), booked('1', '07T10:00')]),
    ).resolves.toBe('321');
    expect(store.commandCalls(QueryCommand)[0]?.args[0].input.ScanIndexForward).toBe(false);
  });

  it.each([
    [10, [10, 20, 40]],
    [800, [800, 1600, 2000]],
  ])("follows DynamoDB's pages and doubles the limit of %i each time", async (limit, limits) => {
    const range = { ...JANUARY, limit };

    await expect(
      list(range, [booked('1', '07T10:00')], [], [booked('2', '08T10:00')]),
    ).resolves.toBe('12');

    expect(
      store
        .commandCalls(QueryCommand)
        .map(({ args: [{ input }] }) => [input.Limit, input.ExclusiveStartKey]),
    ).toEqual(limits.map((Limit, i) => [Limit, i === 0 ? undefined : KEY]));
  });

  it('reads all appointments of a further page with one query', async () => {
    const range = { ...ALL, limit: 2, after: idOf('1') };
    const page = ['1', '2', '3', '4'].map((digit) => booked(digit, `0${digit}T10:00`));

    await expect(list(range, page, [])).resolves.toBe('23');

    expect(store.commandCalls(QueryCommand).map(({ args }) => args[0].input.Limit)).toEqual([4]);
  });

  it.each([
    ['booked', [booked('1', '07T10:00'), booked('2', '08T10:00')]],
    ['all', [booked('1', '07T10:00'), booked('2', '08T10:00'), booked('3', '09T10:00')]],
  ] as const)('stops at the limit even if DynamoDB has a next page: %s', async (status, items) => {
    await expect(list({ ...JANUARY, status, limit: 2 }, [...items], [])).resolves.toBe('12');
    expect(store.calls()).toHaveLength(1);
  });

  describe('of all appointments', () => {
    const DATES = {
      asc: [
        [booked('1', '06T23:00'), booked('2', '07T10:00'), ended('3', '07T11:00')],
        [ended('4', '07T09:00'), ended('5', '07T12:00')],
        [booked('6', '08T00:00')],
      ],
      desc: [
        [booked('6', '08T00:00'), ended('5', '07T12:00'), ended('4', '07T09:00')],
        [ended('3', '07T11:00'), booked('2', '07T10:00')],
        [booked('1', '06T23:00')],
      ],
    };

    it.each([
      ['asc', 6, '142356', 3],
      ['asc', 5, '14235', 3],
      ['asc', 3, '142', 3],
      ['asc', 1, '1', 1],
      ['desc', 6, '653241', 4],
      ['desc', 3, '653', 4],
      ['desc', 1, '6', 1],
    ] as const)(
      'sorts a date only after all of it was read, %s, limit %i',
      async (order, limit, digits, pages) => {
        await expect(list({ ...ALL, order, limit }, ...DATES[order])).resolves.toBe(digits);
        expect(store.calls()).toHaveLength(pages);
      },
    );

    it('ends at the limit within the last date', async () => {
      await expect(list({ ...ALL, limit: 1 }, DATES.asc[1] ?? [])).resolves.toBe('4');
    });

    it('has what was replaced between two pages of its date, latest first', async () => {
      const page = [ended('5', '07T12:00'), ended('4', '07T09:00')];
      kept = [...page, ended('3', '07T11:00')];

      await expect(list({ ...ALL, order: 'desc' }, page, [booked('9', '07T10:00')])).resolves.toBe(
        '5394',
      );
    });

    it.each([
      ['asc', '4', 10, '2356'],
      ['asc', '4', 3, '235'],
      ['asc', '5', 10, '6'],
      ['asc', '6', 10, ''],
      ['desc', '5', 10, '3241'],
      ['desc', '2', 2, '41'],
      ['desc', '1', 10, ''],
    ] as const)(
      'continues, %s, after appointment %s, limit %i',
      async (order, after, limit, digits) => {
        const range = { ...ALL, order, after: idOf(after), limit };

        await expect(list(range, ...DATES[order])).resolves.toBe(digits);
      },
    );

    it.each([
      ['asc', '2134'],
      ['desc', '4312'],
    ] as const)(
      'sorts those that start together by when they were booked, %s',
      async (order, digits) => {
        const later = { created_at: '2021-01-01T12:00:00.001Z' };
        const items = [
          { ...ended('1', '07T10:00'), ...later },
          ended('2', '07T10:00'),
          { ...ended('4', '07T10:00'), ...later },
          { ...booked('3', '07T10:00'), ...later },
        ];

        await expect(list({ ...ALL, order }, items)).resolves.toBe(digits);
      },
    );

    it.each([
      ['asc', '123'],
      ['desc', '321'],
    ] as const)('has an appointment once while it is being replaced, %s', async (order, digits) => {
      const twice = [ended('1', '07T10:00'), ended('2', '07T11:00'), ended('1', '07T10:00')];
      const pages = [twice, [booked('3', '08T10:00')]];

      await expect(
        list({ ...ALL, order }, ...(order === 'asc' ? pages : pages.toReversed())),
      ).resolves.toBe(digits);
    });
  });

  it.each(UNAVAILABILITIES)('throws StoreUnavailableError after %s', async (_name, error) => {
    store.on(QueryCommand).rejects(error);

    await expect(appointments.listByPatient(JANUARY)).rejects.toMatchObject({
      name: 'StoreUnavailableError',
      cause: error,
    });
  });

  it('rejects a stored item that is not an appointment', async () => {
    store.on(QueryCommand).resolves({ Items: [ALEXEI_ITEM] });

    await expect(appointments.listByPatient(JANUARY)).rejects.toMatchObject({
      name: 'InvalidItemError',
    });
  });
});

describe('listByPractitioner', () => {
  const JANUARY: AgendaRange = {
    practitionerId: '1' as Id,
    from: '2021-01-01' as UtcDate,
    to: '2021-01-31' as UtcDate,
    order: 'asc',
    limit: 10,
  };

  const KEY = { PK: 'PATIENT#1', SK: 'the last one of the page' };
  const SEVENTH = '2021-01-07T00:00:00Z';

  const idOf = (digit: string) => (ID.slice(0, -1) + digit) as AppointmentId;

  /** The item of an appointment of January whose id ends in the digit. Those with lower ids were booked later. */
  const item = (digit: string, day: string, time = '00:00') => ({
    ...APPOINTMENT_ITEM,
    appointment_id: idOf(digit),
    start_time: `2021-01-${day}T${time}:00Z`,
    created_at: `2021-01-01T12:00:00.00${9 - Number(digit)}Z`,
  });

  const afterOf = (digit: string, slot: string) => ({
    slot: slot as Slot,
    appointmentId: idOf(digit),
  });

  const queryOf = (first: string, last: string, changes: object = {}) => ({
    TableName: 'the-table',
    IndexName: 'by-practitioner',
    KeyConditionExpression:
      'practitioner_id = :practitioner AND start_time BETWEEN :first AND :last',
    ExpressionAttributeValues: { ':practitioner': '1', ':first': first, ':last': last },
    FilterExpression: 'attribute_not_exists(#status)',
    ExpressionAttributeNames: { '#status': 'status' },
    // An index has no consistent reads.
    ConsistentRead: false,
    ScanIndexForward: true,
    Limit: 11,
    ...changes,
  });

  /** Responds with one page after the other, and returns the digits of the listed appointments. */
  async function list(
    changes: Partial<AgendaRange>,
    ...pages: Record<string, unknown>[][]
  ): Promise<string> {
    const query = store.on(QueryCommand);
    query.rejects(new Error('no further page is needed'));
    for (const [i, Items] of pages.entries()) {
      query.resolvesOnce({ Items, ...(i < pages.length - 1 && { LastEvaluatedKey: KEY }) });
    }
    const listed = await appointments.listByPractitioner({ ...JANUARY, ...changes });
    return listed.map(({ appointmentId }) => appointmentId.at(-1)).join('');
  }

  const [FIRST, LAST] = ['2021-01-01T00:00:00Z', '2021-01-31T23:30:00Z'];
  const desc = { ScanIndexForward: false };

  it.each<[AgendaRange['order'], string | undefined, object]>([
    ['asc', undefined, queryOf(FIRST, LAST)],
    ['desc', undefined, queryOf(FIRST, LAST, desc)],
    ['asc', SEVENTH, queryOf(SEVENTH, LAST)],
    ['desc', SEVENTH, queryOf(FIRST, SEVENTH, desc)],
    // No link of ours has these, but a caller can.
    ['asc', '2020-12-31T23:30:00Z', queryOf(FIRST, LAST)],
    ['desc', '2021-02-01T00:00:00Z', queryOf(FIRST, LAST, desc)],
    ['asc', LAST, queryOf(LAST, LAST)],
    ['desc', FIRST, queryOf(FIRST, FIRST, desc)],
  ])('queries the range of the index, %s, after %s', async (order, start, input) => {
    const after = start === undefined ? undefined : afterOf('5', start);

    await expect(list({ order, after }, [])).resolves.toBe('');
    // The place itself is read again.
    expect(inputs()).toEqual([after === undefined ? input : { ...input, Limit: 12 }]);
  });

  it.each([
    ['asc', '2021-02-01T00:00:00Z'],
    ['desc', '2020-12-31T23:30:00Z'],
  ] as const)('has nothing after the end of the range: %s, %s', async (order, start) => {
    await expect(list({ order, after: afterOf('5', start) })).resolves.toBe('');
    expect(store.calls()).toHaveLength(0);
  });

  it('builds appointments from the attributes in the index', async () => {
    store.on(QueryCommand).resolves({ Items: [APPOINTMENT_ITEM] });

    await expect(appointments.listByPractitioner(JANUARY)).resolves.toEqual([appointment()]);
  });

  it.each([
    [10, [11, 22, 44]],
    [800, [801, 1602, 2000]],
  ])("follows DynamoDB's pages and doubles the limit each time: %i", async (limit, limits) => {
    await expect(list({ limit }, [item('1', '07')], [], [item('2', '08')])).resolves.toBe('12');

    expect(
      store
        .commandCalls(QueryCommand)
        .map(({ args: [{ input }] }) => [input.Limit, input.ExclusiveStartKey]),
    ).toEqual(limits.map((Limit, i) => [Limit, i === 0 ? undefined : KEY]));
  });

  /** Five patients at one time, between two others, in pages that split them. */
  const PAGES = {
    asc: [
      [item('9', '06'), item('3', '07')],
      [item('1', '07'), item('5', '07')],
      [item('4', '07'), item('2', '07'), item('0', '08')],
    ],
    desc: [
      [item('0', '08'), item('2', '07'), item('4', '07')],
      [item('5', '07'), item('1', '07')],
      [item('3', '07'), item('9', '06')],
    ],
  };

  it.each([
    ['asc', undefined, 10, '9123450', 3],
    ['asc', undefined, 6, '912345', 3],
    ['asc', undefined, 2, '91', 3],
    ['asc', undefined, 1, '9', 1],
    ['asc', '3', 10, '450', 3],
    ['asc', '3', 1, '4', 3],
    ['asc', '5', 10, '0', 3],
    ['asc', '6', 10, '0', 3],
    ['desc', undefined, 10, '0543219', 3],
    ['desc', undefined, 3, '054', 3],
    ['desc', undefined, 1, '0', 1],
    ['desc', '3', 10, '219', 3],
    ['desc', '3', 2, '21', 3],
    ['desc', '1', 10, '9', 3],
    ['desc', '0', 10, '9', 3],
  ] as const)(
    'sorts those that start together by id after all of them were read: %s, after %s, limit %i',
    async (order, after, limit, digits, calls) => {
      // What starts before the place is not in the response.
      const pages = PAGES[order].map((items) =>
        items.filter(({ start_time }) =>
          after === undefined
            ? true
            : order === 'asc'
              ? start_time >= SEVENTH
              : start_time <= SEVENTH,
        ),
      );

      await expect(
        list({ order, limit, after: after && afterOf(after, SEVENTH) }, ...pages),
      ).resolves.toBe(digits);
      expect(store.calls()).toHaveLength(calls);
    },
  );

  it.each(['asc', 'desc'] as const)('reads no page that it does not need: %s', async (order) => {
    const items = [item('1', '07'), item('2', '07', '00:30'), item('3', '07', '01:00')];
    const pages = [order === 'asc' ? items : items.toReversed(), []];

    await expect(list({ order, limit: 2 }, ...pages)).resolves.toBe(order === 'asc' ? '12' : '32');
    expect(store.calls()).toHaveLength(1);
  });
});

describe('listBusySlots', () => {
  const slotItem = (time: string) => ({ ...SLOT_ITEM, SK: `SLOT#2021-01-07T${time}Z` });

  it('is a consistent query of the slots of the date that are not free, over all pages', async () => {
    const key = { PK: 'PRACTITIONER#1', SK: 'SLOT#2021-01-07T00:00Z' };
    store
      .on(QueryCommand)
      .resolvesOnce({ Items: [slotItem('00:00')], LastEvaluatedKey: key })
      .resolvesOnce({ Items: [slotItem('23:30')] });
    const rejecting = createAppointmentRepository(openTable('the-table'), 'reject');

    await expect(rejecting.listBusySlots('1' as Id, DATE)).resolves.toEqual(
      new Set(['2021-01-07T00:00:00Z', '2021-01-07T23:30:00Z']),
    );

    const first = {
      TableName: 'the-table',
      KeyConditionExpression: 'PK = :practitioner AND begins_with(SK, :date)',
      ExpressionAttributeValues: {
        ':practitioner': 'PRACTITIONER#1',
        ':date': 'SLOT#2021-01-07T',
      },
      FilterExpression: 'attribute_not_exists(#status)',
      ExpressionAttributeNames: { '#status': 'status' },
      ConsistentRead: true,
    };
    expect(inputs()).toEqual([first, { ...first, ExclusiveStartKey: key }]);
  });

  it('reads nothing if double booking is allowed', async () => {
    await expect(appointments.listBusySlots('1' as Id, DATE)).resolves.toEqual(new Set());
    expect(store.calls()).toHaveLength(0);
  });

  it.each([
    { SK: 'PROFILE' },
    { SK: 'SLOT#2021-01-07T00:15Z' },
    { appointment_id: '1' },
    { status: 'busy' },
    { status: null },
  ])('rejects a stored item that is not a slot: %j', async (wrong) => {
    store.on(QueryCommand).resolves({ Items: [{ ...SLOT_ITEM, ...wrong }] });
    const rejecting = createAppointmentRepository(openTable('the-table'), 'reject');

    await expect(rejecting.listBusySlots('1' as Id, DATE)).rejects.toMatchObject({
      name: 'InvalidItemError',
    });
  });
});
