import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { parse } from 'yaml';
import { ROOT } from '../../../scripts/local/local-folder.ts';
import type { Appointment } from '../../../src/domain/appointment.ts';
import { StoreUnavailableError } from '../../../src/domain/ports.ts';
import { captureLog } from '../../support/capture-log.ts';
import { matchesPattern } from '../../support/filter-pattern.ts';
import {
  failing,
  isCommand,
  NAMES,
  OPERATIONS,
  requestFor,
  send,
  storeWith,
} from '../../support/operations.ts';
import { appointment, cancelled, rescheduled } from '../../support/people.ts';

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

const log = captureLog();

/** The metrics that a request increases. */
async function metricsAfter(
  event: APIGatewayProxyEventV2,
  repositories: Parameters<typeof send>[1],
): Promise<string[]> {
  await send(event, repositories);
  expect(log).toHaveLength(1);
  const logGroup = isCommand(event) ? 'AppointmentCommandsLogGroup' : 'AppointmentQueriesLogGroup';
  return metricsOf(logGroup, log[0]);
}

/** What the successes of commands count as. */
const SUCCESSES: Readonly<Record<string, string>> = {
  book: 'Booked',
  cancel: 'Cancelled',
  reschedule: 'Rescheduled',
};

describe('the metric filters of the functions', () => {
  it.each(NAMES)('count the successes of %s only if it changes an appointment', async (name) => {
    const metrics = SUCCESSES[name];

    expect(await metricsAfter(requestFor(name), await storeWith([appointment()]))).toEqual(
      metrics === undefined ? [] : [metrics],
    );
  });

  const booking = requestFor('book', {
    body: { practitioner_id: 1, start_time: '2021-01-07 00:00:00' },
  });
  const { body: _, ...reschedule } = requestFor('reschedule');
  const unchanged = JSON.stringify({
    ...OPERATIONS.reschedule.body,
    start_time: '2021-01-07 00:00:00',
  });

  it.each<[string, APIGatewayProxyEventV2, Appointment[], string[]]>([
    [
      'a booking at the other path',
      { ...booking, routeKey: 'POST /api/patients/{patient_id}/appointment' },
      [],
      ['Booked'],
    ],
    ['a repeated cancellation', requestFor('cancel'), [cancelled()], ['Cancelled']],
    [
      'no reschedule to the time that the appointment has',
      { ...reschedule, body: unchanged },
      [appointment()],
      [],
    ],
    ['no new patient', requestFor('putPatient', { pathParameters: { patient_id: 'new' } }), [], []],
    [
      'no new practitioner',
      requestFor('putPractitioner', { pathParameters: { practitioner_id: 'new' } }),
      [],
      [],
    ],
    ['a conflict', booking, [appointment()], ['Conflicts', 'Problems Code=patient-day-taken']],
    [
      'a conflict with what has ended',
      requestFor('cancel'),
      [rescheduled()],
      ['Conflicts', 'Problems Code=appointment-rescheduled'],
    ],
    ['an invalid command', requestFor('book', { body: {} }), [], ['Problems Code=invalid-request']],
    [
      'an invalid query',
      requestFor('slots', { queryStringParameters: {} }),
      [],
      ['Problems Code=invalid-request'],
    ],
    [
      'a command for an unknown appointment',
      requestFor('cancel'),
      [],
      ['Problems Code=appointment-not-found'],
    ],
    [
      'a query for an unknown appointment',
      requestFor('get'),
      [],
      ['Problems Code=appointment-not-found'],
    ],
  ])('count %s', async (_name, event, stored, metrics) => {
    expect(await metricsAfter(event, await storeWith(stored))).toEqual(metrics);
  });

  it.each([
    ['an unavailable store', new StoreUnavailableError(), 'store-unavailable'],
    ['a bug', new TypeError(), 'internal'],
  ])('count %s', async (_name, error, code) => {
    for (const name of NAMES) {
      log.splice(0);

      expect(await metricsAfter(requestFor(name), failing(await storeWith(), error))).toEqual([
        `Problems Code=${code}`,
      ]);
    }
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
