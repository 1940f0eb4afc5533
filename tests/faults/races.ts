import { addDays, type UtcDate } from '../../src/domain/slot.ts';
import { isWrite, uniform } from '../support/fault-proxy.ts';
import {
  type ApiResponse,
  type AppointmentBody,
  book,
  holderOf,
  list,
  outcomeOf,
  startOn,
  statuses,
} from './api.ts';
import type { FaultTest } from './fault-test.ts';
import { inParallel, practitionersOf } from './world.ts';

const RACERS = 200;
const DATE = '2021-01-07' as UtcDate;

export const RACE_FOR_A_DAY: FaultTest = {
  name: 'race-for-a-day',
  claim: `of ${RACERS} concurrent POSTs for one patient and date, one gets 201 and all others get 409`,
  unit: 'races',
  size: 20,
  smallSize: 1,
  async run({ api, newPatients, seed }, size, trials) {
    const all: ApiResponse[] = [];
    for (const [race, patientId] of (await newPatients(size)).entries()) {
      const responses = await Promise.all(
        Array.from({ length: RACERS }, async (_, i) =>
          book(api, {
            patientId,
            practitionerId: practitionersOf(patientId)[i % 2 === 0 ? 0 : 1],
            start: startOn(DATE, Math.floor(uniform(`${seed} race ${race} ${i}`) * 48)),
          }),
        ),
      );
      all.push(...responses);
      const winners = responses.filter(({ status }) => status === 201);
      const [winner] = winners;
      const listed = await list(api, patientId);
      const held =
        winner !== undefined &&
        winners.length === 1 &&
        responses.every((response) => holderOf(response) === holderOf(winner)) &&
        JSON.stringify(listed.body) === JSON.stringify([winner.body]);
      trials.count(
        held ? [] : [`Race ${race}: ${statuses(responses)}; listed: ${(listed.body as []).length}`],
      );
    }
    return statuses(all);
  },
};

const WRITERS = 40;

export const MANY_WRITERS: FaultTest = {
  name: 'many-writers',
  claim: `${WRITERS} writers book the same dates of one patient: each date has one appointment, every 201 is listed, and every 409 names the appointment that holds the date`,
  unit: 'POSTs',
  size: 2000,
  smallSize: 200,
  async run({ api, newPatients }, size, trials) {
    const [patientId = ''] = await newPatients(1);
    const dates = Array.from({ length: size / WRITERS }, (_, i) => addDays(DATE, i));
    const byWriter = await inParallel(Array(WRITERS).keys(), WRITERS, async (writer) => {
      const own: { date: UtcDate; response: ApiResponse }[] = [];
      // Each writer starts on a different date, so that they collide in a different order on each date.
      for (const i of dates.keys()) {
        const date = dates[(i + writer) % dates.length] ?? DATE;
        const start = startOn(date, writer);
        const response = await book(api, { patientId, practitionerId: patientId, start });
        own.push({ date, response });
      }
      return own;
    });

    const listed = (await list(api, patientId)).body as AppointmentBody[];
    const byDate = new Map(listed.map((item) => [item.start_time.slice(0, 10), item]));
    if (listed.length !== dates.length) {
      trials.violate(`${listed.length} appointments are listed for ${dates.length} dates`);
    }
    for (const { date, response } of byWriter.flat()) {
      const holder = byDate.get(date)?.appointment_id;
      const held = holder !== undefined && holderOf(response) === holder;
      trials.count(held ? [] : [`${date}: ${outcomeOf(response, holder)}`]);
    }
    const all = byWriter.flat().map(({ response }) => response);
    if (all.filter(({ status }) => status === 201).length !== dates.length) {
      trials.violate(`${statuses(all)} for ${dates.length} dates`);
    }
    return `${dates.length} dates; ${statuses(all)}`;
  },
};

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
