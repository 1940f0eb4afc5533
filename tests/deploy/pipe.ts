import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { ROOT } from '../../scripts/local/local-folder.ts';
import type { Template } from '../support/packaging.ts';

export const EVENT_RULER = {
  sources: join(ROOT, 'tests/deploy/event-ruler'),
  jars: join(ROOT, '.local/event-ruler'),
};

/** The settings of the packaged pipe that decide which events there are. */
export interface Pipe {
  readonly patterns: readonly string[];
  readonly template: string;
}

/** The detail of an event. */
export interface Detail {
  readonly appointment_id: string;
  readonly series_id: string;
  readonly patient_id: string;
  readonly practitioner_id: string;
  readonly start_time: string;
  readonly status: string;
  readonly attendance: string;
  readonly rescheduled_from: Reference;
  readonly rescheduled_to: Reference;
}

type Reference = Readonly<Record<'date' | 'appointment_id', string>>;

/** What a pipe reads from a stream. */
type StreamRecord = Readonly<Record<string, unknown>>;

/** What the AWS CLI prints, by the command. */
interface StreamsOutput {
  readonly Streams: readonly [{ readonly StreamArn: string }];
  readonly StreamDescription: { readonly Shards: readonly { readonly ShardId: string }[] };
  readonly ShardIterator: string;
  readonly Records: readonly StreamRecord[];
  readonly NextShardIterator?: string;
}

export function pipeOf(template: Template): Pipe {
  const { SourceParameters, TargetParameters } = template['EventsPipe']?.Properties as {
    SourceParameters: { FilterCriteria: { Filters: { Pattern: string }[] } };
    TargetParameters: { InputTemplate: string };
  };
  const { Filters } = SourceParameters.FilterCriteria;
  return {
    patterns: Filters.map(({ Pattern }) => Pattern),
    template: TargetParameters.InputTemplate,
  };
}

/** Every record in the stream of a table, as a pipe reads them. */
export async function recordsOf(table: string, endpoint: string): Promise<StreamRecord[]> {
  const streams = async (command: string, options: Record<string, string>) => {
    const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    const { stdout } = await promisify(execFile)(
      'aws',
      [
        'dynamodbstreams',
        command,
        '--endpoint-url',
        endpoint,
        ...words,
        '--output',
        'json',
        '--region',
        'us-east-1',
      ],
      { env: process.env, maxBuffer: 2 ** 28 },
    );
    return JSON.parse(stdout) as StreamsOutput;
  };
  const {
    Streams: [{ StreamArn: arn }],
  } = await streams('list-streams', { 'table-name': table });
  const { StreamDescription } = await streams('describe-stream', { 'stream-arn': arn });
  const records: StreamRecord[] = [];
  for (const { ShardId } of StreamDescription.Shards) {
    let { ShardIterator: next } = await streams('get-shard-iterator', {
      'stream-arn': arn,
      'shard-id': ShardId,
      'shard-iterator-type': 'TRIM_HORIZON',
    });
    for (;;) {
      const { Records, NextShardIterator } = await streams('get-records', {
        'shard-iterator': next,
      });
      records.push(...Records);
      if (Records.length === 0 || NextShardIterator === undefined) break;
      next = NextShardIterator;
    }
  }
  return records;
}

/** The events that a pipe makes of records: AWS's own matcher applies the filter. */
export async function eventsOf(
  { patterns, template }: Pipe,
  records: readonly StreamRecord[],
): Promise<Detail[]> {
  const { sources, jars } = EVENT_RULER;
  const child = spawn('java', ['-cp', join(jars, '*'), join(sources, 'Match.java')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = [...patterns, '', ...records.map((record) => JSON.stringify(record))];
  child.stdin.end(lines.join('\n'));
  const matched = (await text(child.stdout)).split('\n').filter((line) => line !== '');
  return matched.map((line) => JSON.parse(render(template, JSON.parse(line))) as Detail);
}

/**
 * Fills in an input template: a variable in quotes becomes the text at its path, and one whose path does not exist
 * disappears. Values are not escaped.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
 */
function render(template: string, record: unknown): string {
  return template.replaceAll(/<\$\.([\w.]+)>/g, (_, path: string) => {
    const value = path
      .split('.')
      .reduce<unknown>(
        (part, name) => (part as Record<string, unknown> | undefined)?.[name],
        record,
      );
    return typeof value === 'string' ? value : '';
  });
}
