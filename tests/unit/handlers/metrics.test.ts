import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { parse } from 'yaml';
import { ROOT } from '../../../scripts/local/local-folder.ts';
import { handler as commands } from '../../../src/handlers/appointment-commands.ts';
import { handler as queries } from '../../../src/handlers/appointment-queries.ts';
import { captureLog } from '../../support/capture-log.ts';
import { matchesPattern } from '../../support/filter-pattern.ts';
import {
  agendaEvent,
  bookingEvent,
  commandEvent,
  gettingEvent,
  httpEvent,
  invoke,
  slotsEvent,
} from '../../support/http-event.ts';
import {
  ALEXEI_ITEM,
  APPOINTMENT_ITEM,
  BOB_ITEM,
  CANCELLED,
  ID,
  RESCHEDULED,
} from '../../support/people.ts';
import { conditionFailed, UNAVAILABILITIES } from '../../support/store-errors.ts';
import { storeHolds } from '../../support/store-reads.ts';

interface Filter {
  readonly LogGroupName: string;
  readonly FilterPattern: string;
  readonly MetricTransformations: readonly [
    {
      readonly MetricName: string;
      readonly MetricValue: string;
      readonly DefaultValue?: number;
      readonly Dimensions?: readonly { readonly Key: string; readonly Value: string }[];
    },
  ];
}

const read = (file: string): unknown =>
  // Without the tags of CloudFormation, so that !Ref is the name of the resource.
  parse(readFileSync(join(ROOT, file), 'utf8'), { merge: true, logLevel: 'silent' });

const { Resources } = read('resources/dashboard.yml') as {
  Resources: Record<string, { Type: string; Properties: Filter }>;
};
const filters = Object.values(Resources)
  .filter(({ Type }) => Type === 'AWS::Logs::MetricFilter')
  .map(({ Properties }) => Properties);

/** The metrics that a line in a log group increases by 1, with their dimensions. */
function metricsOf(logGroup: string, line: unknown): string[] {
  const fields = line as Record<string, unknown>;
  return filters
    .filter(
      ({ LogGroupName, FilterPattern }) =>
        LogGroupName === logGroup && matchesPattern(FilterPattern, fields),
    )
    .map(({ MetricTransformations: [{ MetricName, MetricValue, Dimensions = [] }] }) => {
      expect(MetricValue).toBe('1');
      const dimensions = Dimensions.map(
        ({ Key, Value }) => `${Key}=${String(fields[Value.replace('$.', '')])}`,
      );
      return [MetricName, ...dimensions].join(' ');
    });
}

const store = mockClient(DynamoDBDocumentClient);
const log = captureLog();

beforeEach(() => {
  store.reset();
  log.splice(0);
});

const stored = (...items: readonly Record<string, unknown>[]) => {
  store.onAnyCommand().resolves({});
  storeHolds(store, [ALEXEI_ITEM, BOB_ITEM, ...items]);
};

async function metricsAfter(event: APIGatewayProxyEventV2): Promise<string[]> {
  const isCommand = event.routeKey.startsWith('POST ');
  await invoke(isCommand ? commands : queries, event);
  expect(log).toHaveLength(1);
  return metricsOf(
    isCommand ? 'AppointmentCommandsLogGroup' : 'AppointmentQueriesLogGroup',
    log[0],
  );
}

describe('the metric filters of the functions', () => {
  const cancelling = commandEvent('cancel', { appointment_id: ID });
  const reschedulingTo = (start_time: string) =>
    commandEvent('reschedule', { appointment_id: ID, start_time });

  it.each([
    ['booking', bookingEvent()],
    [
      'booking at the other path',
      bookingEvent(undefined, { routeKey: 'POST /api/patients/{patient_id}/appointment' }),
    ],
  ])('count %s', async (_, event) => {
    stored();

    expect(await metricsAfter(event)).toEqual(['Booked']);
  });

  it('count cancelling, and also a repeated cancellation', async () => {
    stored(APPOINTMENT_ITEM);
    expect(await metricsAfter(cancelling)).toEqual(['Cancelled']);

    stored({ ...APPOINTMENT_ITEM, ...CANCELLED });
    log.splice(0);
    expect(await metricsAfter(cancelling)).toEqual(['Cancelled']);
  });

  it('count a reschedule, unless the appointment already has that time', async () => {
    stored(APPOINTMENT_ITEM);
    expect(await metricsAfter(reschedulingTo('2021-01-08 00:00:00'))).toEqual(['Rescheduled']);

    log.splice(0);
    expect(await metricsAfter(reschedulingTo('2021-01-07 00:00:00'))).toEqual([]);
  });

  it('count a conflict, and its code', async () => {
    stored();
    store.on(PutCommand).rejects(conditionFailed(APPOINTMENT_ITEM));
    expect(await metricsAfter(bookingEvent())).toEqual([
      'Conflicts',
      'Problems Code=patient-day-taken',
    ]);

    stored({ ...APPOINTMENT_ITEM, ...RESCHEDULED });
    log.splice(0);
    expect(await metricsAfter(cancelling)).toEqual([
      'Conflicts',
      'Problems Code=appointment-rescheduled',
    ]);
  });

  it.each([
    ['an invalid command', bookingEvent({}), 'invalid-request'],
    ['an invalid query', httpEvent({ queryStringParameters: { limit: '0' } }), 'invalid-request'],
    ['a command for an unknown appointment', cancelling, 'appointment-not-found'],
    ['a query for an unknown appointment', gettingEvent(), 'appointment-not-found'],
  ])('count %s by its code only', async (_, event, code) => {
    stored();

    expect(await metricsAfter(event)).toEqual([`Problems Code=${code}`]);
  });

  it.each([
    ['an unavailable store', UNAVAILABILITIES[0]?.[1], 'store-unavailable'],
    ['a bug', new TypeError(), 'internal'],
  ])('count %s', async (_, error, code) => {
    for (const event of [bookingEvent(), httpEvent()]) {
      store.onAnyCommand().rejects(error);
      log.splice(0);

      expect(await metricsAfter(event)).toEqual([`Problems Code=${code}`]);
    }
  });

  it.each([
    ['listing', httpEvent()],
    ['getting', gettingEvent()],
    ['an agenda', agendaEvent()],
    ['slots', slotsEvent()],
  ])('do not count %s', async (_, event) => {
    stored(APPOINTMENT_ITEM);

    expect(await metricsAfter(event)).toEqual([]);
  });
});

it('the metric filter of the access log counts 429 responses', () => {
  const { provider } = read('serverless.yml') as {
    provider: { logs: { httpApi: { format: string } } };
  };
  const lineFor = (status: string): unknown =>
    JSON.parse(provider.logs.httpApi.format.replace('$context.status', status));

  expect(metricsOf('HttpApiLogGroup', lineFor('429'))).toEqual(['Throttled']);
  expect(metricsOf('HttpApiLogGroup', lineFor('403'))).toEqual([]);
  expect(metricsOf('HttpApiLogGroup', lineFor('201'))).toEqual([]);
});

describe('a metric', () => {
  it('has only the problem code as a dimension, so it holds nothing about a patient', () => {
    const dimensions = filters.flatMap(
      ({ MetricTransformations: [{ Dimensions = [] }] }) => Dimensions,
    );

    expect(new Set(dimensions.map(({ Key, Value }) => `${Key}: ${Value}`))).toEqual(
      new Set(['Code: $.code']),
    );
  });

  it('defaults to 0 if and only if it has no dimensions, as CloudWatch Logs requires', () => {
    for (const { MetricTransformations } of filters) {
      const [{ DefaultValue, Dimensions }] = MetricTransformations;
      expect(DefaultValue).toBe(Dimensions === undefined ? 0 : undefined);
    }
  });
});
