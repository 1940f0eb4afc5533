import type { Id } from '../../src/domain/people.ts';
import { addDays, type UtcDate } from '../../src/domain/slot.ts';
import { seededFaults, uniform } from '../support/fault-proxy.ts';
import { type Answer, type AppointmentBody, type BookingRequest, book, list } from './api.ts';
import { RATES } from './faults.ts';
import type { Property } from './property.ts';
import { holderOf, startOn, statuses } from './races.ts';
import { inParallel, type World } from './world.ts';

const DATE = '2021-01-07' as UtcDate;
const AT_ONCE = 200;

/** Whether an answer says that the practitioner is taken, and nothing else: no patient, no appointment. */
function isSlotTaken({ status, body }: Answer): boolean {
  const { type, ...members } = body as Record<string, unknown>;
  const names = Object.keys(members).sort().join(' ');
  return (
    status === 409 &&
    type === 'urn:problem:practitioner-slot-taken' &&
    names === 'detail request_id status title'
  );
}

async function listAll({ api }: World, patients: readonly Id[]): Promise<AppointmentBody[]> {
  const lists = await inParallel(patients, 20, async (patientId) => list(api, patientId));
  return lists.flatMap(({ body }) => body as AppointmentBody[]);
}

export const ONE_PATIENT_A_SLOT: Property = {
  name: 'concurrent POSTs of as many patients for one practitioner and time: exactly one 201, all others 409',
  size: 50,
  smallSize: 2,
  async check(world, size) {
    const { api, newPatients } = world;
    const violations: string[] = [];
    const all: Answer[] = [];
    const patients = await newPatients(AT_ONCE);
    const [practitionerId = ''] = patients;
    const winners: string[] = [];
    for (let race = 0; race < size; race += 1) {
      const start = startOn(addDays(DATE, race), race % 48);
      const answers = await Promise.all(
        patients.map(async (patientId) => book(api, { patientId, practitionerId, start })),
      );
      all.push(...answers);
      const won = answers.filter(({ status }) => status === 201);
      winners.push(...won.map((answer) => holderOf(answer) ?? ''));
      const others = answers.filter(({ status }) => status !== 201);
      if (won.length !== 1 || !others.every(isSlotTaken)) {
        violations.push(`race ${race}: ${statuses(answers)}`);
      }
    }
    const listed = (await listAll(world, patients)).map(({ appointment_id }) => appointment_id);
    if (JSON.stringify(listed.sort()) !== JSON.stringify(winners.sort())) {
      violations.push(`${winners.length} were answered 201, ${listed.length} are listed`);
    }
    return { tried: size, violations, figure: `${AT_ONCE} at once; ${statuses(all)}` };
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
  readonly answer: Answer;
}

const dayOf = ({ patientId, start }: BookingRequest) => `${patientId} ${start.slice(0, 10)}`;
const slotOf = ({ practitionerId, start }: BookingRequest) => `${practitionerId} ${start}`;

/** Patients, practitioners, days and times meet by chance, several requests at a time. */
async function meet(world: World, round: number): Promise<[Attempt[], AppointmentBody[]]> {
  const { api, newPatients, seed } = world;
  const patients = await newPatients(PATIENTS);
  const attempts = await inParallel(Array(REQUESTS).keys(), 20, async (i) => {
    const draw = (what: string, count: number) =>
      Math.floor(uniform(`${seed} ${round} ${i} ${what}`) * count);
    const request = {
      patientId: patients[draw('patient', PATIENTS)] ?? '',
      practitionerId: patients[draw('practitioner', PRACTITIONERS)] ?? '',
      start: startOn(addDays(DATE, draw('day', DAYS)), draw('slot', SLOTS)),
    };
    const began = performance.now();
    const answer = await book(api, request);
    return { ...request, began, ended: performance.now(), answer };
  });
  world.proxy.choose(() => undefined);
  return [attempts, await listAll(world, patients)];
}

/**
 * Where the answers do not fit the model: each patient-day and each practitioner-slot is a register that
 * is written once, both by one booking or none; a refusal names what was written, the day before the slot.
 */
function contradictions(
  attempts: readonly Attempt[],
  listed: readonly AppointmentBody[],
): string[] {
  const found: string[] = [];
  const stored = listed.map(({ appointment_id, patient_id, practitioner_id, start_time }) => ({
    id: appointment_id,
    patientId: patient_id,
    practitionerId: practitioner_id,
    start: start_time,
  }));
  for (const [what, keyOf] of [
    ['day', dayOf],
    ['slot', slotOf],
  ] as const) {
    const taken = stored.map(keyOf);
    if (new Set(taken).size !== taken.length) found.push(`a ${what} is booked twice`);
  }
  const byDay = new Map(stored.map((item) => [dayOf(item), item]));
  const bySlot = new Map(stored.map((item) => [slotOf(item), item]));
  const tookDay = (attempt: Attempt) => holderOf(attempt.answer) !== undefined;
  for (const attempt of attempts) {
    const { answer, patientId, began } = attempt;
    const { status } = answer;
    const named = holderOf(answer);
    const holder = byDay.get(dayOf(attempt));
    if (named !== undefined) {
      if (named !== holder?.id) found.push(`a ${status} names ${named}, listed is ${holder?.id}`);
      if (status === 201 && slotOf(attempt) !== (holder && slotOf(holder))) {
        found.push('a 201 shows another slot');
      }
    } else if (isSlotTaken(answer)) {
      const other = bySlot.get(slotOf(attempt));
      if (other === undefined || other.patientId === patientId) {
        found.push(`a practitioner is said to be taken at ${attempt.start}, and is not by another`);
      }
      const known = attempts.filter((one) => tookDay(one) && dayOf(one) === dayOf(attempt));
      if (known.some(({ ended }) => ended < began)) {
        found.push('a practitioner is said to be taken where the day was taken before');
      }
    } else if (status !== 503) {
      found.push(`${status} ${JSON.stringify(answer.body)}`);
    }
  }
  return found;
}

async function check(world: World, size: number, withFaults: boolean) {
  const violations: string[] = [];
  const answers: Answer[] = [];
  for (let round = 0; round < size; round += 1) {
    const drawn = seededFaults(world.seed + round, RATES);
    if (withFaults) world.proxy.choose(drawn);
    const [attempts, listed] = await meet(world, round);
    answers.push(...attempts.map(({ answer }) => answer));
    violations.push(...contradictions(attempts, listed).map((line) => `round ${round}: ${line}`));
    if (!withFaults && attempts.some(({ answer }) => answer.status === 503)) {
      violations.push(`round ${round}: a 503 without a fault`);
    }
  }
  const slots = answers.filter(isSlotTaken).length;
  return { tried: size, violations, figure: `${statuses(answers)}, ${slots} of them for the slot` };
}

export const DAYS_AND_SLOTS: Property = {
  name: 'random races on days and slots agree with a model: each patient-day and each practitioner-slot is written once',
  size: 100,
  smallSize: 8,
  async check(world, size) {
    return check(world, size, false);
  },
};

export const DAYS_AND_SLOTS_WITH_FAULTS: Property = {
  name: 'the same with faults at random points: no slot is taken without an appointment, no 409 is false',
  size: 50,
  smallSize: 3,
  async check(world, size) {
    return check(world, size, true);
  },
};
