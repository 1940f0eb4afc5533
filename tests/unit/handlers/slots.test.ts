import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import type { PractitionerDoubleBooking } from '../../../src/domain/ports.ts';
import { appointmentQueries } from '../../../src/handlers/appointment-queries.ts';
import { connect } from '../../../src/handlers/environment.ts';
import { createRepositories } from '../../../src/repositories/repositories.ts';
import { captureLog } from '../../support/capture-log.ts';
import { invoke, slotsEvent } from '../../support/http-event.ts';
import { BOB_ITEM, SLOT_ITEM } from '../../support/people.ts';
import { JSON_HEADERS, PROBLEM_HEADERS, problem } from '../../support/responses.ts';
import { UNAVAILABILITIES } from '../../support/store-errors.ts';

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();

async function slots(
  queryStringParameters: Record<string, string> | undefined,
  doubleBooking: PractitionerDoubleBooking = 'reject',
) {
  const handler = appointmentQueries(
    connect({ auth: 'none', tableName: 'table', doubleBooking }, createRepositories),
  );
  // API Gateway leaves out the parameters of a request that has none.
  const { queryStringParameters: _, ...event } = slotsEvent();
  return invoke(handler, { ...event, ...(queryStringParameters && { queryStringParameters }) });
}

const DATE = { date: '2021-01-07' };

/** The 48 half hours of 2021-01-07, without their statuses. */
const HALF_HOURS = Array.from({ length: 48 }, (_, i) => {
  const time = (halfHours: number) =>
    `${String(Math.floor(halfHours / 2)).padStart(2, '0')}:${halfHours % 2 === 0 ? '00' : '30'}`;
  const end_time = i === 47 ? '2021-01-08T00:00:00Z' : `2021-01-07T${time(i + 1)}:00Z`;
  return { start_time: `2021-01-07T${time(i)}:00Z`, end_time };
});

const READ_PRACTITIONER = {
  TableName: 'table',
  Key: { PK: 'PRACTITIONER#1', SK: 'PROFILE' },
  ConsistentRead: true,
};

const inputs = () => store.calls().map(({ args: [{ input }] }) => input as unknown);
const busyTimes = (body: unknown) =>
  (body as { start_time: string; status: string }[])
    .filter(({ status }) => status === 'busy')
    .map(({ start_time }) => start_time);

beforeEach(() => {
  store.reset();
  store.on(GetCommand).resolves({ Item: BOB_ITEM }).on(QueryCommand).resolves({ Items: [] });
  log.splice(0);
});

describe('slots', () => {
  it('are the half hours of the date, busy or free, and say nothing about patients', async () => {
    const last = { ...SLOT_ITEM, SK: 'SLOT#2021-01-07T23:30Z' };
    store.on(QueryCommand).resolves({ Items: [SLOT_ITEM, last] });

    await expect(slots(DATE)).resolves.toEqual({
      status: 200,
      headers: JSON_HEADERS,
      body: HALF_HOURS.map((times, i) => ({
        ...times,
        status: i === 0 || i === 47 ? 'busy' : 'free',
      })),
    });
  });

  it('cost one consistent query of the slots that are not free and one consistent read', async () => {
    await slots(DATE);

    expect(inputs()).toEqual([
      {
        TableName: 'table',
        KeyConditionExpression: 'PK = :practitioner AND begins_with(SK, :date)',
        ExpressionAttributeValues: {
          ':practitioner': 'PRACTITIONER#1',
          ':date': 'SLOT#2021-01-07T',
        },
        FilterExpression: 'attribute_not_exists(#status)',
        ExpressionAttributeNames: { '#status': 'status' },
        ConsistentRead: true,
      },
      READ_PRACTITIONER,
    ]);
    expect(log).toMatchObject([
      {
        route: 'GET /api/practitioners/{practitioner_id}/slots',
        status: 200,
        store_calls: 2,
        store_retries: 0,
      },
    ]);
  });

  it('are all free if double booking is allowed, without a query', async () => {
    store.on(QueryCommand).resolves({ Items: [SLOT_ITEM] });

    const { status, body } = await slots(DATE, 'allow');

    expect([status, body]).toEqual([
      200,
      HALF_HOURS.map((times) => ({ ...times, status: 'free' })),
    ]);
    expect(inputs()).toEqual([READ_PRACTITIONER]);
    expect(log).toMatchObject([{ store_calls: 1 }]);
  });

  it('end with the one that ends in the year 9999', async () => {
    const SK = 'SLOT#9999-12-31T23:00Z';
    store.on(QueryCommand).resolves({ Items: [{ ...SLOT_ITEM, SK }] });

    const { body } = await slots({ date: '9999-12-31' });

    expect(body).toHaveLength(47);
    expect(busyTimes(body)).toEqual(['9999-12-31T23:00:00Z']);
  });

  it('can take several pages of the store', async () => {
    store
      .on(QueryCommand)
      .resolvesOnce({ Items: [], LastEvaluatedKey: { PK: SLOT_ITEM.PK, SK: SLOT_ITEM.SK } })
      .resolvesOnce({ Items: [{ ...SLOT_ITEM, SK: 'SLOT#2021-01-07T09:30Z' }] });

    const { body } = await slots(DATE);

    expect(busyTimes(body)).toEqual(['2021-01-07T09:30:00Z']);
    expect(log).toMatchObject([{ store_calls: 3 }]);
  });
});

describe('404', () => {
  it.each(['allow', 'reject'] as const)(
    'is returned for an unknown practitioner: %s',
    async (mode) => {
      store.on(GetCommand).resolves({});

      await expect(slots(DATE, mode)).resolves.toEqual(problem(404, 'practitioner-not-found'));
    },
  );
});

describe('400', () => {
  it.each([
    [undefined, 'is required'],
    [{}, 'is required'],
    [{ date: '' }, 'must be a date like 2021-01-07'],
    [{ date: '2021-01-07T00:00:00Z' }, 'must be a date like 2021-01-07'],
    [{ date: '2021-01-07,2021-01-08' }, 'must be a date like 2021-01-07'],
    [{ date: '2021-02-30' }, 'must be a date that exists'],
    [{ date: '1899-12-31' }, 'must not be before 1900-01-01'],
  ])('names the fault of the date: %j', async (parameters, detail) => {
    await expect(slots(parameters as Record<string, string> | undefined)).resolves.toEqual(
      problem(400, 'invalid-request', { errors: [{ parameter: 'date', detail }] }),
    );
    expect(store.calls()).toHaveLength(0);
  });

  it('reports the practitioner_id together with the date', async () => {
    const handler = appointmentQueries(
      connect({ auth: 'none', tableName: 'table', doubleBooking: 'allow' }, createRepositories),
    );
    const event = slotsEvent({
      pathParameters: { practitioner_id: '' },
      queryStringParameters: {},
    });

    await expect(invoke(handler, event)).resolves.toEqual(
      problem(400, 'invalid-request', {
        errors: [
          { parameter: 'practitioner_id', detail: 'must be 1 to 64 letters, digits, "_" or "-"' },
          { parameter: 'date', detail: 'is required' },
        ],
      }),
    );
  });
});

describe('failures', () => {
  it.each(UNAVAILABILITIES)('return 503: %s', async (_name, error) => {
    store.on(QueryCommand).rejects(error);

    await expect(slots(DATE)).resolves.toEqual({
      ...problem(503, 'store-unavailable', {
        detail: 'The appointment store is unavailable. Send the request again.',
      }),
      headers: { ...PROBLEM_HEADERS, 'Retry-After': '1' },
    });
    expect(log).toMatchObject([{ level: 'ERROR', code: 'store-unavailable' }]);
  });

  it('return 500 for a stored item that is not a slot', async () => {
    store.on(QueryCommand).resolves({ Items: [BOB_ITEM] });

    await expect(slots(DATE)).resolves.toEqual(problem(500, 'internal'));
  });
});
