import { join } from 'node:path';
import { Bench } from 'tinybench';
import { connectTo } from '../scripts/local/connection.ts';
import { startHttpFront } from '../scripts/local/http-front.ts';
import { type Benchmark, type Figure, format } from './figure.ts';
import { bookingBody } from './requests.ts';
import { seed } from './seed.ts';

/** The HTTP front runs at most this many requests at once. */
const CONNECTIONS = 25;

export const LOAD: Benchmark = {
  name: 'load',
  seconds: 20,
  async measure({ folder, store, tableName }) {
    await seed(tableName, ['load'], 20);
    await seed(tableName, ['load-booking']);
    const list = async (url: string) => fetch(`${url}/api/patients/load/appointments?limit=20`);
    const book = async (url: string) =>
      fetch(`${url}/api/patients/load-booking/appointments`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: bookingBody(),
      });
    const cases = [
      ['bookings over HTTP', 'service', book],
      ['lists of 20 over HTTP', 'service', list],
      ['requests to an empty handler over HTTP', 'empty', list],
    ] as const;
    const figures: Figure[] = [];
    for (const [name, variant, send] of cases) {
      const bundles = join(folder, variant);
      const front = await startHttpFront(bundles, connectTo(store), tableName, 'allow');
      const { mean, p50, p99 } = await latencyOf(async () => {
        const response = await send(front.url);
        const body = await response.text();
        if (!response.ok) throw new Error(`${name}: unexpected status ${response.status}: ${body}`);
      });
      await front.close();
      // Little's law: every connection always has a request in flight.
      const value = (CONNECTIONS * 1000) / mean;
      const note = `${CONNECTIONS} connections; p50 ${format(p50, 'ms')}, p99 ${format(p99, 'ms')}`;
      figures.push({ name, value, unit: 'per second', note });
    }
    return figures;
  },
};

/** Keeps a request in flight on every connection. */
async function latencyOf(send: () => Promise<void>) {
  const bench = new Bench({
    concurrency: 'task',
    threshold: CONNECTIONS,
    throws: true,
    time: 4000,
    iterations: 0,
    warmupTime: 2000,
    warmupIterations: 0,
  });
  const [task] = await bench.add('request', send).run();
  if (task?.result.state !== 'completed') throw new Error('The load run did not complete.');
  return task.result.latency;
}
