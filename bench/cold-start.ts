import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { HANDLERS, MAX_BUNDLE_BYTES } from '../tests/support/bundle.ts';
import { type Benchmark, type Figure, format } from './figure.ts';
import { pairedRounds, ratioFigure } from './paired-rounds.ts';
import { bookingEvent, listEvent } from './requests.ts';
import type { Handler, Variant } from './workspace.ts';

export const COLD_START: Benchmark = {
  name: 'cold',
  seconds: 150,
  async measure({ start }) {
    const coldStart =
      (variant: Variant, handler: Handler, eventOf: () => object, status = 200) =>
      async () => {
        const began = performance.now();
        const running = await start(variant, handler);
        const { milliseconds } = await running.invoke(status, eventOf());
        await running.stop();
        const ended = performance.now();
        return { function: running.loadMilliseconds + milliseconds, process: ended - began };
      };
    const booking = (variant: Variant, status = 201) =>
      coldStart(variant, 'appointment-commands', bookingEvent, status);
    const list = (variant: Variant) =>
      coldStart(variant, 'appointment-queries', () => listEvent('1', { limit: '20' }));
    const starts = await pairedRounds(
      { rounds: 80, warmUps: 2 },
      {
        booking: booking('service'),
        bookingByHand: booking('byHand'),
        bookingTrimmed: booking('byHandTrimmed'),
        list: list('service'),
        listByHand: list('byHand'),
        listTrimmed: list('byHandTrimmed'),
        empty: booking('empty', 200),
      },
    );
    const byHand = "relative to a hand-written handler with esbuild's defaults";
    const trimmed = 'relative to a hand-written handler with the same trimmed SDK';
    const empty = 'process start and cold booking, relative to an empty handler';
    const ratios = [
      [`cold booking, ${byHand}`, 0.8, 'booking', 'bookingByHand', 'function'],
      [`cold list, ${byHand}`, 0.8, 'list', 'listByHand', 'function'],
      [`cold booking, ${trimmed}`, 1.3, 'booking', 'bookingTrimmed', 'function'],
      [`cold list, ${trimmed}`, 1.3, 'list', 'listTrimmed', 'function'],
      [empty, 4.2, 'booking', 'empty', 'process'],
    ] as const;
    return ratios.map(([name, bar, measured, reference, part]) =>
      ratioFigure({ name, bar, unit: 'ms' }, starts[measured], starts[reference], (of) => of[part]),
    );
  },
};

export const BUNDLE_SIZE: Benchmark = {
  name: 'size',
  seconds: 1,
  async measure({ folder }) {
    return Promise.all(
      HANDLERS.map(async (handler): Promise<Figure> => {
        const code = await readFile(join(folder, 'service', `${handler}.js`));
        const note = `${format(gzipSync(code).length, 'bytes')} compressed`;
        const name = `bundle size, ${handler}`;
        return { name, value: code.length, unit: 'bytes', bar: MAX_BUNDLE_BYTES, note };
      }),
    );
  },
};
