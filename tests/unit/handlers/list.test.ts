import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../../src/handlers/appointment-queries.ts';
import { captureLog } from '../../support/capture-log.ts';
import { httpEvent, invoke } from '../../support/http-event.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, CANCELLED, ID, OTHER_ID } from '../../support/people.ts';
import { APPOINTMENT, JSON_HEADERS, PROBLEM_HEADERS, problem } from '../../support/responses.ts';
import { UNAVAILABILITIES } from '../../support/store-errors.ts';

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();

const idOn = (day: string) => ID.replace(/..$/, day);

/** The items of appointments on these days of January 2021, at midnight. */
const itemsOn = (...days: string[]) =>
  days.map((day) => ({
    ...APPOINTMENT_ITEM,
    appointment_id: idOn(day),
    start_time: `2021-01-${day}T00:00:00Z`,
  }));

async function list(queryStringParameters: Record<string, string> = {}) {
  return invoke(handler, httpEvent({ queryStringParameters }));
}

function query() {
  return store.commandCalls(QueryCommand)[0]?.args[0].input;
}

beforeEach(() => {
  store.reset();
  store.on(GetCommand).resolves({ Item: ALEXEI_ITEM }).on(QueryCommand).resolves({ Items: [] });
  log.splice(0);
});

describe('a list', () => {
  it('returns 200 with the appointments', async () => {
    store.on(QueryCommand).resolves({ Items: [APPOINTMENT_ITEM] });

    await expect(list()).resolves.toEqual({
      status: 200,
      headers: JSON_HEADERS,
      body: [APPOINTMENT],
    });
  });

  it('has up to 1000 appointments', async () => {
    await expect(list({ limit: '1000' })).resolves.toMatchObject({ status: 200 });
    expect(query()?.Limit).toBe(1001);
  });

  it('needs no query parameters', async () => {
    await expect(invoke(handler, httpEvent())).resolves.toMatchObject({ status: 200 });
  });

  it('is empty for a patient without appointments', async () => {
    await expect(list()).resolves.toMatchObject({ status: 200, body: [] });
  });

  it('costs one consistent read and one consistent query', async () => {
    await list();

    expect(store.calls()).toHaveLength(2);
    expect(store.commandCalls(GetCommand)[0]?.args[0].input).toMatchObject({
      Key: { PK: 'PATIENT#1', SK: 'PROFILE' },
      ConsistentRead: true,
    });
    expect(query()).toMatchObject({ ConsistentRead: true });
  });

  it('has all dates, earliest first, and at most 1000 by default', async () => {
    await list();

    expect(query()).toMatchObject({
      ExpressionAttributeValues: {
        ':patient': 'PATIENT#1',
        ':first': 'DAY#1900-01-01',
        ':last': 'DAY#9999-12-31#~',
      },
      ScanIndexForward: true,
      Limit: 1001,
    });
  });

  it('has the dates of from and to, in the requested order', async () => {
    await list({ from: '2021-01-07', to: '2021-01-07', order: 'desc', limit: '1' });

    expect(query()).toMatchObject({
      ExpressionAttributeValues: { ':first': 'DAY#2021-01-07', ':last': 'DAY#2021-01-07#~' },
      ScanIndexForward: false,
      Limit: 2,
    });
  });

  it.each([{}, { status: 'booked' }])('has only booked appointments: %j', async (parameters) => {
    await list(parameters);

    expect(query()).toMatchObject({
      FilterExpression: 'attribute_not_exists(#status)',
      ExpressionAttributeNames: { '#status': 'status' },
    });
  });

  it('has every appointment if asked for all, by start time', async () => {
    const cancelled = { ...APPOINTMENT_ITEM, ...CANCELLED, start_time: '2021-01-07T09:00:00Z' };
    const booked = { ...APPOINTMENT_ITEM, start_time: '2021-01-07T12:00:00Z' };
    store.on(QueryCommand).resolves({
      Items: [
        { ...booked, appointment_id: OTHER_ID },
        { ...cancelled, SK: `DAY#2021-01-07#${ID}` },
      ],
    });

    const { status, body } = await list({ status: 'all' });

    expect(status).toBe(200);
    expect(body).toMatchObject([
      { appointment_id: ID, status: 'cancelled', cancelled_at: CANCELLED.cancelled_at },
      { appointment_id: OTHER_ID, status: 'booked' },
    ]);
    expect(query()).not.toHaveProperty('FilterExpression');
    // One to see a further page, and one to see that the date before it is complete.
    expect(query()?.Limit).toBe(1002);
  });

  it('has the current name of the patient', async () => {
    store
      .on(GetCommand)
      .resolves({ Item: { ...ALEXEI_ITEM, last_name: 'Now' } })
      .on(QueryCommand)
      .resolves({ Items: [APPOINTMENT_ITEM] });

    const { body } = await list();

    expect(body).toEqual([{ ...APPOINTMENT, patient_last_name: 'Now' }]);
  });
});

/** How the ids of the record end, in the order of their start times and then of their bookings. */
const IN_ORDER = ['a', 'e', 'c', 'd', 'b', 'f', '0'];

/** Four dates: 06 is booked, 07 was booked again, 08 is being booked again, and 09 is free again. */
const RECORD = [
  ['06', '10:00', 'a', ''],
  ['07', '12:00', 'd', ''],
  ['07#', '15:00', 'b', 'cancelled'],
  ['07#', '09:00', 'c', 'cancelled'],
  ['07#', '09:00', 'e', 'cancelled'],
  ['08', '10:00', 'f', 'cancelled'],
  ['08#', '10:00', 'f', 'cancelled'],
  ['09', '10:00', '0', 'cancelled'],
].map(([key = '', time, end = '', status]) => {
  const appointment_id = ID.replace(/.$/, end);
  return {
    ...APPOINTMENT_ITEM,
    ...(status !== '' && CANCELLED),
    SK: `DAY#2021-01-${key.replace('#', `#${appointment_id}`)}`,
    appointment_id,
    start_time: `2021-01-${key.slice(0, 2)}T${time}:00Z`,
    created_at: `2021-01-01T12:00:00.00${IN_ORDER.indexOf(end)}Z`,
  };
});

describe('the pages of a list', () => {
  /** Queries the record as DynamoDB does. */
  function queryRecord(input: QueryCommandInput) {
    const { ':first': first, ':last': last } = input.ExpressionAttributeValues ?? {};
    const items = input.ScanIndexForward === true ? RECORD : RECORD.toReversed();
    const range = items.filter(({ SK }) => SK >= String(first) && SK <= String(last));
    const begin = range.findIndex(({ SK }) => SK === input.ExclusiveStartKey?.['SK']) + 1;
    const read = range.slice(begin, begin + Number(input.Limit));
    const LastEvaluatedKey = read.length === input.Limit ? read.at(-1) : undefined;
    const Items = read.filter((item) => !(input.FilterExpression && 'status' in item));
    return { Items, ...(LastEvaluatedKey && { LastEvaluatedKey }) };
  }

  const cases = ['asc', 'desc'].flatMap((order) =>
    ['booked', 'all'].flatMap((status) =>
      [1, 2, 3, 4, 6, 7, 8].map((limit) => [order, status, limit] as const),
    ),
  );

  it.each(cases)(
    'have each appointment once: %s, %s, %i per page',
    async (order, status, limit) => {
      store.on(QueryCommand).callsFake(queryRecord);

      const pages: unknown[][] = [];
      let search: string | undefined = `order=${order}&status=${status}&limit=${limit}`;
      while (search !== undefined && pages.length < RECORD.length) {
        const answer = await list(Object.fromEntries(new URLSearchParams(search)));
        pages.push(answer.body as unknown[]);
        search = /^<[^?]*\?(.*)>; rel="next"$/.exec(String(answer.headers?.['Link']))?.[1];
      }

      const ends = status === 'all' ? IN_ORDER : ['a', 'd'];
      const listed = pages
        .flat()
        .map((item) => (item as { appointment_id: string }).appointment_id.at(-1));
      expect(listed).toEqual(order === 'asc' ? ends : ends.toReversed());
      expect(pages).toHaveLength(Math.ceil(ends.length / limit));
    },
  );
});

describe('the link to the next page', () => {
  it.each([
    ['asc', ['07', '08', '09'], `after=${idOn('08')}&from=2021-01-08&limit=2&order=asc&status=all`],
    ['desc', ['09', '08', '07'], `after=${idOn('08')}&limit=2&order=desc&status=all&to=2021-01-08`],
  ])(
    'continues on the last date, after its appointment, if asked for all: %s',
    async (order, days, search) => {
      store.on(QueryCommand).resolves({ Items: itemsOn(...days) });

      const { body, headers } = await list({ order, status: 'all', limit: '2' });

      expect(body).toHaveLength(2);
      expect(headers?.['Link']).toBe(`</api/patients/1/appointments?${search}>; rel="next"`);
    },
  );

  it('starts after the last date of the page', async () => {
    store.on(QueryCommand).resolves({ Items: itemsOn('07', '08', '31') });

    const { body, headers } = await list({ limit: '2' });

    expect(body).toHaveLength(2);
    expect(headers?.['Link']).toBe(
      '</api/patients/1/appointments?from=2021-01-09&limit=2>; rel="next"',
    );
  });

  it('ends before the last date of the page in descending order', async () => {
    store.on(QueryCommand).resolves({ Items: itemsOn('31', '08', '07') });

    const { body, headers } = await list({ order: 'desc', limit: '2' });

    expect(body).toHaveLength(2);
    expect(headers?.['Link']).toBe(
      '</api/patients/1/appointments?limit=2&order=desc&to=2021-01-07>; rel="next"',
    );
  });

  it('keeps the rest of the query, in alphabetical order', async () => {
    store.on(QueryCommand).resolves({ Items: itemsOn('07', '08') });

    const { headers } = await list({
      to: '2021-01-31',
      order: 'asc',
      limit: '1',
      from: '2021-01-01',
    });

    expect(headers?.['Link']).toBe(
      '</api/patients/1/appointments?from=2021-01-08&limit=1&order=asc&to=2021-01-31>; rel="next"',
    );
  });

  it('is present only if a further appointment was seen', async () => {
    store
      .on(QueryCommand)
      .resolvesOnce({
        Items: itemsOn('07'),
        LastEvaluatedKey: { PK: 'PATIENT#1', SK: 'DAY#2021-01-07' },
      })
      .resolvesOnce({ Items: [] });

    const { body, headers } = await list({ limit: '1' });

    expect(body).toHaveLength(1);
    expect(headers).not.toHaveProperty('Link');
  });
});

describe('400', () => {
  const DATE = 'must be a date like 2021-01-07';
  const LIMIT = 'must be an integer from 1 to 1000';

  it.each([
    [{ from: '' }, [['from', DATE]]],
    [{ from: '2021-01-07T00:00:00Z' }, [['from', DATE]]],
    [{ from: '2021-02-29' }, [['from', 'must be a date that exists']]],
    [{ to: '1899-12-31' }, [['to', 'must not be before 1900-01-01']]],
    [{ from: '2021-01-08', to: '2021-01-07' }, [['from', 'must not be after "to"']]],
    [{ from: '2021-01-07,2021-01-08' }, [['from', DATE]]],
    [{ order: 'ASC' }, [['order', 'must be "asc" or "desc"']]],
    [{ order: '' }, [['order', 'must be "asc" or "desc"']]],
    [{ status: 'cancelled' }, [['status', 'must be "booked" or "all"']]],
    [{ after: '1' }, [['after', 'must be the appointment_id of an appointment, a UUID']]],
    [{ limit: '0' }, [['limit', LIMIT]]],
    [{ limit: '1001' }, [['limit', LIMIT]]],
    [{ limit: '-1' }, [['limit', LIMIT]]],
    [{ limit: '1.5' }, [['limit', LIMIT]]],
    [{ limit: '01' }, [['limit', LIMIT]]],
    [{ limit: '1e2' }, [['limit', LIMIT]]],
    [{ limit: '0x10' }, [['limit', LIMIT]]],
    [{ limit: ' 5' }, [['limit', LIMIT]]],
    [{ limit: '١' }, [['limit', LIMIT]]],
    [{ limit: '' }, [['limit', LIMIT]]],
    [{ limit: '99999999999999999999' }, [['limit', LIMIT]]],
    [
      { from: '2021-01-08', to: '2021-01-07', order: 'up', limit: 'all' },
      [
        ['order', 'must be "asc" or "desc"'],
        ['limit', LIMIT],
        ['from', 'must not be after "to"'],
      ],
    ],
  ])('reports the faults of %j', async (parameters, faults) => {
    const answer = await list(parameters);

    expect(answer).toEqual(
      problem(400, 'invalid-request', {
        errors: faults.map(([parameter, detail]) => ({ parameter, detail })),
      }),
    );
    expect(store.calls()).toHaveLength(0);
  });

  it('reports the patient_id together with the parameters', async () => {
    const { body } = await invoke(
      handler,
      httpEvent({ pathParameters: { patient_id: 'a b' }, queryStringParameters: { limit: '0' } }),
    );

    expect(body).toMatchObject({ errors: [{ parameter: 'patient_id' }, { parameter: 'limit' }] });
  });
});

describe('failures', () => {
  it.each(UNAVAILABILITIES)('returns 503: %s', async (_name, error) => {
    store.on(QueryCommand).rejects(error);

    const { status, headers, body } = await list();

    expect(status).toBe(503);
    expect(headers).toEqual({ ...PROBLEM_HEADERS, 'Retry-After': '1' });
    expect(body).toMatchObject({
      type: 'urn:problem:store-unavailable',
      detail: 'The appointment store is unavailable. Send the request again.',
    });
    expect(log).toMatchObject([{ level: 'ERROR' }]);
  });

  it('returns 500 for anything else', async () => {
    store.on(GetCommand).rejects(new ResourceNotFoundException({ message: '', $metadata: {} }));

    const { status, body } = await list();

    expect(status).toBe(500);
    expect(body).toMatchObject({ type: 'urn:problem:internal' });
    expect(log).toMatchObject([{ level: 'ERROR' }]);
  });
});
