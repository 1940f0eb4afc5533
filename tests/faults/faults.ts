import type { UtcDate } from '../../src/domain/slot.ts';
import {
  type Fault,
  type FaultProxy,
  type FaultRates,
  isWrite,
  keyOf,
  seededFaults,
  uniform,
} from '../support/fault-proxy.ts';
import { type ApiResponse, book, holderOf, outcomeOf, startOn, statuses } from './api.ts';
import type { FaultTest } from './fault-test.ts';
import { inParallel } from './world.ts';

const DATE = '2021-01-07' as UtcDate;
const CLIENTS = 40;

/** About half of all requests to the store meet a fault. Most faults leave the outcome unknown. */
export const RATES: FaultRates = {
  'drop-response': 0.2,
  'drop-request': 0.1,
  'internal-error': 0.08,
  delay: 0.05,
  throttle: 0.01,
  // These apply to transactions only.
  conflict: 0.08,
  'conflict-beside-taken': 0.02,
};

/** `drop-response 12, delay 3` */
function injectedFaults({ injected }: FaultProxy): string {
  return [...injected].map(([fault, count]) => `${fault} ${count}`).join(', ');
}

export const RANDOM_FAULTS: FaultTest = {
  name: 'random-faults',
  claim:
    'with faults at random points of two concurrent POSTs for one date: no booking is lost or doubled, no 409 is false, and every 5xx is a 503 with Retry-After',
  unit: 'POSTs',
  size: 800,
  smallSize: 80,
  async run({ api, proxy, newPatients, seed, storedAppointments }, size, trials) {
    const patients = await newPatients(size / 2);
    const all: ApiResponse[] = [];
    proxy.choose(seededFaults(seed, RATES));
    await inParallel(patients, CLIENTS, async (patientId, i) => {
      const pair = await Promise.all(
        [0, 1].map(async (slot) =>
          book(api, {
            patientId,
            practitionerId: patientId,
            start: startOn(DATE, slot + (i % 47)),
          }),
        ),
      );
      all.push(...pair);
      const stored = await storedAppointments(patientId);
      const [first, second] = pair.map(({ status }) => status);
      const isPossible = first !== second || first === 503;
      for (const response of pair) {
        const reason = falsehoodOf(response, stored);
        const violations = reason === undefined ? [] : [reason];
        if (!isPossible) violations.push(`Two bookings of one date: ${statuses(pair)}`);
        trials.count(violations);
      }
    });
    const faults = [...proxy.injected.values()].reduce((sum, count) => sum + count, 0);
    if (faults < size / 2) trials.violate(`Only ${faults} faults were injected.`);
    return `${statuses(all)}; ${injectedFaults(proxy)}`;
  },
};

/** How a response differs from what is stored. */
function falsehoodOf(response: ApiResponse, stored: readonly string[]): string | undefined {
  const { status, headers, body } = response;
  if (status === 503) {
    const { type } = body as { type?: string };
    const isComplete =
      headers.get('retry-after') === '1' && type === 'urn:problem:store-unavailable';
    return isComplete ? undefined : 'a 503 has another type or no Retry-After';
  }
  if (stored.length > 1) return `${stored.length} appointments are stored for one date`;
  const [holder] = stored;
  return holder !== undefined && holderOf(response) === holder
    ? undefined
    : outcomeOf(response, holder);
}

/** Faults for the requests that one booking sends to the store, and the expected status. */
interface Scenario {
  readonly name: string;
  /** The fault of the first, second, ... request for the same operation and key. */
  readonly faults: readonly Fault[];
  /** Whether only the write meets faults, and not the reads before it. */
  readonly writeOnly?: true;
  /** Whether the last fault repeats. */
  readonly forever?: true;
  /** Whether the patient has an appointment on that date already. */
  readonly isTaken?: true;
  readonly status: number;
}

const WRITE = { writeOnly: true } as const;
const EVERY_WRITE = { writeOnly: true, forever: true } as const;

const SCENARIOS: readonly Scenario[] = [
  { name: 'each first request is lost', faults: ['drop-request'], status: 201 },
  { name: 'each first response is lost', faults: ['drop-response'], status: 201 },
  {
    name: 'the first two responses are errors',
    faults: ['internal-error', 'internal-error'],
    status: 201,
  },
  {
    name: 'all responses to the put are lost',
    ...EVERY_WRITE,
    faults: ['drop-response'],
    status: 201,
  },
  {
    name: 'all responses to the put are lost, and the date is taken',
    ...EVERY_WRITE,
    faults: ['drop-response'],
    isTaken: true,
    status: 409,
  },
  {
    name: 'all requests of the put are lost',
    ...EVERY_WRITE,
    faults: ['drop-request'],
    status: 503,
  },
];

const TRANSACTION_SCENARIOS: readonly Scenario[] = [
  {
    name: 'the first three transactions conflict',
    ...WRITE,
    faults: ['conflict', 'conflict', 'conflict'],
    status: 201,
  },
  {
    name: 'the first transaction conflicts, and the slot seems to be taken',
    ...WRITE,
    faults: ['conflict-beside-taken'],
    status: 201,
  },
  {
    name: 'a lost response, then a conflict',
    ...WRITE,
    faults: ['drop-response', 'conflict'],
    status: 201,
  },
  { name: 'all transactions conflict', ...EVERY_WRITE, faults: ['conflict'], status: 503 },
];

/** Few enough that the AWS SDK does not exhaust its retry budget. */
const BOOKINGS_PER_PROCESS = 20;

export const SCRIPTED_FAULTS: FaultTest = {
  name: 'scripted-faults',
  claim:
    "faults that the SDK's retries and the read after an unanswered write can repair leave no trace in the response; faults that they cannot repair give a 503",
  unit: 'POSTs',
  size: 300,
  smallSize: 10,
  async run(world, size, trials) {
    const { api, proxy, newPatients, storedAppointments, doubleBooking } = world;
    const scenarios =
      doubleBooking === 'allow' ? SCENARIOS : [...SCENARIOS, ...TRANSACTION_SCENARIOS];
    const all: ApiResponse[] = [];
    const running = new Map<string, Scenario>();
    const requested = new Map<string, number>();
    proxy.choose(({ operation, body }) => {
      const { PK, SK } = keyOf(body);
      const scenario = running.get(PK.split('#')[1] ?? '');
      if (scenario === undefined) return undefined;
      const key = [operation, PK, SK].join(' ');
      const nth = requested.get(key) ?? 0;
      requested.set(key, nth + 1);
      const { faults, writeOnly, forever } = scenario;
      if (writeOnly && !isWrite({ operation })) return undefined;
      return faults[forever ? Math.min(nth, faults.length - 1) : nth];
    });

    const patients = await newPatients(size);
    for (let first = 0; first < size; first += BOOKINGS_PER_PROCESS) {
      const functions = await world.startFunctions();
      const batch = patients.slice(first, first + BOOKINGS_PER_PROCESS);
      await inParallel(batch, 4, async (patientId, i) => {
        const scenario = scenarios[(first + i) % scenarios.length];
        if (scenario === undefined) throw new Error('There is no scenario.');
        const booking = { patientId, practitionerId: patientId };
        if (scenario.isTaken) await book(api, { ...booking, start: startOn(DATE, 47) });
        running.set(patientId, scenario);
        const response = await book(functions, { ...booking, start: startOn(DATE, 0) });
        running.delete(patientId);
        all.push(response);

        const [stored] = await storedAppointments(patientId);
        const { name, status } = scenario;
        const isReplay = response.headers.has('idempotency-replayed');
        const held = response.status === status && holderOf(response) === stored && !isReplay;
        const outcome = `${isReplay ? 'a replayed ' : ''}${outcomeOf(response, stored)}`;
        trials.count(held ? [] : [`${name}: expected ${status}, got ${outcome}`]);
      });
      await functions.close();
    }
    return `${statuses(all)}; ${injectedFaults(proxy)}`;
  },
};

export const CLIENT_RETRIES: FaultTest = {
  name: 'client-retries',
  claim:
    'clients that retry every 503 and every lost response with an Idempotency-Key end with 201 and the one appointment that is stored',
  unit: 'clients',
  size: 1000,
  smallSize: 30,
  async run({ api, proxy, newPatients, seed, storedAppointments }, size, trials) {
    const patients = await newPatients(size);
    let requests = 0;
    let replays = 0;
    proxy.choose(seededFaults(seed, RATES));
    await inParallel(patients, CLIENTS, async (patientId, i) => {
      const request = {
        patientId,
        practitionerId: patientId,
        start: startOn(DATE, i % 48),
        idempotencyKey: `key ${i}`,
      };
      for (let retries = 0; ; retries += 1) {
        const response = await book(api, request);
        requests += 1;
        // Responses get lost on the way back to the client, too.
        const isLost = uniform(`${seed} lost ${i} ${retries}`) < 0.2;
        if ((response.status === 503 || isLost) && retries < 50) continue;
        if (response.headers.has('idempotency-replayed')) replays += 1;
        const stored = await storedAppointments(patientId);
        const held =
          response.status === 201 && stored.length === 1 && holderOf(response) === stored[0];
        const reason = `Client ${i}, after ${retries} retries: ${outcomeOf(response, stored[0])}`;
        trials.count(held ? [] : [reason]);
        return;
      }
    });
    return `${requests} POSTs, ${replays} replays; ${injectedFaults(proxy)}`;
  },
};
