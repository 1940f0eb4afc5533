import type { Id } from '../../src/domain/people.ts';
import { FIRST_DATE, LAST_DATE, type UtcDate } from '../../src/domain/slot.ts';
import {
  type Fault,
  type FaultRates,
  isBooking,
  keyOf,
  seededFaults,
  uniform,
} from '../support/fault-proxy.ts';
import { type Answer, book } from './api.ts';
import type { Property } from './property.ts';
import { holderOf, startOn, statuses } from './races.ts';
import { inParallel, type World } from './world.ts';

const DATE = '2021-01-07' as UtcDate;
const CLIENTS = 40;

/** Of each request of the store: nearly half meet a fault, most of them one that leaves the outcome unknown. */
export const RATES: FaultRates = {
  'drop-answer': 0.2,
  'drop-request': 0.1,
  'internal-error': 0.08,
  delay: 0.05,
  throttle: 0.01,
  // Only where a booking is a transaction.
  conflict: 0.08,
  'conflict-beside-taken': 0.02,
};

async function stored({ repositories }: World, patientId: Id) {
  return repositories.appointments.listByPatient({
    patientId,
    from: FIRST_DATE,
    to: LAST_DATE,
    order: 'asc',
    limit: 10,
  });
}

/** The faults that were made since `before`, for the figure of the table. */
function faultsMade(made: ReadonlyMap<Fault, number>, before: ReadonlyMap<Fault, number>) {
  const counts = [...made].map(
    ([fault, count]) => [fault, count - (before.get(fault) ?? 0)] as const,
  );
  return {
    total: counts.reduce((sum, [, count]) => sum + count, 0),
    text: counts
      .filter(([, count]) => count > 0)
      .map(([fault, count]) => `${fault} ${count}`)
      .join(', '),
  };
}

export const FAULTS: Property = {
  name: 'faults at random points of POST: none lost, none doubled, no false 409, every 5xx is a 503',
  size: 1000,
  smallSize: 60,
  async check(world, size) {
    const { api, proxy, newPatients, seed } = world;
    const before = new Map(proxy.made);
    const violations: string[] = [];
    const answers: Answer[] = [];
    let round = 0;
    // As many bookings as it takes to make so many faults.
    while (faultsMade(proxy.made, before).total < size) {
      const patients = await newPatients(CLIENTS);
      proxy.choose(seededFaults(seed + round, RATES));
      round += 1;
      await inParallel(patients, CLIENTS, async (patientId, i) => {
        // Two at once for one day: the loser's 409 is true if it names what is stored.
        const pair = await Promise.all(
          [0, 1].map(async (slot) =>
            book(api, { patientId, practitionerId: patientId, start: startOn(DATE, slot + i) }),
          ),
        );
        answers.push(...pair);
        const ids = (await stored(world, patientId)).map(({ appointmentId }) => appointmentId);
        for (const answer of pair) {
          const { status } = answer;
          const named = holderOf(answer);
          if (status !== 503 && (named === undefined || ids.length !== 1 || named !== ids[0])) {
            violations.push(`${status} names ${named}, stored is ${ids.join(', ')}`);
          }
          if (status === 503 && !saysWhenToRetry(answer))
            violations.push('a 503 without Retry-After');
        }
        if (
          pair.every(({ status }) => status === 409) ||
          pair.every(({ status }) => status === 201)
        ) {
          violations.push(`two bookings of one day: ${statuses(pair)}`);
        }
      });
      proxy.choose(() => undefined);
    }
    const { total, text } = faultsMade(proxy.made, before);
    return { tried: total, violations, figure: `${statuses(answers)}; ${text}` };
  },
};

function saysWhenToRetry({ headers, body }: Answer): boolean {
  const { type } = body as { type?: string };
  return headers.get('retry-after') === '1' && type === 'urn:problem:store-unavailable';
}

/** Faults by design: which the n-th request of a kind meets, and what the booking is answered. */
interface Designed {
  readonly name: string;
  readonly fault: (operation: string, nth: number) => Fault | undefined;
  readonly isTaken: boolean;
  readonly status: number;
}

const DESIGNED: readonly Designed[] = [
  {
    name: 'each first request is lost',
    fault: (_operation, nth) => (nth === 0 ? 'drop-request' : undefined),
    isTaken: false,
    status: 201,
  },
  {
    name: 'each first answer is lost',
    fault: (_operation, nth) => (nth === 0 ? 'drop-answer' : undefined),
    isTaken: false,
    status: 201,
  },
  {
    name: 'the first two answers are errors',
    fault: (_operation, nth) => (nth < 2 ? 'internal-error' : undefined),
    isTaken: false,
    status: 201,
  },
  {
    name: 'all answers to the put are lost',
    fault: (operation) => (isBooking({ operation }) ? 'drop-answer' : undefined),
    isTaken: false,
    status: 201,
  },
  {
    name: 'all answers to the put are lost, and the date is taken',
    fault: (operation) => (isBooking({ operation }) ? 'drop-answer' : undefined),
    isTaken: true,
    status: 409,
  },
  {
    name: 'all requests of the put are lost',
    fault: (operation) => (isBooking({ operation }) ? 'drop-request' : undefined),
    isTaken: false,
    status: 503,
  },
];

const DESIGNED_OF_TRANSACTIONS: readonly Designed[] = [
  {
    name: 'the first three transactions meet another',
    fault: (operation, nth) => (isBooking({ operation }) && nth < 3 ? 'conflict' : undefined),
    isTaken: false,
    status: 201,
  },
  {
    name: 'the first transaction meets another, and the slot seems taken',
    fault: (operation, nth) =>
      isBooking({ operation }) && nth === 0 ? 'conflict-beside-taken' : undefined,
    isTaken: false,
    status: 201,
  },
  {
    name: 'a lost answer, then a conflict',
    fault: (operation, nth) =>
      isBooking({ operation }) && nth < 2 ? (['drop-answer', 'conflict'] as const)[nth] : undefined,
    isTaken: false,
    status: 201,
  },
  {
    name: 'all transactions meet another',
    fault: (operation) => (isBooking({ operation }) ? 'conflict' : undefined),
    isTaken: false,
    status: 503,
  },
];

function designed(index: number, { doubleBooking }: World): Designed {
  const all = doubleBooking === 'allow' ? DESIGNED : [...DESIGNED, ...DESIGNED_OF_TRANSACTIONS];
  const found = all[index % all.length];
  if (found === undefined) throw new Error('there are none');
  return found;
}

/** More calls than it takes until the SDK, which stops retrying where too many attempts fail, does so again. */
const CALLS_TO_TRUST = 500;

export const DESIGNED_FAULTS: Property = {
  name: 'faults that retries and the settling read can mend are mended, the one that they cannot is a 503',
  size: 300,
  smallSize: 20,
  async check(world, size) {
    const { api, proxy, newPatients } = world;
    const before = new Map(proxy.made);
    const violations: string[] = [];
    const answers: Answer[] = [];
    const [healthy = ''] = await newPatients(1);
    const bookHealthy = async () =>
      book(api, { patientId: healthy, practitionerId: healthy, start: startOn(DATE, 0) });
    await inParallel(Array(CALLS_TO_TRUST / 2).keys(), CLIENTS, bookHealthy);

    const faulty = new Map<string, Designed['fault']>();
    const asked = new Map<string, number>();
    proxy.choose(({ operation, body }) => {
      const { PK, SK } = keyOf(body);
      const fault = faulty.get(PK.split('#')[1] ?? '');
      if (fault === undefined) return undefined;
      const key = [operation, PK, SK].join(' ');
      const nth = asked.get(key) ?? 0;
      asked.set(key, nth + 1);
      return fault(operation, nth);
    });
    const patients = (await newPatients(size)).entries();
    await inParallel(patients, 4, async ([i, patientId]) => {
      const { name, isTaken, status, fault } = designed(i, world);
      const booking = { patientId, practitionerId: patientId };
      if (isTaken) await book(api, { ...booking, start: startOn(DATE, 47) });
      faulty.set(patientId, fault);
      const answer = await book(api, { ...booking, start: startOn(DATE, 0) });
      faulty.delete(patientId);
      answers.push(answer);

      const [item] = await stored(world, patientId);
      if (answer.status !== status || holderOf(answer) !== item?.appointmentId) {
        violations.push(
          `${name}: ${answer.status} and not ${status}, names ${holderOf(answer)}, stored is ${item?.appointmentId}`,
        );
      }
      // What the attempts of a put that was never answered have cost.
      for (let calls = 0; calls < 30; calls += 2) await bookHealthy();
    });
    proxy.choose(() => undefined);
    const { text } = faultsMade(proxy.made, before);
    return { tried: size, violations, figure: `${statuses(answers)}; ${text}` };
  },
};

export const RETRIES: Property = {
  name: 'the same with clients that retry 503s and lost answers with an Idempotency-Key: each ends with what is stored',
  size: 1000,
  smallSize: 40,
  async check(world, size) {
    const { api, proxy, newPatients, seed } = world;
    const before = new Map(proxy.made);
    const patients = await newPatients(size);
    const violations: string[] = [];
    let requests = 0;
    let replays = 0;
    proxy.choose(seededFaults(seed, RATES));
    await inParallel(patients, CLIENTS, async (patientId, i) => {
      const request = {
        patientId,
        practitionerId: patientId,
        start: startOn(DATE, i % 48),
        key: `key ${i}`,
      };
      for (let attempt = 0; ; attempt += 1) {
        const answer = await book(api, request);
        requests += 1;
        // The way back to the client loses answers too.
        const lost = uniform(`${seed} lost ${i} ${attempt}`) < 0.2;
        if ((answer.status === 503 || lost) && attempt < 50) continue;
        if (answer.headers.has('idempotency-replayed')) replays += 1;
        const ids = (await stored(world, patientId)).map(({ appointmentId }) => appointmentId);
        if (answer.status !== 201 || ids.length !== 1 || holderOf(answer) !== ids[0]) {
          violations.push(
            `client ${i}: ${answer.status} after ${attempt} retries, stored ${ids.join(', ')}`,
          );
        }
        return;
      }
    });
    proxy.choose(() => undefined);
    const { text } = faultsMade(proxy.made, before);
    return { tried: size, violations, figure: `${requests} requests, ${replays} replays; ${text}` };
  },
};
