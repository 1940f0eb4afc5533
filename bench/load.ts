import { Agent, request as httpRequest, type RequestOptions } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectTo } from '../scripts/local/connection.ts';
import { startHttpFront } from '../scripts/local/http-front.ts';
import { type Bench, type Figure, shown } from './figure.ts';
import { quantile } from './paired-rounds.ts';
import { nextDate } from './requests.ts';
import { seedAppointments } from './seed.ts';

const RATE = 150;
const SECONDS = 8;
/** As many as the HTTP front gives to the functions at once. */
const CONNECTIONS = 25;

interface LoadRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
}

const listing = (): LoadRequest => ({
  method: 'GET',
  path: '/api/patients/load/appointments?limit=20',
});

const booking = (): LoadRequest => ({
  method: 'POST',
  path: '/api/patients/2/appointments',
  body: JSON.stringify({ practitioner_id: 2, start_time: `${nextDate()} 09:30:00` }),
});

export const LOAD: Bench = {
  name: 'load',
  seconds: 60,
  async measure({ bundles: { folders }, store, tableName }, progress) {
    await seedAppointments(tableName, 'load', 20);
    const figures: Figure[] = [];
    const cases = [
      ['bookings', folders.service, booking],
      ['lists of 20', folders.service, listing],
      ['an empty handler', folders.empty, listing],
    ] as const;
    for (const [name, folder, next] of cases) {
      progress(name);
      const api = await startHttpFront(folder, connectTo(store), tableName, 'allow');
      const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
      const send = async () => answered(api.url, agent, next());
      await mostASecond(send, 2);
      figures.push({
        name: `load, ${name}: the most`,
        value: await mostASecond(send, 4),
        unit: 'a second',
        note: `${CONNECTIONS} connections`,
      });
      const times = await atFixedRate(send, RATE, SECONDS);
      figures.push({
        name: `load, ${name}: p99`,
        value: quantile(times, 0.99),
        unit: 'ms',
        note: `at ${RATE} a second; p50 is ${shown(quantile(times, 0.5), 'ms')}`,
      });
      agent.destroy();
      await api.close();
    }
    return figures;
  },
};

/** Sends from every connection as soon as it has its answer. */
async function mostASecond(send: () => Promise<void>, seconds: number): Promise<number> {
  const began = performance.now();
  let count = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() - began < seconds * 1000) {
        await send();
        count += 1;
      }
    }),
  );
  return (count * 1000) / (performance.now() - began);
}

/**
 * Sends at a fixed rate, whether or not the answers keep up, and counts from when a request was due: one that
 * waits because those before it were slow counts with its wait (coordinated omission). Sorted, in milliseconds.
 */
async function atFixedRate(
  send: () => Promise<void>,
  aSecond: number,
  seconds: number,
): Promise<number[]> {
  const began = performance.now();
  const pending: Promise<number>[] = [];
  while (pending.length < aSecond * seconds) {
    const due = began + (pending.length * 1000) / aSecond;
    if (due > performance.now()) await sleep(1);
    else pending.push(send().then(() => performance.now() - due));
  }
  return (await Promise.all(pending)).sort((a, b) => a - b);
}

/** Resolves when the request is answered, with success. */
async function answered(
  url: string,
  agent: Agent,
  { method, path, body }: LoadRequest,
): Promise<void> {
  const options: RequestOptions = {
    method,
    agent,
    headers: { 'content-type': 'application/json' },
  };
  await new Promise<void>((resolve, reject) => {
    const outgoing = httpRequest(new URL(path, url), options, (answer) => {
      const status = answer.statusCode ?? 0;
      answer.resume().once('end', () => {
        if (status < 300) resolve();
        else reject(new Error(`${method} ${path} was answered ${status}`));
      });
    });
    outgoing.once('error', reject).end(body);
  });
}
