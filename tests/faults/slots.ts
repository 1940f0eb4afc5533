import type { Id } from '../../src/domain/people.ts';
import { addDays, type UtcDate } from '../../src/domain/slot.ts';
import { seededFaults, uniform } from '../support/fault-proxy.ts';
import {
  type ApiResponse,
  type AppointmentBody,
  type BookingRequest,
  book,
  holderOf,
  list,
  outcomeOf,
  startOn,
  statuses,
} from './api.ts';
import type { FaultTest, Trials } from './fault-test.ts';
import { RATES } from './faults.ts';
import { inParallel, type World } from './world.ts';

const DATE = '2021-01-07' as UtcDate;
const RACERS = 200;

/** Whether a response says that the practitioner is taken and reveals nothing about the other patient. */
function isSlotTaken({ status, body }: ApiResponse): boolean {
  const { type, ...members } = body as Record<string, unknown>;
  return (
    status === 409 &&
    type === 'urn:problem:practitioner-slot-taken' &&
    Object.keys(members).sort().join(' ') === 'detail request_id status title'
  );
}

async function listAll({ api }: World, patients: readonly Id[]): Promise<AppointmentBody[]> {
  const lists = await inParallel(patients, 20, async (patientId) => list(api, patientId));
  return lists.flatMap(({ body }) => body as AppointmentBody[]);
}

export const RACE_FOR_A_SLOT: FaultTest = {
  name: 'race-for-a-slot',
  claim: `of ${RACERS} concurrent POSTs by different patients for one practitioner and time, one gets 201 and all others get a 409 that reveals no patient`,
  unit: 'races',
  size: 20,
  smallSize: 1,
  async run(world, size, trials) {
    const { api, newPatients } = world;
    const all: ApiResponse[] = [];
    const patients = await newPatients(RACERS);
    const [practitionerId = ''] = patients;
    for (let race = 0; race < size; race += 1) {
      const start = startOn(addDays(DATE, race), race % 48);
      const responses = await Promise.all(
        patients.map(async (patientId) => book(api, { patientId, practitionerId, start })),
      );
      all.push(...responses);
      const losers = responses.filter(({ status }) => status !== 201);
      const held = losers.length === RACERS - 1 && losers.every(isSlotTaken);
      trials.count(held ? [] : [`Race ${race}: ${statuses(responses)}`]);
    }
    const booked = all.filter(({ status }) => status === 201).map(holderOf);
    const listed = (await listAll(world, patients)).map(({ appointment_id }) => appointment_id);
    if (JSON.stringify(listed.sort()) !== JSON.stringify(booked.sort())) {
      trials.violate(`${booked.length} POSTs got 201, but ${listed.length} are listed`);
    }
    return statuses(all);
  },
};

const PATIENTS = 12;
const PRACTITIONERS = 3;
const DAYS = 2;
const SLOTS = 3;
const REQUESTS = 60;

interface Attempt extends BookingRequest {
  readonly began: number;
  readonly ended: number;
  readonly response: ApiResponse;
}

const dayOf = ({ patientId, start }: BookingRequest) => `${patientId} ${start.slice(0, 10)}`;
const slotOf = ({ practitionerId, start }: BookingRequest) => `${practitionerId} ${start}`;

/** Requests for few patients, practitioners, dates and times, drawn at random, several at a time. */
async function makeRound({ api, newPatients, seed }: World, round: number) {
  const patients = await newPatients(PATIENTS);
  const attempts = await inParallel(Array(REQUESTS).keys(), 20, async (i): Promise<Attempt> => {
    const draw = (what: string, count: number) =>
      Math.floor(uniform(`${seed} ${round} ${i} ${what}`) * count);
    const request = {
      patientId: patients[draw('patient', PATIENTS)] ?? '',
      practitionerId: patients[draw('practitioner', PRACTITIONERS)] ?? '',
      start: startOn(addDays(DATE, draw('day', DAYS)), draw('slot', SLOTS)),
    };
    const began = performance.now();
    const response = await book(api, request);
    return { ...request, began, ended: performance.now(), response };
  });
  return { patients, attempts };
}

/**
 * How the responses differ from the model: each patient-day and each practitioner-slot is a register that
 * is written once, and one booking writes both or neither. A 409 names what was written, the day before
 * the slot.
 */
function contradictions(
  attempts: readonly Attempt[],
  listed: readonly AppointmentBody[],
): string[] {
  const found: string[] = [];
  const stored = listed.map((item) => ({
    id: item.appointment_id,
    patientId: item.patient_id,
    practitionerId: item.practitioner_id,
    start: item.start_time,
  }));
  const byDay = new Map(stored.map((item) => [dayOf(item), item]));
  const bySlot = new Map(stored.map((item) => [slotOf(item), item]));
  if (byDay.size !== stored.length) found.push('a day is booked twice');
  if (bySlot.size !== stored.length) found.push('a slot is booked twice');

  for (const attempt of attempts) {
    const { response, patientId, began } = attempt;
    const named = holderOf(response);
    const holder = byDay.get(dayOf(attempt));
    if (named !== undefined) {
      if (named !== holder?.id) {
        found.push(outcomeOf(response, holder?.id));
      } else if (response.status === 201 && slotOf(attempt) !== slotOf(holder)) {
        found.push('a 201 shows another slot');
      }
    } else if (isSlotTaken(response)) {
      const other = bySlot.get(slotOf(attempt));
      if (other === undefined || other.patientId === patientId) {
        found.push('a 409 says that the practitioner is taken, but no other patient has the slot');
      }
      const isDayKnown = attempts.some(
        (one) =>
          one.ended < began &&
          dayOf(one) === dayOf(attempt) &&
          holderOf(one.response) !== undefined,
      );
      if (isDayKnown) found.push('a 409 blames the slot, but the day was taken before');
    } else if (response.status !== 503) {
      found.push(`${response.status} ${JSON.stringify(response.body)}`);
    }
  }
  return found;
}

async function run(world: World, size: number, trials: Trials, withFaults: boolean) {
  const all: ApiResponse[] = [];
  for (let round = 0; round < size; round += 1) {
    if (withFaults) world.proxy.choose(seededFaults(world.seed + round, RATES));
    const { patients, attempts } = await makeRound(world, round);
    world.proxy.choose(() => undefined);
    const responses = attempts.map(({ response }) => response);
    all.push(...responses);
    const found = contradictions(attempts, await listAll(world, patients));
    if (!withFaults && responses.some(({ status }) => status === 503)) {
      found.push('a 503 without a fault');
    }
    trials.count(found.map((reason) => `Round ${round}: ${reason}`));
  }
  return `${statuses(all)}; ${all.filter(isSlotTaken).length} of the 409s for the slot`;
}

export const DAYS_AND_SLOTS: FaultTest = {
  name: 'days-and-slots',
  claim:
    'random races for days and slots agree with a model in which each patient-day and each practitioner-slot is written once',
  unit: 'rounds',
  size: 100,
  smallSize: 4,
  run: async (world, size, trials) => run(world, size, trials, false),
};

export const DAYS_AND_SLOTS_WITH_FAULTS: FaultTest = {
  name: 'days-and-slots-with-faults',
  claim:
    'the same holds with faults at random points: no slot is taken without an appointment, and no 409 is false',
  unit: 'rounds',
  size: 50,
  smallSize: 2,
  run: async (world, size, trials) => run(world, size, trials, true),
};
