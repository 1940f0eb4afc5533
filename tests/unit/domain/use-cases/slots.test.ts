import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Id } from '../../../../src/domain/people.ts';
import type { PractitionerDoubleBooking } from '../../../../src/domain/ports.ts';
import { captureLog } from '../../../support/capture-log.ts';
import type { MemoryStore } from '../../../support/memory-store.ts';
import { requestFor, send, storeWith } from '../../../support/operations.ts';
import { ALEXEI } from '../../../support/people.ts';

captureLog();

const HALF_HOUR = 30 * 60_000;
const DAY = 48 * HALF_HOUR;

interface Range {
  readonly from: string;
  readonly to: string;
}

interface Schedule {
  readonly hours: Readonly<Record<string, readonly Range[] | undefined>> | null;
  readonly time_off: readonly Range[];
}

interface Slot {
  readonly start_time: string;
  readonly end_time: string;
  readonly status: string;
}

/** `YYYY-MM-DDThh:mm:ssZ` */
const instant = (milliseconds: number) =>
  new Date(milliseconds).toISOString().replace('.000Z', 'Z');
const dateOf = (milliseconds: number) => instant(milliseconds).slice(0, 10);
const timeOfDay = (halfHours: number) =>
  halfHours === 48 ? '24:00' : instant(halfHours * HALF_HOUR).slice(11, 16);

/** Some of the ranges between these points, in any order. They can touch. */
const rangesBetween = (points: readonly number[]) =>
  fc.shuffledSubarray(
    points
      .toSorted((a, b) => a - b)
      .flatMap((to, index, all) => all.slice(index - 1, index).map((from) => ({ from, to })))
      .map(({ from, to }) => ({ from: timeOfDay(from), to: timeOfDay(to) })),
  );
const dayRanges = fc
  .uniqueArray(fc.integer({ min: 0, max: 48 }), { maxLength: 8 })
  .chain(rangesBetween);
const hours = fc.option(
  fc.dictionary(fc.constantFrom('sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'), dayRanges),
  { nil: null, freq: 4 },
);

/** A range of one or two dates, with a schedule, times that are taken, and how the slots are asked for. */
const scenario = fc
  .record({
    // Every date from 1900-01-05 to 9999-12-20.
    firstDay: fc.integer({ min: -25_563, max: 2_932_884 }),
    days: fc.integer({ min: 0, max: 1 }),
    hours,
    timeOff: fc.array(
      fc.tuple(fc.integer({ min: -48, max: 96 }), fc.integer({ min: 1, max: 48 })),
      { maxLength: 4 },
    ),
    taken: fc.uniqueArray(fc.integer({ min: 0, max: 95 }), { maxLength: 20 }),
    limit: fc.integer({ min: 8, max: 60 }),
    afterSeconds: fc.integer({ min: -100, max: 2 * 86_400 }),
  })
  .map(({ firstDay, days, hours: ofWeek, timeOff, taken, limit, afterSeconds }) => {
    const first = firstDay * DAY;
    const at = (halfHours: number) => instant(first + halfHours * HALF_HOUR);
    return {
      range: { from: dateOf(first), to: dateOf(first + days * DAY) },
      starts: Array.from({ length: 48 * (days + 1) }, (_, index) => at(index)),
      schedule: {
        hours: ofWeek,
        time_off: timeOff.map(([start, length]) => ({ from: at(start), to: at(start + length) })),
      },
      taken: taken.map(at),
      limit,
      after: instant(first + afterSeconds * 1000),
    };
  });

/** Whether the practitioner works, by arithmetic on instants instead of comparisons of text. */
function works({ hours: ofWeek, time_off }: Schedule, start: string): boolean {
  const time = Date.parse(start);
  if (time_off.some(({ from, to }) => Date.parse(from) <= time && time < Date.parse(to))) {
    return false;
  }
  if (ofWeek === null) return true;
  const day = new Date(time).toLocaleDateString('en', { weekday: 'short', timeZone: 'UTC' });
  const minutes = (text: string) => 60 * Number(text.slice(0, 2)) + Number(text.slice(3, 5));
  const minute = minutes(start.slice(11));
  return (ofWeek[day.toLowerCase()] ?? []).some(
    ({ from, to }) => minutes(from) <= minute && minute < minutes(to),
  );
}

let patients = 0;

/** Books for a patient that has no other appointment. Returns the status and the type of the problem. */
async function bookFor(store: MemoryStore, start_time: string): Promise<string> {
  patients += 1;
  const patientId = `p${patients}` as Id;
  store.patients.set(patientId, { ...ALEXEI, patientId });
  const { status, body } = await send(
    requestFor('book', {
      pathParameters: { patient_id: patientId },
      body: { practitioner_id: 1, start_time },
    }),
    store,
  );
  return `${status} ${(body as { type?: string }).type ?? ''}`.trim();
}

async function slotsOf(store: MemoryStore, queryStringParameters: Record<string, string>) {
  const { status, headers, body } = await send(
    requestFor('slots', { queryStringParameters }),
    store,
  );
  expect(status).toBe(200);
  const link = /^<(.*)>; rel="next"$/.exec(String(headers?.['Link'] ?? ''))?.[1];
  const next = link === undefined ? undefined : new URL(link, 'https://api.example.com');
  return { slots: body as Slot[], next: next && Object.fromEntries(next.searchParams) };
}

const BOOKED_IF: Readonly<Record<string, string>> = {
  free: '201',
  busy: '409 urn:problem:practitioner-slot-taken',
  closed: '409 urn:problem:practitioner-unavailable',
};

describe.each<PractitionerDoubleBooking>(['allow', 'reject'])('slots, mode %s', (mode) => {
  it('says what can be booked, whole, in pages, and only what is free', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ range, starts, schedule, taken, limit: most, after }) => {
        const store = await storeWith([], mode);
        // Bookings that are older than the schedule, and can now be outside it.
        for (const start of taken) expect(await bookFor(store, start)).toBe('201');
        await send(requestFor('putSchedule', { body: schedule }), store);

        const { slots: all, next: none } = await slotsOf(store, range);
        expect(none).toBeUndefined();
        expect(all).toEqual(
          starts.map((start_time) => ({
            start_time,
            end_time: instant(Date.parse(start_time) + HALF_HOUR),
            status: !works(schedule, start_time)
              ? 'closed'
              : mode === 'reject' && taken.includes(start_time)
                ? 'busy'
                : 'free',
          })),
        );

        const limit = String(most);
        const free = all.filter(({ status }) => status === 'free');
        for (const [query, expected] of [
          [{ status: 'all' }, all],
          [{ status: 'free' }, free],
          [{ status: 'free', after }, free.filter(({ start_time }) => start_time > after)],
        ] as const) {
          const paged: Slot[] = [];
          let next: Record<string, string> | undefined = { ...range, ...query, limit };
          while (next) {
            const page = await slotsOf(store, next);
            // A page with a link is full, and a link leads to a page that is not empty.
            if (page.next || paged.length > 0) expect(page.slots).not.toHaveLength(0);
            if (page.next) expect(page.slots).toHaveLength(most);
            paged.push(...page.slots);
            next = page.next;
          }
          expect(paged).toEqual(expected);
        }

        for (const { start_time, status } of all) {
          expect(`${start_time} ${await bookFor(store, start_time)}`).toBe(
            `${start_time} ${BOOKED_IF[status]}`,
          );
        }
      }),
      { numRuns: 25 },
    );
  });
});
