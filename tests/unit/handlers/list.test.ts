import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../../src/handlers/appointment-queries.ts';
import { captureLog } from '../../support/capture-log.ts';
import { httpEvent, invoke, REQUEST_ID } from '../../support/http-event.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM } from '../../support/people.ts';
import { APPOINTMENT, JSON_HEADERS, PROBLEM_HEADERS } from '../../support/responses.ts';
import { UNAVAILABILITIES } from '../../support/store-errors.ts';

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();

/** The items of appointments on these days of January 2021, at midnight. */
const itemsOn = (...days: string[]) =>
  days.map((day) => ({ ...APPOINTMENT_ITEM, start_time: `2021-01-${day}T00:00:00Z` }));

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

  it('passes the deadline of the request to every call to the store', async () => {
    await list();

    const signals = store.calls().map(({ args }) => (args as unknown[])[1]);
    expect(signals).toEqual([
      { abortSignal: expect.any(AbortSignal) },
      { abortSignal: expect.any(AbortSignal) },
    ]);
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
        ':last': 'DAY#9999-12-31',
      },
      ScanIndexForward: true,
      Limit: 1001,
    });
  });

  it('has the dates of from and to, in the requested order', async () => {
    await list({ from: '2021-01-07', to: '2021-01-07', order: 'desc', limit: '1' });

    expect(query()).toMatchObject({
      ExpressionAttributeValues: { ':first': 'DAY#2021-01-07', ':last': 'DAY#2021-01-07' },
      ScanIndexForward: false,
      Limit: 2,
    });
  });

  it('ignores unknown parameters', async () => {
    await expect(list({ page: '2', Limit: 'x' })).resolves.toMatchObject({ status: 200 });
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

describe('the link to the next page', () => {
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

  it('keeps the rest of the query, in alphabetical order, and nothing else', async () => {
    store.on(QueryCommand).resolves({ Items: itemsOn('07', '08') });

    const { headers } = await list({
      to: '2021-01-31',
      order: 'asc',
      limit: '1',
      from: '2021-01-01',
      unknown: '"><',
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

    expect(answer).toEqual({
      status: 400,
      headers: PROBLEM_HEADERS,
      body: {
        type: 'urn:problem:invalid-request',
        title: 'Invalid request',
        status: 400,
        detail: 'The request is invalid. Correct every fault listed in "errors".',
        errors: faults.map(([parameter, detail]) => ({ parameter, detail })),
        request_id: REQUEST_ID,
      },
    });
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

describe('404', () => {
  it('is returned for a patient that does not exist', async () => {
    store.on(GetCommand).resolves({});

    await expect(list()).resolves.toEqual({
      status: 404,
      headers: PROBLEM_HEADERS,
      body: {
        type: 'urn:problem:patient-not-found',
        title: 'Patient not found',
        status: 404,
        detail: 'No patient has this patient_id.',
        request_id: REQUEST_ID,
      },
    });
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
