import { addDays, type UtcDate } from '../../src/domain/slot.ts';
import { uniform } from '../support/fault-proxy.ts';
import { type Answer, type AppointmentBody, book, list } from './api.ts';
import type { Property } from './property.ts';
import { inParallel, practitionersOf } from './world.ts';

const AT_ONCE = 200;
const DATE = '2021-01-07' as UtcDate;

/** The start of one of the 48 slots of a date. */
export function startOn(date: UtcDate, slot: number): string {
  return `${date}T${String(Math.floor(slot / 2)).padStart(2, '0')}:${slot % 2 === 0 ? '00' : '30'}:00Z`;
}

/** The appointment that an answer says holds the date: its own of a 201, the other's of a 409. */
export function holderOf({ status, body }: Answer): string | undefined {
  if (status === 201) return (body as AppointmentBody).appointment_id;
  const { type, conflict } = body as { type?: string; conflict?: AppointmentBody };
  const isTaken = status === 409 && type === 'urn:problem:patient-day-taken';
  return isTaken ? conflict?.appointment_id : undefined;
}

/** How many answers had each status: `201: 1, 409: 199`. */
export function statuses(answers: readonly Answer[]): string {
  const counts = Map.groupBy(answers, ({ status }) => status);
  return [...counts.entries()]
    .sort(([a], [b]) => a - b)
    .map(([status, { length }]) => `${status}: ${length}`)
    .join(', ');
}

export const ONE_OF_MANY_AT_ONCE: Property = {
  name: 'concurrent POSTs on one patient-day: exactly one 201, all others 409',
  size: 50,
  smallSize: 2,
  async check({ api, newPatients, seed }, size) {
    const violations: string[] = [];
    const all: Answer[] = [];
    for (const [race, patientId] of (await newPatients(size)).entries()) {
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, i) => {
          const chance = uniform(`${seed} race ${race} ${i}`);
          const start = startOn(DATE, Math.floor(chance * 48));
          return book(api, {
            patientId,
            practitionerId: practitionersOf(patientId)[i % 2 === 0 ? 0 : 1],
            start,
          });
        }),
      );
      all.push(...answers);
      const winners = answers.filter(({ status }) => status === 201);
      const [winner] = winners;
      const listed = await list(api, patientId);
      if (
        winner === undefined ||
        winners.length !== 1 ||
        answers.some((answer) => holderOf(answer) !== holderOf(winner)) ||
        JSON.stringify(listed.body) !== JSON.stringify([winner.body])
      ) {
        violations.push(
          `race ${race}: ${statuses(answers)}, listed ${JSON.stringify(listed.body)}`,
        );
      }
    }
    return { tried: size, violations, figure: `${AT_ONCE} at once; ${statuses(all)}` };
  },
};

const WRITERS = 40;

export const MANY_WRITERS_MANY_DAYS: Property = {
  name: 'many writers over many days: one appointment a day, every 201 is listed, every 409 names the one that won',
  size: 50,
  smallSize: 10,
  async check({ api, newPatients }, days) {
    const [patientId = ''] = await newPatients(1);
    const dates = Array.from({ length: days }, (_, i) => addDays(DATE, i));
    const answers = await inParallel(Array(WRITERS).keys(), WRITERS, async (writer) => {
      const own: { date: UtcDate; answer: Answer }[] = [];
      // Each writer starts elsewhere, so that they meet at every date in another order.
      for (const i of dates.keys()) {
        const date = dates[(i + writer) % days] ?? DATE;
        const start = startOn(date, writer);
        own.push({
          date,
          answer: await book(api, { patientId, practitionerId: patientId, start }),
        });
      }
      return own;
    });

    const listed = (await list(api, patientId)).body as AppointmentBody[];
    const byDate = new Map(listed.map((item) => [item.start_time.slice(0, 10), item]));
    const violations: string[] = [];
    if (listed.length !== days) violations.push(`${listed.length} are listed for ${days} days`);
    for (const { date, answer } of answers.flat()) {
      const holder = byDate.get(date)?.appointment_id;
      const named = holderOf(answer);
      if (holder === undefined || named !== holder) {
        violations.push(`${date}: ${answer.status} names ${named}, listed is ${holder}`);
      }
    }
    const all = answers.flat().map(({ answer }) => answer);
    if (all.filter(({ status }) => status === 201).length !== days) violations.push(statuses(all));
    return {
      tried: all.length,
      violations,
      figure: `${WRITERS} writers, ${days} days; ${statuses(all)}`,
    };
  },
};
