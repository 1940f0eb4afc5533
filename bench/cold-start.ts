import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ROOT } from '../scripts/local/local-folder.ts';
import { type Bench, type Figure, ratioFigure } from './figure.ts';
import { pairedRounds, ratioOf, spreadOf } from './paired-rounds.ts';
import type { Place } from './place.ts';
import { bookingRequest, listRequest } from './requests.ts';

/** Milliseconds. */
interface ColdStart {
  readonly importing: number;
  readonly first: number;
  /** From the start of the process to its end. */
  readonly process: number;
}

/** Starts a process that imports a bundle and has it answer one request. */
async function coldStart(
  { functionEnvironment }: Place,
  bundle: string,
  request: APIGatewayProxyEventV2,
  expected: number,
): Promise<ColdStart> {
  const began = performance.now();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, 'bench/cold-process.mjs'), bundle, JSON.stringify(request)],
    { env: functionEnvironment },
  );
  const ended = performance.now();
  const report = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as {
    statusCode: number;
    importing: number;
    first: number;
  };
  if (report.statusCode !== expected) throw new Error(`${bundle} answered ${stdout}`);
  return { ...report, process: ended - began };
}

export const COLD_START: Bench = {
  name: 'cold',
  seconds: 60,
  async measure(place, progress) {
    const { service, byHand, byHandSlim, empty } = place.bundles;
    const booking = (bundle: string) => async () => coldStart(place, bundle, bookingRequest(), 201);
    const list = (bundle: string) => async () =>
      coldStart(place, bundle, listRequest('1', { limit: '20' }), 200);
    const starts = await pairedRounds(
      { rounds: 40, warmUps: 2 },
      {
        booking: booking(service.create),
        byHand: booking(byHand.create),
        byHandSlim: booking(byHandSlim.create),
        list: list(service.list),
        listByHand: list(byHand.list),
        listByHandSlim: list(byHandSlim.list),
        empty: async () => coldStart(place, empty, bookingRequest(), 200),
      },
      progress,
    );

    const against = (
      name: string,
      ours: keyof typeof starts,
      theirs: keyof typeof starts,
      limits: Pick<Figure, 'bar' | 'aim'>,
      part: (start: ColdStart) => number = ({ importing, first }) => importing + first,
    ): Figure => {
      const [our, their] = [starts[ours].map(part), starts[theirs].map(part)];
      const note = [our, their].map((values) => spreadOf(values).median.toFixed(0)).join(' / ');
      return ratioFigure(name, ratioOf(our, their), { ...limits, note: `${note} ms` });
    };
    const limits = { bar: 1.15, aim: 1 };
    // What a whole validation, problem details and a log cost where the client costs the same on both sides.
    const standIns = { bar: 1.35 };
    return [
      against('cold booking (import and first), by hand is 1', 'booking', 'byHand', limits),
      against('cold list (import and first), by hand is 1', 'list', 'listByHand', limits),
      against('cold booking, by hand with our stand-ins is 1', 'booking', 'byHandSlim', standIns),
      against('cold list, by hand with our stand-ins is 1', 'list', 'listByHandSlim', standIns),
      against(
        'process start and cold booking, an empty handler is 1',
        'booking',
        'empty',
        { bar: 4.2, aim: 3.6 },
        ({ process }) => process,
      ),
    ];
  },
};

export const SIZES: Bench = {
  name: 'size',
  seconds: 1,
  async measure({ bundles: { service } }) {
    return Promise.all(
      Object.entries(service).map(async ([name, file]) => {
        return {
          name: `size of the bundle: ${name}`,
          value: (await stat(file)).size,
          unit: 'bytes' as const,
          bar: 320_000,
          aim: 240_000,
          note: `${gzipSync(await readFile(file)).length.toLocaleString('en')} packed`,
        };
      }),
    );
  },
};
