import type { Benchmark } from './figure.ts';
import { pairedRounds, ratioFigure } from './paired-rounds.ts';
import { dateAt, listEvent, practitionerEvent } from './requests.ts';
import { seed, startOf } from './seed.ts';

const APPOINTMENTS = 10_000;
const LIMIT = 20;
/** Each page of the agenda is one date. */
const PAGE_COUNT = APPOINTMENTS / LIMIT;

export const PAGES: Benchmark = {
  name: 'pages',
  seconds: 40,
  async measure({ start, meter, tableName }) {
    await seed(tableName, ['pages'], APPOINTMENTS);
    const patients = Array.from({ length: LIMIT }, (_, index) => `pages-${index}`);
    await seed(tableName, patients, PAGE_COUNT, 'pages');
    const queries = await start('service', 'appointment-queries');
    const page = (event: object) => async () => {
      meter.takeUsage();
      const { body, milliseconds } = await queries.invoke(200, event);
      const { length } = JSON.parse(body) as unknown[];
      if (length !== LIMIT) throw new Error(`Expected ${LIMIT} appointments, got ${length}.`);
      return { ms: milliseconds, units: meter.takeUsage().readUnits };
    };
    const limit = String(LIMIT);
    const compare = async (what: string, lastEvent: object, firstEvent: object) => {
      const { last, first } = await pairedRounds(
        { rounds: 100, warmUps: 20 },
        { last: page(lastEvent), first: page(firstEvent) },
      );
      const name = `${what}, relative to the first page`;
      return [
        ratioFigure({ name: `${name}: time`, bar: 1.5, unit: 'ms' }, last, first, (of) => of.ms),
        ratioFigure(
          { name: `${name}: units`, bar: 1, unit: 'units' },
          last,
          first,
          (of) => of.units,
        ),
      ];
    };
    const list = (from: string) => listEvent('pages', { limit, from });
    const agenda = (query: object) => practitionerEvent('pages', 'appointments', query);
    // Before the second-to-last page. No id sorts after this one.
    const after = `${startOf(PAGE_COUNT - 3, LIMIT - 1)}_ffffffff-ffff-4fff-bfff-ffffffffffff`;
    const lastOfList = list(dateAt(APPOINTMENTS - LIMIT));
    const figures = [
      await compare('last page of 10,000 appointments', lastOfList, list(dateAt(0))),
      await compare('page 499 of 500 of an agenda', agenda({ limit, after }), agenda({ limit })),
    ];
    await queries.stop();
    return figures.flat();
  },
};
