import { join } from 'node:path';
import { Bench } from 'tinybench';
import { connectTo } from '../scripts/local/connection.ts';
import { type HttpFront, startHttpFront } from '../tests/support/http-front.ts';
import { type Benchmark, type Figure, format } from './figure.ts';
import { bookingBody } from './requests.ts';
import { seed } from './seed.ts';

/** The HTTP front runs at most this many requests at once. */
const CONNECTIONS = 25;

export const LOAD: Benchmark = {
  name: 'load',
  seconds: 35,
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
      ['bookings', 'service', book],
      ['lists of 20', 'service', list],
      ['requests to an empty handler', 'empty', list],
    ] as const;
    const figures: Figure[] = [];
    for (const [name, variant, send] of cases) {
      const bundles = join(folder, variant);
      const front = await startHttpFront(bundles, connectTo(store), tableName, 'allow');
      const request = async () => {
        const response = await send(front.url);
        const body = await response.text();
        if (!response.ok) throw new Error(`${name}: unexpected status ${response.status}: ${body}`);
      };
      const { latency, cpuSeconds } = await load(request, front);
      await front.close();
      const { mean, p50, p99, samplesCount } = latency;
      // Little's law: every connection always has a request in flight.
      const value = (CONNECTIONS * 1000) / mean;
      const note = `${CONNECTIONS} connections; p50 ${format(p50, 'ms')}, p99 ${format(p99, 'ms')}`;
      const unit = 'per second';
      figures.push(
        { name: `${name} over HTTP`, value, unit, note },
        {
          name: `${name} over HTTP, per core`,
          value: samplesCount / cpuSeconds,
          unit,
          note: 'per second of CPU time of the functions and their HTTP front',
        },
      );
    }
    return figures;
  },
};

/** Keeps a request in flight on every connection. */
async function load(request: () => Promise<void>, front: HttpFront) {
  let began = 0;
  let ended = 0;
  const bench = new Bench({
    concurrency: 'task',
    threshold: CONNECTIONS,
    throws: true,
    time: 4000,
    iterations: 0,
    warmupTime: 0,
    // Gives V8 time to compile the code that a request runs.
    warmupIterations: 2000,
    // Both are called for the warm-up first, and then for the run.
    async setup() {
      began = await front.cpuSeconds();
    },
    async teardown() {
      ended = await front.cpuSeconds();
    },
  });
  const [task] = await bench.add('request', request).run();
  if (task?.result.state !== 'completed') throw new Error('The load run did not complete.');
  return { latency: task.result.latency, cpuSeconds: ended - began };
}
