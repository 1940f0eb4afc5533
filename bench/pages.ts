import { type Bench, ratioFigure } from './figure.ts';
import { startFunction } from './function-process.ts';
import { pairedRounds, ratioOf, spreadOf } from './paired-rounds.ts';
import { listRequest } from './requests.ts';
import { seedAppointments } from './seed.ts';

const APPOINTMENTS = 10_000;
const LIMIT = 20;

export const PAGES: Bench = {
  name: 'pages',
  seconds: 20,
  async measure({ bundles, functionEnvironment, meter, tableName }, progress) {
    progress(`storing ${APPOINTMENTS} appointments of one patient`);
    const dates = await seedAppointments(tableName, 'pages', APPOINTMENTS);
    const list = await startFunction(bundles.service.list, functionEnvironment);

    const page = (from: string | undefined) => async () => {
      meter.takeCalls();
      const query = { limit: String(LIMIT), ...(from !== undefined && { from }) };
      const { statusCode, body, milliseconds } = await list.invoke(listRequest('pages', query));
      const { length } = JSON.parse(body) as unknown[];
      if (statusCode !== 200 || length !== LIMIT)
        throw new Error(`answered ${statusCode}: ${body}`);
      const units = meter.takeCalls().reduce((sum, { capacityUnits }) => sum + capacityUnits, 0);
      return { milliseconds, units };
    };
    const pages = await pairedRounds(
      { rounds: 100, warmUps: 20 },
      { first: page(undefined), last: page(dates.at(-LIMIT)) },
      progress,
    );
    await list.stop();

    const times = {
      first: pages.first.map(({ milliseconds }) => milliseconds),
      last: pages.last.map(({ milliseconds }) => milliseconds),
    };
    const units = {
      first: pages.first.map((read) => read.units),
      last: pages.last.map((read) => read.units),
    };
    const both = (of: { first: number[]; last: number[] }, digits: number) =>
      [of.last, of.first].map((values) => spreadOf(values).median.toFixed(digits)).join(' / ');
    return [
      ratioFigure(
        'last page of 10,000 appointments, the first is 1: time',
        ratioOf(times.last, times.first),
        {
          bar: 1.5,
          note: `${both(times, 1)} ms`,
        },
      ),
      ratioFigure(
        'last page of 10,000 appointments, the first is 1: units',
        ratioOf(units.last, units.first),
        {
          bar: 1,
          note: `${both(units, 0)} units`,
        },
      ),
    ];
  },
};
