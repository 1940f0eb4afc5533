import { setTimeout as sleep } from 'node:timers/promises';
import { addDays, type UtcDate } from '../../src/domain/slot.ts';
import { isBooking, uniform } from '../support/fault-proxy.ts';
import { type Answer, type AppointmentBody, book, list } from './api.ts';
import type { Property } from './property.ts';
import { holderOf, startOn } from './races.ts';
import { inParallel, type World } from './world.ts';

const DATE = '2021-01-07' as UtcDate;

export const READ_YOUR_WRITE: Property = {
  name: 'GET right after a 201 shows the booking',
  size: 1000,
  smallSize: 50,
  async check({ api, proxy, newPatients }, size) {
    const violations: string[] = [];
    let eventual = 0;
    // A store of one machine shows no stale reads: that reads are consistent is seen on the command sent.
    proxy.choose(({ operation, body }) => {
      if (!isBooking({ operation }) && body['ConsistentRead'] !== true) eventual += 1;
      return undefined;
    });
    await inParallel(await newPatients(size), 20, async (patientId, i) => {
      const booked = await book(api, {
        patientId,
        practitionerId: patientId,
        start: startOn(DATE, i % 48),
      });
      const listed = await list(api, patientId);
      if (booked.status !== 201 || JSON.stringify(listed.body) !== JSON.stringify([booked.body])) {
        violations.push(
          `booked ${JSON.stringify(booked.body)}, listed ${JSON.stringify(listed.body)}`,
        );
      }
    });
    proxy.choose(() => undefined);
    if (eventual > 0) violations.push(`${eventual} reads were sent without ConsistentRead`);
    return { tried: size, violations, figure: `${eventual} reads were not consistent` };
  },
};

interface Operation {
  readonly kind: 'book' | 'list';
  readonly date: UtcDate;
  readonly began: number;
  readonly ended: number;
  readonly answer: Answer;
}

const CLIENTS = 4;
const OPERATIONS = 8;
const DATES = 3;

export const HISTORIES: Property = {
  name: 'random histories of bookings and lists by several clients agree with a model: each patient-day is written once',
  size: 200,
  smallSize: 10,
  async check(world, size) {
    const violations: string[] = [];
    const patients = await world.newPatients(size);
    let operations = 0;
    await inParallel(patients, 5, async (patientId, i) => {
      const history = await makeHistory(world, patientId, i);
      operations += history.length;
      violations.push(...contradictions(history).map((reason) => `history ${i}: ${reason}`));
    });
    return {
      tried: size,
      violations,
      figure: `${operations} operations of ${CLIENTS} clients each`,
    };
  },
};

/** Several clients book and list by chance, on a few dates, with pauses so that they meet in many ways. */
async function makeHistory(
  { api, seed }: World,
  patientId: string,
  number: number,
): Promise<Operation[]> {
  const clients = await inParallel(Array(CLIENTS).keys(), CLIENTS, async (client) => {
    const own: Operation[] = [];
    for (let step = 0; step < OPERATIONS; step += 1) {
      const chance = (what: string) => uniform(`${seed} ${number} ${client} ${step} ${what}`);
      await sleep(chance('pause') * 10);
      const date = addDays(DATE, Math.floor(chance('date') * DATES));
      const kind = chance('kind') < 0.6 ? 'book' : 'list';
      const began = performance.now();
      const answer =
        kind === 'list'
          ? await list(api, patientId)
          : await book(api, { patientId, practitionerId: patientId, start: startOn(date, client) });
      own.push({ kind, date, began, ended: performance.now(), answer });
    }
    return own;
  });
  return clients.flat();
}

/**
 * Where a history does not fit the model: each patient-day is a register that is written once, by one
 * of its bookings; whatever began after it was known to be written sees what was written.
 */
function contradictions(history: readonly Operation[]): string[] {
  const found: string[] = [];
  for (let i = 0; i < DATES; i += 1) {
    const date = addDays(DATE, i);
    const bookings = history.filter(
      (operation) => operation.kind === 'book' && operation.date === date,
    );
    const winners = bookings.filter(({ answer }) => answer.status === 201);
    const [winner] = winners;
    if (winners.length > 1) found.push(`${date} was booked ${winners.length} times`);
    if (winner === undefined) {
      if (bookings.length > 0) found.push(`${date} was booked by none of ${bookings.length}`);
      continue;
    }
    const id = String(holderOf(winner.answer));
    for (const { answer } of bookings) {
      if (holderOf(answer) !== id) {
        found.push(`${date}: a ${answer.status} names ${String(holderOf(answer))} and not ${id}`);
      }
    }

    const lists = history
      .filter(({ kind }) => kind === 'list')
      .map((operation) => ({
        ...operation,
        shown: (operation.answer.body as AppointmentBody[])
          .filter(({ start_time }) => start_time.startsWith(date))
          .map(({ appointment_id }) => appointment_id),
      }));
    const knownFrom = Math.min(
      ...bookings.map(({ ended }) => ended),
      ...lists.filter(({ shown }) => shown.length > 0).map(({ ended }) => ended),
    );
    for (const { began, ended, shown } of lists) {
      if (shown.length > 1 || (shown.length === 1 && shown[0] !== id)) {
        found.push(`${date}: a list shows ${shown.join(', ')} and not ${id}`);
      }
      if (shown.length === 0 && began > knownFrom) found.push(`${date}: a list misses ${id}`);
      if (shown.length === 1 && ended < Math.min(...bookings.map(({ began: start }) => start))) {
        found.push(`${date}: a list shows ${id} before any booking began`);
      }
    }
  }
  return found;
}
