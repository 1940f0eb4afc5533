import { deepStrictEqual } from 'node:assert/strict';
import type { Benchmark, Figure } from './figure.ts';
import type { FunctionProcess } from './function-process.ts';
import {
  attendanceEvent,
  type Booked,
  bookingEvent,
  endEvent,
  getEvent,
  listEvent,
  newStart,
  practitionerEvent,
} from './requests.ts';
import { seed } from './seed.ts';
import { type StoreMeter, startStoreMeter } from './store-meter.ts';

/** Prepares a request with requests that do not count. Returns its event. */
type Prepare = (send: Send) => object | Promise<object>;
type Send = (status: number, event: object) => Promise<Booked>;

/** Each bar becomes a figure. */
type Bars = Partial<Record<keyof typeof NAMES, number>>;
type Operation = Readonly<Bars & { status: number; request: Prepare }>;
type Operations = Readonly<Record<string, Operation>>;

const NAMES = {
  calls: 'calls',
  roundTrips: 'sequential round trips',
  writeUnits: 'write units',
  readUnits: 'read units',
};

/** Has an appointment at 09:30 on each of the 30 dates from 1900-01-01 on. */
const PATIENT = 'usage';

/** Take all slots of the practitioner `usage` on 1900-01-01. */
const PATIENTS = Array.from({ length: 48 }, (_, index) => `usage-${index}`);

const booked = async (send: Send) => send(201, bookingEvent());
const cancelled = async (send: Send) => send(200, endEvent(await booked(send)));
const freedStart = async (send: Send) => (await cancelled(send)).start_time;

const book: Prepare = () => bookingEvent();
const bookTaken: Prepare = () => bookingEvent(PATIENT, '1900-01-01 09:30:00');
const bookInvalid: Prepare = () => bookingEvent(PATIENT, '1900-01-01 09:10:00');
const bookFreed: Prepare = async (send) => bookingEvent('1', await freedStart(send));
const bookFreedTime: Prepare = async (send) => bookingEvent(PATIENTS[0], await freedStart(send));
const cancel: Prepare = async (send) => endEvent(await booked(send));
const cancelAgain: Prepare = async (send) => endEvent(await cancelled(send));
const move: Prepare = async (send) => endEvent(await booked(send), newStart());
const moveToFreed: Prepare = async (send) => endEvent(await booked(send), await freedStart(send));
const moveWithinDate: Prepare = async (send) => {
  const appointment = await booked(send);
  return endEvent(appointment, appointment.start_time.replace('09:30', '10:00'));
};
const attend: Prepare = async (send) => attendanceEvent(await booked(send));
const attendAgain: Prepare = async (send) => {
  const event = attendanceEvent(await booked(send));
  await send(200, event);
  return event;
};
const get: Prepare = () => getEvent(PATIENT, '1900-01-01');
const list: Prepare = () => listEvent(PATIENT, { limit: '20' });
const listAll: Prepare = () => listEvent(PATIENT, { limit: '20', status: 'all' });

const agenda: Prepare = () => practitionerEvent('usage', 'appointments', { limit: '20' });
const slots = (query: object) => () =>
  practitionerEvent('usage', 'slots', { from: '1900-01-01', ...query });
const slotsOfMonth: Prepare = slots({ to: '1900-01-31' });
const nextFree: Prepare = slots({ to: '1900-01-07', status: 'free', limit: '1' });

const COMMANDS: Operations = {
  booking: { status: 201, request: book, calls: 2, roundTrips: 2, writeUnits: 2, readUnits: 2 },
  'booking of a taken date': { status: 409, request: bookTaken, calls: 2 },
  // The put that finds the cancelled appointment, one that keeps it, and one that replaces it.
  'booking of a freed date': { status: 201, request: bookFreed, calls: 5, writeUnits: 4 },
  'invalid booking': { status: 400, request: bookInvalid, calls: 0 },
  cancel: { status: 200, request: cancel, calls: 2, roundTrips: 2, writeUnits: 2, readUnits: 2 },
  'repeated cancel': { status: 200, request: cancelAgain, calls: 1, writeUnits: 0 },
  // A transaction takes two write units of the table per item. A new start takes two of the index.
  'reschedule within a date': { status: 201, request: moveWithinDate, calls: 3, writeUnits: 6 },
  'reschedule to another date': { status: 201, request: move, calls: 3, writeUnits: 6 },
  'reschedule to a freed date': { status: 201, request: moveToFreed, calls: 5, writeUnits: 11 },
  attendance: {
    status: 200,
    request: attend,
    calls: 2,
    roundTrips: 2,
    writeUnits: 2,
    readUnits: 2,
  },
  'repeated attendance': { status: 200, request: attendAgain, calls: 1, writeUnits: 0 },
};

const COMMANDS_IF_REJECT: Operations = {
  booking: { status: 201, request: book, calls: 2, writeUnits: 5 },
  'booking of a freed time': { status: 201, request: bookFreedTime, calls: 3, writeUnits: 9 },
  cancel: { status: 200, request: cancel, calls: 2, writeUnits: 5 },
  reschedule: { status: 201, request: move, calls: 3, writeUnits: 10 },
};

const QUERIES: Operations = {
  get: { status: 200, request: get, calls: 1, roundTrips: 1, readUnits: 2 },
  // One read unit for the patient, and one per 4 KB of appointments.
  'list of 20': { status: 200, request: list, calls: 2, roundTrips: 1, readUnits: 4 },
  'list of 20 with `status=all`': { status: 200, request: listAll, calls: 2, readUnits: 4 },
  // One read unit for the practitioner, and half of one per 4 KB of the index and per patient.
  'agenda of 20': { status: 200, request: agenda, calls: 3, roundTrips: 2, readUnits: 13 },
  'slots of 31 dates': { status: 200, request: slotsOfMonth, calls: 1, readUnits: 1 },
};

// One read unit for the practitioner, and one per 4 KB of the 48 slots that are taken.
const QUERIES_IF_REJECT: Operations = {
  'slots of 31 dates': {
    status: 200,
    request: slotsOfMonth,
    calls: 2,
    roundTrips: 1,
    readUnits: 3,
  },
  'next free time of a week': {
    status: 200,
    request: nextFree,
    calls: 2,
    roundTrips: 1,
    readUnits: 3,
  },
};

const GROUPS = [
  { handler: 'appointment-commands', doubleBooking: 'allow', operations: COMMANDS },
  { handler: 'appointment-commands', doubleBooking: 'reject', operations: COMMANDS_IF_REJECT },
  { handler: 'appointment-queries', doubleBooking: 'allow', operations: QUERIES },
  { handler: 'appointment-queries', doubleBooking: 'reject', operations: QUERIES_IF_REJECT },
] as const;

/** What the hand-written handlers implement too. */
const BASELINES = ['booking', 'cancel', 'list of 20', 'agenda of 20'];

export const STORE_USAGE: Benchmark = {
  name: 'dynamodb',
  seconds: 10,
  async measure({ start, store, tableName }) {
    await seed(tableName, [PATIENT], 30);
    await seed(tableName, PATIENTS, 1, 'usage');
    const meter = await startStoreMeter(store, 50);
    const figures: Figure[] = [];
    for (const { handler, doubleBooking, operations } of GROUPS) {
      const environment = {
        AWS_ENDPOINT_URL_DYNAMODB: meter.endpoint,
        PRACTITIONER_DOUBLE_BOOKING: doubleBooking,
      };
      const service = await start('service', handler, environment);
      const byHand = await start('byHand', handler, environment);
      const mode = doubleBooking === 'reject' ? ' with `practitionerDoubleBooking: reject`' : '';
      for (const [name, operation] of Object.entries(operations)) {
        const { status, request, ...bars } = operation;
        const usage = await usageOf(service, meter, operation);
        // The hand-written handlers must use DynamoDB as the service does.
        if (BASELINES.includes(name + mode)) {
          deepStrictEqual(await usageOf(byHand, meter, operation), usage, name);
        }
        for (const [key, bar] of Object.entries(bars) as [keyof typeof NAMES, number][]) {
          const figure = `${name}${mode} (${status}), DynamoDB ${NAMES[key]}`;
          const note = key === 'writeUnits' ? `${usage.indexWriteUnits} for the index` : '';
          figures.push({ name: figure, value: usage[key], unit: 'count', bar, note });
        }
      }
      await Promise.all([service.stop(), byHand.stop()]);
    }
    return figures;
  },
};

async function usageOf(running: FunctionProcess, meter: StoreMeter, operation: Operation) {
  const { status, request } = operation;
  const send: Send = async (...sent) => JSON.parse((await running.invoke(...sent)).body) as Booked;
  // The first calls of a process wait for their connections, which sets parallel calls apart.
  await running.invoke(status, await request(send));
  const measured = await request(send);
  meter.takeUsage();
  await running.invoke(status, measured);
  return meter.takeUsage();
}
