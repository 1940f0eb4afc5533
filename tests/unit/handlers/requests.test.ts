import { describe, expect, it } from '@jest/globals';
import type { OperationName } from '../../../src/handlers/http/access.ts';
import { captureLog } from '../../support/capture-log.ts';
import {
  appointmentsIn,
  NAMES,
  OPERATIONS,
  requestFor,
  send,
  storeWith,
  UNUSED,
} from '../../support/operations.ts';
import { appointment, ID, OTHER_ID } from '../../support/people.ts';
import { problem } from '../../support/responses.ts';

captureLog();

const WITH_A_BODY = NAMES.filter((name) => OPERATIONS[name].body !== undefined);

const invalid = (errors: readonly object[]) => problem(400, 'invalid-request', { errors });

/** What is wrong, by its place, in the order of the response. */
type Faults = Readonly<Record<string, string>>;

const REQUIRED = 'is required';
const UNKNOWN = 'is not a member of this request. Remove it';
const NO_PARAMETER = 'is not a parameter of this operation. Remove it';
const NOT_TEXT = 'must be a string';
const NOT_AN_ID = 'must be a string or an integer from 1 to 9007199254740991';
const ID_FORM = 'must be 1 to 64 letters, digits, "_" or "-"';
const NOT_A_UUID = 'must be the appointment_id of an appointment, a UUID';
const NOT_A_REASON = 'must be one of "pat", "prov", "maint", "meds-inc", "other"';
const NOT_HALF_HOUR = 'must be on the hour or half hour: minute 00 or 30, second 00';
const NOT_THE_END = 'must be 30 minutes after start_time';
const NOT_A_NAME =
  'must be 1 to 100 characters, at least one of them visible, without control characters or bidirectional overrides';
const NOT_AN_NPI = 'must be 1 to 64 characters without control characters';
const NOT_A_LIST = 'must be a list';
const NOT_AN_OBJECT = 'must be an object';
const NOT_A_DAY = 'is not a day of the week. Use sun, mon, tue, wed, thu, fri, sat';
const NOT_A_TIME_OF_DAY = 'must be a time on the hour or half hour from "00:00" to "24:00"';
const NOT_A_TIME = 'must be a UTC time like "2021-01-07 00:00:00" or "2021-01-07T00:00:00Z"';
const NO_SUCH_TIME = 'must be a time of day from 00:00:00 to 23:59:59';
const NOT_AFTER = 'must be after "from"';
const OVERLAPS = 'must not overlap another range of the day';
const NOT_A_DATE = 'must be a date like 2021-01-07';
const NO_SUCH_DATE = 'must be a date that exists';
const TOO_EARLY = 'must not be before 1900-01-01';
const NOT_A_POSITION = 'must be the "after" of a link to the next page';
const REVERSED = { from: 'must not be after "to"' };
const NOT_AN_ORDER = { order: 'must be "asc" or "desc"' };
const NOT_A_STATUS = { status: 'must be "all" or "free"' };

const TIMES = { start_time: '2021-01-06 00:00:00' };
const BOOKING = { practitioner_id: 1, ...TIMES };
const NAME_MEMBERS = { first_name: 'Ann', last_name: 'Isac' };
const range = (from: string, to: string) => ({ from, to });
const YEAR = range('2021-01-01 00:00:00', '2022-01-01 00:00:00');

/** The same fault of several values. */
const each = <T, Value>(
  name: OperationName,
  values: readonly Value[],
  request: (value: Value) => T,
  faults: Faults,
) => values.map((value): [OperationName, T, Faults] => [name, request(value), faults]);

/** Bodies with their faults. */
const BODIES: readonly [OperationName, object, Faults][] = [
  ['book', {}, { '/practitioner_id': REQUIRED, '/start_time': REQUIRED }],
  ...each(
    'book',
    [null, 0, -1, 1.5, 2 ** 53, [1]],
    (practitioner_id) => ({ ...BOOKING, practitioner_id }),
    { '/practitioner_id': NOT_AN_ID },
  ),
  ['book', { ...BOOKING, practitioner_id: '' }, { '/practitioner_id': ID_FORM }],
  ['book', { ...BOOKING, start_time: 1609977600 }, { '/start_time': NOT_TEXT }],
  ['book', { ...BOOKING, start_time: '2021-01-06 00:15:00' }, { '/start_time': NOT_HALF_HOUR }],
  ['book', { ...BOOKING, end_time: null }, { '/end_time': NOT_TEXT }],
  ['book', { ...BOOKING, end_time: '2021-01-06 00:45:00' }, { '/end_time': NOT_HALF_HOUR }],
  ...each(
    'book',
    ['2021-01-06 00:00:00', '2021-01-06 01:00:00', '2021-01-07 00:30:00'],
    (end_time) => ({ ...BOOKING, end_time }),
    { '/end_time': NOT_THE_END },
  ),
  [
    'book',
    { ...TIMES, end_time: '2021-01-06 01:00:00' },
    { '/practitioner_id': REQUIRED, '/end_time': NOT_THE_END },
  ],
  [
    'book',
    { ...BOOKING, patient_id: '1', '': 1, ['__proto__']: 2, 'a/~b': 1 },
    { '/patient_id': UNKNOWN, '/': UNKNOWN, '/__proto__': UNKNOWN, '/a~1~0b': UNKNOWN },
  ],

  ['cancel', {}, { '/appointment_id': REQUIRED }],
  ['cancel', { appointment_id: '1' }, { '/appointment_id': NOT_A_UUID }],
  ['cancel', { appointment_id: 1 }, { '/appointment_id': NOT_TEXT }],
  ...each('cancel', ['PAT', null], (reason) => ({ appointment_id: ID, reason }), {
    '/reason': NOT_A_REASON,
  }),
  [
    'cancel',
    BOOKING,
    { '/appointment_id': REQUIRED, '/practitioner_id': UNKNOWN, '/start_time': UNKNOWN },
  ],

  ['reschedule', {}, { '/appointment_id': REQUIRED, '/start_time': REQUIRED }],
  [
    'reschedule',
    {
      appointment_id: 'a#b',
      practitioner_id: null,
      start_time: '2021-02-30 00:00:00',
      end_time: '2021-01-07 00:15:00',
      reason: 'pat',
    },
    {
      '/appointment_id': NOT_A_UUID,
      '/practitioner_id': NOT_AN_ID,
      '/start_time': NO_SUCH_DATE,
      '/end_time': NOT_HALF_HOUR,
      '/reason': UNKNOWN,
    },
  ],
  [
    'reschedule',
    { ...TIMES, end_time: '2021-01-06 01:00:00' },
    { '/appointment_id': REQUIRED, '/end_time': NOT_THE_END },
  ],

  ...(['putPatient', 'putPractitioner'] as const).flatMap(
    (name): [OperationName, object, Faults][] => [
      [name, {}, { '/first_name': REQUIRED, '/last_name': REQUIRED }],
      [
        name,
        { first_name: null, last_name: 1, patient_id: '1', hours: null },
        {
          '/first_name': NOT_TEXT,
          '/last_name': NOT_TEXT,
          '/patient_id': UNKNOWN,
          '/hours': UNKNOWN,
        },
      ],
      [name, { ...NAME_MEMBERS, first_name: ' ' }, { '/first_name': NOT_A_NAME }],
    ],
  ),
  ['putPatient', { ...NAME_MEMBERS, npi: null }, { '/npi': UNKNOWN }],
  ['putPractitioner', { ...NAME_MEMBERS, npi: '' }, { '/npi': NOT_AN_NPI }],
  ['putPractitioner', { ...NAME_MEMBERS, npi: 1_234_567_893 }, { '/npi': NOT_TEXT }],

  ['putSchedule', {}, { '/hours': REQUIRED, '/time_off': REQUIRED }],
  ...each('putSchedule', [[], 'mon', 1], (hours) => ({ hours, time_off: null, timeOff: [] }), {
    '/hours': 'must be an object or null',
    '/time_off': NOT_A_LIST,
    '/timeOff': UNKNOWN,
  }),
  [
    'putSchedule',
    { hours: { Mon: [], ['__proto__']: [], mon: null, tue: {}, wed: [null, []] }, time_off: [1] },
    {
      '/hours/mon': NOT_A_LIST,
      '/hours/tue': NOT_A_LIST,
      '/hours/wed/0': NOT_AN_OBJECT,
      '/hours/wed/1': NOT_AN_OBJECT,
      '/hours/Mon': NOT_A_DAY,
      '/hours/__proto__': NOT_A_DAY,
      '/time_off/0': NOT_AN_OBJECT,
    },
  ],
  [
    'putSchedule',
    {
      hours: {
        mon: [
          range('08:00', '09:30'),
          range('09:15', '9:30'),
          range('10:00', '10:00'),
          range('09:00', '12:00'),
          {},
        ],
        tue: [{ ...range('24:30', '24:00'), note: '' }, range('24:00', '00:00')],
      },
      time_off: [
        range('2021-02-30 00:00:00', '2021-03-01'),
        range('2021-01-07 00:00:00', '2021-01-07T00:00:00Z'),
        { to: '2021-01-07 00:15:00' },
      ],
    },
    {
      '/hours/mon/1/from': NOT_A_TIME_OF_DAY,
      '/hours/mon/1/to': NOT_A_TIME_OF_DAY,
      '/hours/mon/2/to': NOT_AFTER,
      '/hours/mon/4/from': REQUIRED,
      '/hours/mon/4/to': REQUIRED,
      '/hours/mon/3': OVERLAPS,
      '/hours/tue/0/from': NOT_A_TIME_OF_DAY,
      '/hours/tue/0/note': UNKNOWN,
      '/hours/tue/1/to': NOT_AFTER,
      '/time_off/0/from': NO_SUCH_DATE,
      '/time_off/0/to': NOT_A_TIME,
      '/time_off/1/to': NOT_AFTER,
      '/time_off/2/from': REQUIRED,
      '/time_off/2/to': NOT_HALF_HOUR,
    },
  ],
  [
    'putSchedule',
    {
      hours: {
        sun: [range('09:00', '12:00'), range('09:00', '12:00'), range('11:30', '13:00')],
        sat: [
          range('8:00', '09:00'),
          ...Array.from({ length: 10 }, (_, i) => range(`${10 + i}:00`, `${10 + i}:30`)),
        ],
      },
      time_off: [...Array<object>(100).fill(YEAR), { ...YEAR, from: '2021' }],
    },
    {
      '/hours/sun/1': OVERLAPS,
      '/hours/sun/2': OVERLAPS,
      '/hours/sat/0/from': NOT_A_TIME_OF_DAY,
      '/hours/sat': 'must have at most 10 ranges',
      '/time_off/100/from': NOT_A_TIME,
      '/time_off': 'must have at most 100 ranges',
    },
  ],
];

const notALimit = (most: number) => ({ limit: `must be an integer from 1 to ${most}` });
const limits = (
  name: OperationName,
  most: number,
  wrong: readonly string[],
  query: Record<string, string> = {},
) => each(name, wrong, (limit) => ({ ...query, limit }), notALimit(most));

const ALL_WRONG = { from: '2021-03-09', to: '2021-01-07', limit: 'all', after: 'now' };
const FROM = { from: '2021-01-07' };

/** Query parameters with their faults. */
const QUERIES: readonly [OperationName, Record<string, string>, Faults][] = [
  ['list', { from: '2021-01-07,2021-01-08' }, { from: NOT_A_DATE }],
  ['list', { from: '2021-02-29' }, { from: NO_SUCH_DATE }],
  ['list', { to: '1899-12-31' }, { to: TOO_EARLY }],
  ['list', { from: '2021-01-08', to: '2021-01-07' }, REVERSED],
  ['list', { order: 'ASC' }, NOT_AN_ORDER],
  ['list', { order: '' }, NOT_AN_ORDER],
  ['list', { status: 'cancelled' }, { status: 'must be "booked" or "all"' }],
  ...limits('list', 1000, ['0', '1001', '-1', '1.5', '01', '1e2', ' 5', '١', '', '9'.repeat(20)]),
  [
    'list',
    { ...ALL_WRONG, order: 'up' },
    { ...NOT_AN_ORDER, after: NOT_A_UUID, ...notALimit(1000), ...REVERSED },
  ],

  ['agenda', { from: '2021-02-29' }, { from: NO_SUCH_DATE }],
  ['agenda', { to: '2021-01-07T00:00:00Z' }, { to: NOT_A_DATE }],
  ...each('agenda', ['', ID, `2021-02-30T00:00:00Z_${OTHER_ID}`], (after) => ({ after }), {
    after: NOT_A_POSITION,
  }),
  ...limits('agenda', 100, ['0', '101', '1e1']),
  [
    'agenda',
    { ...ALL_WRONG, order: 'up' },
    { ...NOT_AN_ORDER, after: NOT_A_POSITION, ...notALimit(100), ...REVERSED },
  ],

  ['slots', { date: '2021-01-07' }, { from: REQUIRED, date: NO_PARAMETER }],
  ['slots', { to: '2021-01-07' }, { from: REQUIRED }],
  ['slots', { from: '' }, { from: NOT_A_DATE }],
  ['slots', { from: '2021-02-30' }, { from: NO_SUCH_DATE }],
  ['slots', { ...FROM, to: '2021-02-29' }, { to: NO_SUCH_DATE }],
  ['slots', { ...FROM, to: '2021-01-06' }, REVERSED],
  ...each('slots', ['busy', 'FREE'], (status) => ({ ...FROM, status }), NOT_A_STATUS),
  ...limits('slots', 1000, ['0', '1001'], FROM),
  ['slots', { ...FROM, after: '2021-01-07T09:00:00+01:00' }, { after: NOT_A_TIME }],
  ['slots', { ...FROM, after: '2021-02-30 09:00:00' }, { after: NO_SUCH_DATE }],
  ['slots', { ...FROM, after: '2021-01-07T24:00:00Z' }, { after: NO_SUCH_TIME }],
  ['slots', { ...FROM, after: '2021-01-07T23:59:60Z' }, { after: NO_SUCH_TIME }],
  [
    'slots',
    { ...FROM, after: '2021-01-07T09:00:00.5Z' },
    { after: 'must be a time without a fraction of a second' },
  ],
  [
    'slots',
    { ...ALL_WRONG, status: 'open', practitioner: '1' },
    {
      ...NOT_A_STATUS,
      after: NOT_A_TIME,
      ...notALimit(1000),
      practitioner: NO_PARAMETER,
      ...REVERSED,
    },
  ],
  [
    'slots',
    { ...FROM, to: '2021-02-07', status: 'open', order: 'desc' },
    { ...NOT_A_STATUS, order: NO_PARAMETER, to: 'must be at most 30 days after "from"' },
  ],
];

describe('every fault is reported at its place, without a call to the store', () => {
  it.each(BODIES)('in the body of %s: %j', async (name, body, faults) => {
    const errors = Object.entries(faults).map(([pointer, detail]) => ({ pointer, detail }));

    await expect(send(requestFor(name, { body }), UNUSED)).resolves.toEqual(invalid(errors));
  });

  it.each(QUERIES)('in the query of %s: %j', async (name, queryStringParameters, faults) => {
    const errors = Object.entries(faults).map(([parameter, detail]) => ({ parameter, detail }));

    await expect(send(requestFor(name, { queryStringParameters }), UNUSED)).resolves.toEqual(
      invalid(errors),
    );
  });

  it.each(['', 'x'.repeat(256), 'clé', 'a\tb'])(
    'in the path, the query, the Idempotency-Key %j, and the body at once',
    async (key) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': key };
      const event = requestFor('book', {
        pathParameters: { patient_id: 'PATIENT#1' },
        queryStringParameters: { form: '1' },
        headers,
        body: { practitioner_id: '1' },
      });

      await expect(send(event, UNUSED)).resolves.toEqual(
        invalid([
          { parameter: 'patient_id', detail: ID_FORM },
          { parameter: 'form', detail: NO_PARAMETER },
          {
            header: 'Idempotency-Key',
            detail: expect.stringMatching(/^must be 1 to 255 printable ASCII characters/),
          },
          { pointer: '/start_time', detail: REQUIRED },
        ]),
      );
    },
  );

  it.each([
    [100, 'Correct every error listed in "errors".'],
    [1500, '"errors" lists the first 100 of its 1500 errors.'],
  ])('but only the first 100 of %i, with their number', async (length, said) => {
    const unknown = Object.fromEntries(Array.from({ length }, (_, i) => [`m${i}`, 0]));
    const errors = Object.keys(unknown).map((name) => ({ pointer: `/${name}`, detail: UNKNOWN }));

    await expect(
      send(requestFor('book', { body: { ...BOOKING, ...unknown } }), UNUSED),
    ).resolves.toEqual(
      problem(400, 'invalid-request', {
        detail: `The request is invalid. ${said}`,
        errors: errors.slice(0, 100),
      }),
    );
  });
});

describe('a booking can have', () => {
  it.each<[string, object]>([
    ['a string id', { body: { ...BOOKING, practitioner_id: '1' } }],
    ['a time in RFC 3339', { body: { ...BOOKING, start_time: '2021-01-06T00:00:00.000Z' } }],
    ['an offset of zero', { body: { ...BOOKING, start_time: '2021-01-06T00:00:00+00:00' } }],
    ['its end', { body: { ...BOOKING, end_time: '2021-01-06T00:30:00Z' } }],
    ...[
      'APPLICATION/JSON',
      'application/json; charset=utf-8',
      'application/json;charset=UTF-8',
      'application/fhir+json',
      'application/vnd.api+json ; a=b',
    ].map((type): [string, object] => [type, { headers: { 'content-type': type } }]),
    [
      'a body that API Gateway encoded',
      { body: Buffer.from(JSON.stringify(BOOKING)).toString('base64'), isBase64Encoded: true },
    ],
    ['a body of 16 KiB', { body: padded(16_384) }],
    [
      'a body of 16 KiB that API Gateway encoded',
      { body: Buffer.from(padded(16_384)).toString('base64'), isBase64Encoded: true },
    ],
    [
      'an Idempotency-Key of 255 characters',
      { headers: { 'content-type': 'application/json', 'idempotency-key': '~'.repeat(255) } },
    ],
  ])('%s', async (_name, changes) => {
    const store = await storeWith();

    await expect(send(requestFor('book', changes), store)).resolves.toMatchObject({ status: 201 });
    expect(appointmentsIn(store)).toMatchObject([
      { practitioner: { practitionerId: '1' }, slot: '2021-01-06T00:00:00Z' },
    ]);
  });
});

/** A booking with spaces after it. */
function padded(bytes: number): string {
  return JSON.stringify(BOOKING).padEnd(bytes);
}

describe('a query for slots can have', () => {
  it.each([
    [{ to: '2021-02-06' }, 1000],
    [{ after: '2021-01-07 22:59:59' }, 2],
    [{ after: '2021-01-07T23:00:00.000+00:00' }, 1],
    [{ after: '2021-01-08T00:00:00Z' }, 0],
    [{ after: '1999-12-31T23:59:59Z' }, 48],
  ])('%j', async (query, length) => {
    const queryStringParameters = { ...FROM, ...query };
    const { body } = await send(requestFor('slots', { queryStringParameters }), await storeWith());

    expect(body).toHaveLength(length);
  });
});

describe('a cancellation', () => {
  it.each(['pat', 'prov', 'maint', 'meds-inc', 'other'])(
    'can have the reason %s',
    async (reason) => {
      const store = await storeWith([appointment()]);

      // The id may be in upper case.
      await send(
        requestFor('cancel', { body: { appointment_id: ID.toUpperCase(), reason } }),
        store,
      );

      expect(appointmentsIn(store)).toMatchObject([{ ending: { reason } }]);
    },
  );
});

describe.each(WITH_A_BODY)('the body of %s', (name) => {
  const pathParameters = { patient_id: '#', date: '#' };
  const wide = JSON.stringify({ x: 'é'.repeat(8190) });

  it.each([
    ['over 16 KiB', { body: '{'.repeat(16_385), headers: { 'content-type': 'text/plain' } }],
    ['over 16 KiB in UTF-8', { body: wide }],
    ['over 16 KiB and without a type', { body: '{'.repeat(16_385), headers: {} }],
  ])('gets 413 if it is %s, before anything else', async (_name, changes) => {
    await expect(send(requestFor(name, { pathParameters, ...changes }), UNUSED)).resolves.toEqual(
      problem(413, 'body-too-large'),
    );
  });

  it.each([
    'text/plain',
    'application/jsonp',
    'application/xml',
    'application/json, text/plain',
    '+json',
    '',
    undefined,
  ])('gets 415 with the type %j, before 400', async (type) => {
    const headers = type === undefined ? {} : { 'content-type': type };

    await expect(
      send(requestFor(name, { pathParameters, headers, body: '{' }), UNUSED),
    ).resolves.toEqual(problem(415, 'unsupported-media-type'));
  });

  it.each([
    ['half an object', '{ "practitioner_id": '],
    ['two objects', '{}{}'],
    ['a byte order mark', '\ufeff{}'],
    ['a comment', '{} // booking'],
    ['bytes that are not UTF-8', Buffer.from('{"x":"\xe9"}', 'latin1')],
  ])('is reported alone if it is not JSON: %s', async (_name, content) => {
    const body = typeof content === 'string' ? content : content.toString('base64');
    const isBase64Encoded = typeof content !== 'string';

    await expect(
      send(requestFor(name, { pathParameters, body, isBase64Encoded }), UNUSED),
    ).resolves.toEqual(invalid([{ pointer: '', detail: 'must be valid JSON in UTF-8' }]));
  });

  it.each(['[]', '[{}]', '"text"', '1', 'true'])(
    'is reported alone if it is not an object: %s',
    async (body) => {
      await expect(send(requestFor(name, { pathParameters, body }), UNUSED)).resolves.toEqual(
        invalid([{ pointer: '', detail: 'must be a JSON object' }]),
      );
    },
  );
});
