import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  type BatchGetCommandInput,
  DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../../src/handlers/appointment-queries.ts';
import { captureLog } from '../../support/capture-log.ts';
import { agendaEvent, invoke } from '../../support/http-event.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, BOB_ITEM, ID, OTHER_ID } from '../../support/people.ts';
import { APPOINTMENT, JSON_HEADERS, PROBLEM_HEADERS, problem } from '../../support/responses.ts';
import { UNAVAILABILITIES } from '../../support/store-errors.ts';

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();

const TABLE = 'appointments-test';

const ANN_ITEM = { ...ALEXEI_ITEM, PK: 'PATIENT#2', patient_id: '2', first_name: 'Ann' };

/** Finds Alexei and Ann. */
function findPatients({ RequestItems }: BatchGetCommandInput) {
  const asked = JSON.stringify(RequestItems?.[TABLE]?.Keys);
  const found = [ANN_ITEM, ALEXEI_ITEM].filter(({ PK }) => asked.includes(`"${PK}"`));
  return { Responses: { [TABLE]: found } };
}

const idOf = (end: string) => ID.slice(0, -1) + end;

/** The item of an appointment of Alexei in January 2021, whose id ends in a digit. */
const item = (end: string, day = '07', time = '00:00') => ({
  ...APPOINTMENT_ITEM,
  appointment_id: idOf(end),
  start_time: `2021-01-${day}T${time}:00Z`,
});

async function agenda(queryStringParameters: Record<string, string> = {}, remaining?: number) {
  return invoke(handler, agendaEvent({ queryStringParameters }), remaining);
}

const found = (...Items: Record<string, unknown>[]) => store.on(QueryCommand).resolves({ Items });
const query = () => store.commandCalls(QueryCommand)[0]?.args[0].input;

beforeEach(() => {
  store.reset();
  store.on(GetCommand).resolves({ Item: BOB_ITEM });
  store.on(BatchGetCommand).callsFake(findPatients);
  found();
  log.splice(0);
});

describe('an agenda', () => {
  it('returns 200 with the appointments of all patients, by start time, with their current names', async () => {
    const anns = { ...item('2', '07', '09:30'), patient_id: '2', practitioner_last_name: 'Then' };
    found(APPOINTMENT_ITEM, anns, item('3', '08'));

    await expect(agenda()).resolves.toEqual({
      status: 200,
      headers: JSON_HEADERS,
      body: [
        APPOINTMENT,
        {
          ...APPOINTMENT,
          appointment_id: idOf('2'),
          patient_id: '2',
          patient_first_name: 'Ann',
          practitioner_last_name: 'Then',
          start_time: '2021-01-07T09:30:00Z',
          end_time: '2021-01-07T10:00:00Z',
        },
        {
          ...APPOINTMENT,
          appointment_id: idOf('3'),
          start_time: '2021-01-08T00:00:00Z',
          end_time: '2021-01-08T00:30:00Z',
        },
      ],
    });
  });

  it('costs one query of the index, one consistent read, and one consistent read of all patients', async () => {
    found(item('1'), { ...item('2'), patient_id: '2' }, item('3'));

    await agenda();

    expect(store.calls().map(({ args: [{ input }] }) => input as unknown)).toEqual([
      {
        TableName: TABLE,
        IndexName: 'by-practitioner',
        KeyConditionExpression:
          'practitioner_id = :practitioner AND start_time BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':practitioner': '1',
          ':first': '1900-01-01T00:00:00Z',
          ':last': '9999-12-31T23:30:00Z',
        },
        FilterExpression: 'attribute_not_exists(#status)',
        ExpressionAttributeNames: { '#status': 'status' },
        ConsistentRead: false,
        ScanIndexForward: true,
        // One to see a further page, and one to see that the time before it is complete.
        Limit: 102,
      },
      { TableName: TABLE, Key: { PK: 'PRACTITIONER#1', SK: 'PROFILE' }, ConsistentRead: true },
      {
        RequestItems: {
          [TABLE]: {
            Keys: ['PATIENT#1', 'PATIENT#2'].map((PK) => ({ PK, SK: 'PROFILE' })),
            ConsistentRead: true,
          },
        },
      },
    ]);
    expect(log).toMatchObject([
      {
        level: 'INFO',
        route: 'GET /api/practitioners/{practitioner_id}/appointments',
        status: 200,
        store_calls: 3,
        store_retries: 0,
      },
    ]);
  });

  it('is empty for a practitioner without appointments, and reads no patients', async () => {
    await expect(invoke(handler, agendaEvent())).resolves.toEqual({
      status: 200,
      headers: JSON_HEADERS,
      body: [],
    });
    expect(store.calls()).toHaveLength(2);
  });

  it('has the dates of from and to, in the requested order', async () => {
    await agenda({ from: '2021-01-07', to: '2021-01-07', order: 'desc', limit: '1' });

    expect(query()).toMatchObject({
      ExpressionAttributeValues: {
        ':first': '2021-01-07T00:00:00Z',
        ':last': '2021-01-07T23:30:00Z',
      },
      ScanIndexForward: false,
      Limit: 3,
    });
  });

  it('asks again for patients that DynamoDB did not process', async () => {
    found(item('1'), { ...item('2'), patient_id: '2' });
    const Keys = [{ PK: 'PATIENT#2', SK: 'PROFILE' }];
    store
      .on(BatchGetCommand)
      .resolvesOnce({
        Responses: { [TABLE]: [ALEXEI_ITEM] },
        UnprocessedKeys: { [TABLE]: { Keys } },
      })
      .resolvesOnce({ Responses: { [TABLE]: [ANN_ITEM] }, $metadata: { attempts: 2 } });

    const { status, body } = await agenda();

    expect(status).toBe(200);
    expect(body).toMatchObject([{ patient_first_name: 'Alexei' }, { patient_first_name: 'Ann' }]);
    const second = store.commandCalls(BatchGetCommand)[1]?.args[0].input;
    expect(second?.RequestItems?.[TABLE]).toEqual({ Keys, ConsistentRead: true });
    expect(log).toMatchObject([{ store_calls: 4, store_retries: 1 }]);
  });

  it('passes the deadline to each of its calls', async () => {
    found(APPOINTMENT_ITEM);

    await agenda();

    const options = store.calls().map(({ args }) => (args as unknown[])[1]);
    expect(options).toEqual(Array(3).fill({ abortSignal: expect.any(AbortSignal) }));
  });
});

describe('the pages of an agenda', () => {
  /** Two days with one appointment each, and five at one time between them, as an index can have them. */
  const INDEX = [
    item('9', '06', '23:30'),
    ...['4', '1', '5', '3', '2'].map((end) => item(end)),
    item('0', '08'),
  ];
  const IN_ORDER = ['9', '1', '2', '3', '4', '5', '0'];

  /** Queries the index as DynamoDB does. */
  function queryIndex({
    ExpressionAttributeValues: { ':first': first, ':last': last } = {},
    ScanIndexForward,
    ExclusiveStartKey,
    Limit,
  }: QueryCommandInput) {
    const items = ScanIndexForward === true ? INDEX : INDEX.toReversed();
    const range = items.filter(
      ({ start_time }) => start_time >= String(first) && start_time <= String(last),
    );
    const begin =
      range.findIndex(({ appointment_id }) => appointment_id === ExclusiveStartKey?.['id']) + 1;
    const Items = range.slice(begin, begin + Number(Limit));
    const LastEvaluatedKey = Items.length === Limit && { id: Items.at(-1)?.appointment_id };
    return { Items, ...(LastEvaluatedKey && { LastEvaluatedKey }) };
  }

  const cases = ['asc', 'desc'].flatMap((order) =>
    [1, 2, 3, 4, 5, 6, 7, 8].map((limit) => [order, limit] as const),
  );

  it.each(cases)('have each appointment once: %s, %i per page', async (order, limit) => {
    store.on(QueryCommand).callsFake(queryIndex);

    const pages: unknown[][] = [];
    let search: string | undefined = `order=${order}&limit=${limit}`;
    while (search !== undefined && pages.length < INDEX.length) {
      const { body, headers } = await agenda(Object.fromEntries(new URLSearchParams(search)));
      pages.push(body as unknown[]);
      search = /^<[^?]*\?(.*)>; rel="next"$/.exec(String(headers?.['Link']))?.[1];
    }

    const listed = pages
      .flat()
      .map((one) => (one as { appointment_id: string }).appointment_id.at(-1));
    expect(listed).toEqual(order === 'asc' ? IN_ORDER : IN_ORDER.toReversed());
    expect(pages).toHaveLength(Math.ceil(IN_ORDER.length / limit));
  });
});

describe('the link to the next page', () => {
  const PATH = '/api/practitioners/1/appointments';

  it.each([
    ['asc', ['06', '07', '08']],
    ['desc', ['08', '07', '06']],
  ])('continues after the last appointment of the page: %s', async (order, days) => {
    found(...days.map((day) => item(day.slice(-1), day, '09:30')));

    const { body, headers } = await agenda({ order, limit: '2' });

    expect(body).toHaveLength(2);
    const after = `after=2021-01-07T09%3A30%3A00Z_${idOf('7')}`;
    expect(headers).toEqual({
      ...JSON_HEADERS,
      Link: `<${PATH}?${after}&limit=2&order=${order}>; rel="next"`,
    });
  });

  it('keeps the rest of the query, in alphabetical order', async () => {
    found(item('1'), item('2'), item('3', '08'));
    const to = '2021-01-31';
    const after = `2021-01-07T00:00:00Z_${idOf('1')}`;

    const { body, headers } = await agenda({ to, limit: '1', from: '2021-01-01', after });

    expect(body).toMatchObject([{ appointment_id: idOf('2') }]);
    expect(headers?.['Link']).toBe(
      `<${PATH}?after=2021-01-07T00%3A00%3A00Z_${idOf('2')}&from=2021-01-01&limit=1&to=${to}>; rel="next"`,
    );
  });

  it('is present only if a further appointment was seen', async () => {
    store
      .on(QueryCommand)
      .resolvesOnce({ Items: [item('1')], LastEvaluatedKey: { PK: 'PATIENT#1' } })
      .resolvesOnce({ Items: [] });

    const { body, headers } = await agenda({ limit: '1' });

    expect(body).toHaveLength(1);
    expect(headers).not.toHaveProperty('Link');
  });

  it('continues after 100 of 101 appointments, and only the patients of those 100 are read', async () => {
    const items = Array.from({ length: 101 }, (_, i) => {
      const end = String(i).padStart(3, '0');
      return { ...item('0'), appointment_id: ID.slice(0, -3) + end, patient_id: end };
    });
    const keys: unknown[] = [];
    store.on(BatchGetCommand).callsFake(({ RequestItems }: BatchGetCommandInput) => {
      const { Keys = [] } = RequestItems?.[TABLE] ?? {};
      keys.push(...Keys);
      return {
        Responses: {
          [TABLE]: Keys.map(({ PK }) => ({ ...ALEXEI_ITEM, patient_id: String(PK).slice(-3) })),
        },
      };
    });
    found(...items);

    const { body, headers } = await agenda();

    expect(body).toHaveLength(100);
    expect(headers?.['Link']).toContain(`${ID.slice(0, -3)}099>`);
    expect(keys).toHaveLength(100);
  });
});

describe('404', () => {
  it('is returned for an unknown practitioner, whatever the index has', async () => {
    store.on(GetCommand).resolves({});
    found(APPOINTMENT_ITEM);

    await expect(agenda()).resolves.toEqual(problem(404, 'practitioner-not-found'));
    expect(store.commandCalls(BatchGetCommand)).toHaveLength(0);
  });
});

describe('400', () => {
  const ORDER = ['order', 'must be "asc" or "desc"'];
  const LIMIT = ['limit', 'must be an integer from 1 to 100'];
  const AFTER = ['after', 'must be the "after" of a link to the next page'];

  it.each([
    [{ from: '2021-02-29' }, [['from', 'must be a date that exists']]],
    [{ to: '2021-01-07T00:00:00Z' }, [['to', 'must be a date like 2021-01-07']]],
    [{ from: '2021-01-08', to: '2021-01-07' }, [['from', 'must not be after "to"']]],
    [{ order: 'ASC' }, [ORDER]],
    [{ limit: '0' }, [LIMIT]],
    [{ limit: '101' }, [LIMIT]],
    [{ limit: '1e1' }, [LIMIT]],
    [{ after: '' }, [AFTER]],
    [{ after: ID }, [AFTER]],
    [{ after: `2021-01-07T00:00:00Z_${ID}_` }, [AFTER]],
    [{ after: `2021-02-30T00:00:00Z_${OTHER_ID}` }, [AFTER]],
    [
      { from: '2021-01-08', to: '2021-01-07', order: 'up', limit: 'all', after: '1' },
      [ORDER, AFTER, LIMIT, ['from', 'must not be after "to"']],
    ],
  ])('reports the faults of %j', async (parameters, faults) => {
    await expect(agenda(parameters)).resolves.toEqual(
      problem(400, 'invalid-request', {
        errors: faults.map(([parameter, detail]) => ({ parameter, detail })),
      }),
    );
    expect(store.calls()).toHaveLength(0);
  });

  it('reports the practitioner_id together with the parameters', async () => {
    const { body } = await invoke(
      handler,
      agendaEvent({
        pathParameters: { practitioner_id: 'a#b' },
        queryStringParameters: { limit: '0' },
      }),
    );

    expect(body).toMatchObject({
      errors: [{ parameter: 'practitioner_id' }, { parameter: 'limit' }],
    });
  });
});

describe('failures', () => {
  const UNAVAILABLE = {
    ...problem(503, 'store-unavailable', {
      detail: 'The appointment store is unavailable. Send the request again.',
    }),
    headers: { ...PROBLEM_HEADERS, 'Retry-After': '1' },
  };

  describe.each([
    ['the index', QueryCommand],
    ['the patients', BatchGetCommand],
  ])('of the read of %s', (_name, command) => {
    it.each(UNAVAILABILITIES)('return 503: %s', async (_error, error) => {
      found(APPOINTMENT_ITEM);
      store.on(command as never).rejects(error);

      await expect(agenda()).resolves.toEqual(UNAVAILABLE);
      expect(log).toMatchObject([{ level: 'ERROR', code: 'store-unavailable' }]);
    });

    it('return 500 for anything else', async () => {
      found(APPOINTMENT_ITEM);
      const error = new ResourceNotFoundException({ message: 'no index', $metadata: {} });
      store.on(command as never).rejects(error);

      await expect(agenda()).resolves.toEqual(problem(500, 'internal'));
    });
  });

  it('return 503 before the function times out if DynamoDB does not process a patient', async () => {
    found(APPOINTMENT_ITEM);
    const Keys = [{ PK: 'PATIENT#1', SK: 'PROFILE' }];
    store.on(BatchGetCommand).resolves({ UnprocessedKeys: { [TABLE]: { Keys } } });

    const began = performance.now();
    await expect(agenda({}, 600)).resolves.toEqual(UNAVAILABLE);
    expect(performance.now() - began).toBeLessThan(400);
  });

  it('return 500 if the patient of an appointment is missing', async () => {
    found({ ...APPOINTMENT_ITEM, patient_id: 'gone' });

    await expect(agenda()).resolves.toEqual(problem(500, 'internal'));
    expect(JSON.stringify(log)).not.toContain('gone');
  });
});
