import type { Benchmark } from './figure.ts';
import { pairedRounds, ratioFigure } from './paired-rounds.ts';
import { dateAt, listEvent } from './requests.ts';
import { seed } from './seed.ts';

const APPOINTMENTS = 10_000;
const LIMIT = 20;

export const PAGES: Benchmark = {
  name: 'pages',
  seconds: 20,
  async measure({ start, meter, tableName }) {
    await seed(tableName, 'pages', APPOINTMENTS);
    const list = await start('service', 'appointment-queries');
    const page = (from: string) => async () => {
      meter.takeUsage();
      const event = listEvent('pages', { limit: String(LIMIT), from });
      const { body, milliseconds } = await list.invoke(200, event);
      const { length } = JSON.parse(body) as unknown[];
      if (length !== LIMIT) throw new Error(`Expected ${LIMIT} appointments, got ${length}.`);
      return { ms: milliseconds, units: meter.takeUsage().readUnits };
    };
    const { first, last } = await pairedRounds(
      { rounds: 100, warmUps: 20 },
      { first: page(dateAt(0)), last: page(dateAt(APPOINTMENTS - LIMIT)) },
    );
    await list.stop();
    const name = 'last page of 10,000 appointments, relative to the first page';
    return [
      ratioFigure({ name: `${name}: time`, bar: 1.5, unit: 'ms' }, last, first, (of) => of.ms),
      ratioFigure({ name: `${name}: units`, bar: 1, unit: 'units' }, last, first, (of) => of.units),
    ];
  },
};
