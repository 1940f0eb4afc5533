import {
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import fc from 'fast-check';
import { handler as commands } from '../../../src/handlers/appointment-commands.ts';
import { handler as queries } from '../../../src/handlers/appointment-queries.ts';
import { bodyOf, DESCRIPTION } from '../../support/api-description.ts';
import { captureLog } from '../../support/capture-log.ts';
import {
  allowedRequests,
  forbiddenRequests,
  type Request,
  ROUTES,
} from '../../support/described-requests.ts';
import { type Answer, bookingEvent, httpEvent, invoke } from '../../support/http-event.ts';
import { ALEXEI_ITEM, APPOINTMENT_ITEM, BOB_ITEM } from '../../support/people.ts';
import { answerReads } from '../../support/store-reads.ts';

const RUNS = { numRuns: 1000 };

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();

// Every person exists, every date is free, and every id that the service can have given to an appointment exists, so
// only the form of a request can be wrong.
beforeEach(() => {
  store.reset();
  answerReads(store, itemAt);
  store
    .on(PutCommand)
    .resolves({})
    .on(UpdateCommand)
    .resolves({})
    .on(TransactWriteCommand)
    .resolves({})
    .on(QueryCommand)
    .callsFake(query);
  log.splice(0);
});

const IS_VERSION_4 = /^.{14}4.{4}[89ab]/;

function itemAt({ PK, SK }: { PK: string; SK: string }) {
  const [kind, date = '', id = APPOINTMENT_ITEM.appointment_id] = SK.split('#');
  if (kind === 'DAY') {
    if (!IS_VERSION_4.test(id)) return undefined;
    return { ...APPOINTMENT_ITEM, appointment_id: id, start_time: `${date}T00:00:00Z` };
  }
  return PK.startsWith('PATIENT#') ? ALEXEI_ITEM : BOB_ITEM;
}

/** Finds the first appointment of an agenda that it can, and nothing else. Like DynamoDB, fails if a range is reversed. */
function query({ IndexName, ExpressionAttributeValues = {} }: QueryCommandInput) {
  const { ':first': first, ':last': last } = ExpressionAttributeValues as Record<string, string>;
  if (first !== undefined && last !== undefined && first > last) {
    throw Object.assign(new Error('The BETWEEN operator requires upper bound >= lower bound'), {
      name: 'ValidationException',
    });
  }
  return { Items: IndexName === undefined ? [] : [{ ...APPOINTMENT_ITEM, start_time: first }] };
}

async function send(route: string, { path, header, query, body }: Request): Promise<Answer> {
  const headers = Object.fromEntries(
    Object.entries(header).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const event = bodyOf(route) ? bookingEvent(body) : httpEvent();
  return invoke(route.startsWith('POST ') ? commands : queries, {
    ...event,
    routeKey: route,
    headers: { ...event.headers, ...headers },
    pathParameters: path,
    queryStringParameters: query,
  });
}

/** What a JSON Schema cannot express: the faults, and their names in the description. */
const EXCEPTED: readonly [place: string, detail: RegExp, named: string][] = [
  ['/start_time', /^must be a date that exists$/, 'a date does not exist'],
  ['/end_time', /^must be a date that exists$/, 'a date does not exist'],
  [
    '/end_time',
    /^must be 30 minutes after start_time$/,
    '`end_time` is not `start_time` plus 30 minutes',
  ],
  ['/start_time', /^must not be after 9999-12-31T23:00:00Z/, 'would not end before the year 10000'],
  ['from', /^must not be after "to"$/, '`from` is after `to`'],
  ['after', /^must be the "after" of a link to the next page$/, 'a date does not exist'],
];

interface Fault {
  readonly pointer?: string;
  readonly parameter?: string;
  readonly header?: string;
  readonly detail: string;
}

function notExcepted({ body }: Answer): Fault[] {
  return (body as { errors: Fault[] }).errors.filter(
    ({ pointer, parameter, header, detail }) =>
      !EXCEPTED.some(
        ([place, fault]) => place === (pointer ?? parameter ?? header) && fault.test(detail),
      ),
  );
}

/** The appointments or slots of an answer that are not on the requested dates. */
function outOfRange({ query }: Request, { body }: Answer) {
  const { date, from = date ?? '1900-01-01', to = date ?? '9999-12-31' } = query;
  return [body as object | object[]].flat().filter((one) => {
    const { start_time = '' } = one as { start_time?: string };
    return start_time < from || start_time.slice(0, 10) > to;
  });
}

describe.each(ROUTES)('%s', (route) => {
  it('accepts every request that the description allows', async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(allowedRequests(route), async (request) => {
        const answer = await send(route, request);
        if (answer.status === 200 || answer.status === 201) {
          taken += 1;
          expect(outOfRange(request, answer)).toEqual([]);
        } else if (answer.status !== 404) {
          expect(answer).toMatchObject({ status: 400 });
          expect(notExcepted(answer)).toEqual([]);
        }
      }),
      RUNS,
    );
    expect(taken).toBeGreaterThan(RUNS.numRuns / 4);
  });

  it('rejects every request that the description forbids', async () => {
    await fc.assert(
      fc.asyncProperty(forbiddenRequests(route), async (request) => {
        const { status } = await send(route, request);
        expect(status).toBe(400);
      }),
      RUNS,
    );
  });
});

describe('the description', () => {
  it.each(EXCEPTED)('names the exception for %s: %s', (_place, _fault, named) => {
    expect(DESCRIPTION.info.description).toContain(named);
  });
});
