import { setTimeout as sleep } from 'node:timers/promises';
import { addDays, type UtcDate } from '../../src/domain/slot.ts';
import { isWrite, uniform } from '../support/fault-proxy.ts';
import { type ApiResponse, type AppointmentBody, book, holderOf, list, startOn } from './api.ts';
import type { FaultTest } from './fault-test.ts';
import { inParallel, type World } from './world.ts';

const DATE = '2021-01-07' as UtcDate;

export const READ_YOUR_WRITE: FaultTest = {
  name: 'read-your-write',
  claim: 'a GET right after a 201 shows the booking, and every read is sent as a consistent read',
  unit: 'bookings',
  size: 1000,
  smallSize: 40,
  async run({ api, proxy, newPatients }, size, trials) {
    let inconsistent = 0;
    // A local store has no stale reads, so check the request instead of the response.
    proxy.choose(({ operation, body }) => {
      if (!isWrite({ operation }) && !JSON.stringify(body).includes('"ConsistentRead":true')) {
        inconsistent += 1;
      }
      return undefined;
    });
    await inParallel(await newPatients(size), 20, async (patientId, i) => {
      const start = startOn(DATE, i % 48);
      const booked = await book(api, { patientId, practitionerId: patientId, start });
      const listed = JSON.stringify((await list(api, patientId)).body);
      const expected = JSON.stringify([booked.body]);
      const held = booked.status === 201 && listed === expected;
      trials.count(held ? [] : [`Booked ${expected}, but the list is ${listed}`]);
    });
    if (inconsistent > 0) trials.violate(`${inconsistent} reads were sent without ConsistentRead`);
    return `${inconsistent} inconsistent reads`;
  },
};

interface Operation {
  readonly kind: 'book' | 'list';
  readonly date: UtcDate;
  readonly began: number;
  readonly ended: number;
  readonly response: ApiResponse;
}

const CLIENTS = 4;
const OPERATIONS = 8;
const DATES = 3;

export const RANDOM_HISTORIES: FaultTest = {
  name: 'random-histories',
  claim: `the bookings and lists of ${CLIENTS} concurrent clients agree with a model in which each patient-day is written once`,
  unit: 'histories',
  size: 200,
  smallSize: 8,
  async run(world, size, trials) {
    let operations = 0;
    await inParallel(await world.newPatients(size), 5, async (patientId, i) => {
      const history = await makeHistory(world, patientId, i);
      operations += history.length;
      trials.count(contradictions(history).map((reason) => `History ${i}, ${reason}`));
    });
    return `${operations} operations`;
  },
};

/** Clients book and list at random, on a few dates, with pauses so that they meet in many ways. */
async function makeHistory(
  { api, seed }: World,
  patientId: string,
  number: number,
): Promise<Operation[]> {
  const histories = await inParallel(Array(CLIENTS).keys(), CLIENTS, async (client) => {
    const own: Operation[] = [];
    for (let step = 0; step < OPERATIONS; step += 1) {
      const draw = (what: string) => uniform(`${seed} ${number} ${client} ${step} ${what}`);
      await sleep(draw('pause') * 10);
      const date = addDays(DATE, Math.floor(draw('date') * DATES));
      const kind = draw('kind') < 0.6 ? 'book' : 'list';
      const began = performance.now();
      const response =
        kind === 'list'
          ? await list(api, patientId)
          : await book(api, { patientId, practitionerId: patientId, start: startOn(date, client) });
      own.push({ kind, date, began, ended: performance.now(), response });
    }
    return own;
  });
  return histories.flat();
}

/**
 * How a history differs from the model: each patient-day is a register that one of its bookings writes,
 * once. Whatever begins after the write was first seen sees it too.
 */
function contradictions(history: readonly Operation[]): string[] {
  const found: string[] = [];
  for (let i = 0; i < DATES; i += 1) {
    const date = addDays(DATE, i);
    const bookings = history.filter(
      (operation) => operation.kind === 'book' && operation.date === date,
    );
    const winners = bookings.filter(({ response }) => response.status === 201);
    const [winner] = winners;
    if (winners.length > 1) found.push(`${date}: ${winners.length} bookings got 201`);
    if (winner === undefined) {
      if (bookings.length > 0) found.push(`${date}: none of ${bookings.length} bookings got 201`);
      continue;
    }
    const id = String(holderOf(winner.response));
    for (const { response } of bookings) {
      const named = holderOf(response);
      if (named !== id) found.push(`${date}: a ${response.status} names ${named} instead of ${id}`);
    }

    const lists = history
      .filter(({ kind }) => kind === 'list')
      .map((operation) => ({
        ...operation,
        shown: (operation.response.body as AppointmentBody[])
          .filter(({ start_time }) => start_time.startsWith(date))
          .map(({ appointment_id }) => appointment_id),
      }));
    const firstBegan = Math.min(...bookings.map(({ began }) => began));
    const firstSeen = Math.min(
      ...bookings.map(({ ended }) => ended),
      ...lists.filter(({ shown }) => shown.length > 0).map(({ ended }) => ended),
    );
    for (const { began, ended, shown } of lists) {
      if (shown.some((one) => one !== id) || shown.length > 1) {
        found.push(`${date}: a list shows ${shown.join(', ')} instead of ${id}`);
      }
      if (shown.length === 0 && began > firstSeen) found.push(`${date}: a list lacks ${id}`);
      if (shown.length === 1 && ended < firstBegan) {
        found.push(`${date}: a list shows ${id} before any booking began`);
      }
    }
  }
  return found;
}
