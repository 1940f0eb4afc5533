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
  personEvent,
  practitionerEvent,
  putEvent,
  scheduleEvent,
} from './requests.ts';
import { seed } from './seed.ts';
import { type StoreMeter, startStoreMeter } from './store-meter.ts';

/** Prepares a request with requests that do not count. Returns its event. */
type Prepare = (send: Send) => object | Promise<object>;
type Send = (status: number, event: object) => Promise<Booked>;

/** Each bar becomes a figure. */
type Bars = readonly [calls: number, roundTrips: number, readUnits: number, writeUnits: number];
type Operation = readonly [status: number, request: Prepare, bars: Bars];
type Operations = Readonly<Record<string, Operation>>;

/** What each bar measures, and its column. */
const COLUMNS = [
  ['calls', 'calls'],
  ['roundTrips', 'sequential round trips'],
  ['readUnits', 'read units'],
  ['writeUnits', 'write units, with the index'],
] as const;

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
const getPatient: Prepare = () => personEvent('GET', 'patient', PATIENT);
const getPractitioner: Prepare = () => personEvent('GET', 'practitioner', 'usage');
const get: Prepare = () => getEvent(PATIENT, '1900-01-01');
const list: Prepare = () => listEvent(PATIENT, { limit: '20' });
const listAll: Prepare = () => listEvent(PATIENT, { limit: '20', status: 'all' });

const agenda: Prepare = () => practitionerEvent('usage', 'appointments', { limit: '20' });
const slots = (query: object) => () =>
  practitionerEvent('usage', 'slots', { from: '1900-01-01', ...query });
const slotsOfMonth: Prepare = slots({ to: '1900-01-31' });
const nextFree: Prepare = slots({ to: '1900-01-07', status: 'free', limit: '1' });

let people = 0;
const put: Prepare = () => putEvent('patient', `new-${++people}`);
const putNewPractitioner: Prepare = () => putEvent('practitioner', `new-${++people}`);
const rename: Prepare = () => putEvent('patient', PATIENT, `Isac ${++people}`);
const putAgain: Prepare = async (send) => {
  const event = putEvent('patient', `new-${++people}`);
  await send(201, event);
  return event;
};
const erase: Prepare = async (send) => {
  await send(201, putEvent('patient', `new-${++people}`));
  return personEvent('DELETE', 'patient', `new-${people}`);
};
const close: Prepare = async (send) => {
  await send(201, putEvent('practitioner', `new-${++people}`));
  return scheduleEvent(`new-${people}`, {});
};
const bookClosed: Prepare = async (send) => {
  await send(200, await close(send));
  return bookingEvent(PATIENT, newStart(), `new-${people}`);
};

const COMMANDS: Operations = {
  booking: [201, book, [2, 2, 2, 2]],
  'booking of a taken date': [409, bookTaken, [2, 2, 2, 1]],
  // The put that finds the cancelled appointment, one that keeps it, and one that replaces it.
  'booking of a freed date': [201, bookFreed, [5, 5, 3, 4]],
  'booking outside the hours': [409, bookClosed, [1, 1, 2, 0]],
  'invalid booking': [400, bookInvalid, [0, 0, 0, 0]],
  cancel: [200, cancel, [2, 2, 2, 2]],
  'repeated cancel': [200, cancelAgain, [1, 1, 2, 0]],
  // A transaction takes two write units of the table per item. A new start takes two of the index.
  'reschedule within a date': [201, moveWithinDate, [3, 3, 3, 6]],
  'reschedule to another date': [201, move, [3, 3, 3, 6]],
  'reschedule to a freed date': [201, moveToFreed, [5, 5, 3, 11]],
  attendance: [200, attend, [2, 2, 2, 2]],
  'repeated attendance': [200, attendAgain, [1, 1, 2, 0]],
  'put of a new patient': [201, put, [2, 2, 1, 1]],
  'put of other names': [200, rename, [2, 2, 1, 1]],
  'repeated put': [200, putAgain, [1, 1, 1, 0]],
  erase: [204, erase, [2, 2, 1, 1]],
  'put of a new practitioner': [201, putNewPractitioner, [2, 2, 1, 1]],
  'put of a schedule': [200, close, [2, 2, 1, 1]],
};

const COMMANDS_IF_REJECT: Operations = {
  booking: [201, book, [2, 2, 2, 5]],
  'booking of a freed time': [201, bookFreedTime, [3, 3, 2, 9]],
  cancel: [200, cancel, [2, 2, 2, 5]],
  reschedule: [201, move, [3, 3, 3, 10]],
};

const QUERIES: Operations = {
  'get of a patient': [200, getPatient, [1, 1, 1, 0]],
  'get of a practitioner': [200, getPractitioner, [1, 1, 1, 0]],
  get: [200, get, [1, 1, 2, 0]],
  // One read unit for the patient, and one per 4 KB of appointments.
  'list of 20': [200, list, [2, 1, 4, 0]],
  'list of 20 with `status=all`': [200, listAll, [2, 1, 4, 0]],
  // One read unit for the practitioner, and half of one per 4 KB of the index and per patient.
  'agenda of 20': [200, agenda, [3, 2, 13, 0]],
  'slots of 31 dates': [200, slotsOfMonth, [1, 1, 1, 0]],
};

// One read unit for the practitioner, and one per 4 KB of the 48 slots that are taken.
const QUERIES_IF_REJECT: Operations = {
  'slots of 31 dates': [200, slotsOfMonth, [2, 1, 3, 0]],
  'next free time of a week': [200, nextFree, [2, 1, 3, 0]],
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
        const [status, , bars] = operation;
        const usage = await usageOf(service, meter, operation);
        // The hand-written handlers must use DynamoDB as the service does.
        if (BASELINES.includes(name + mode)) {
          deepStrictEqual(await usageOf(byHand, meter, operation), usage, name);
        }
        for (const [i, [key, column]] of COLUMNS.entries()) {
          const figure = { name: `${name}${mode} (${status})`, column };
          figures.push({ ...figure, value: usage[key], unit: 'count', bar: bars[i] ?? 0 });
        }
      }
      await Promise.all([service.stop(), byHand.stop()]);
    }
    return figures;
  },
};

async function usageOf(running: FunctionProcess, meter: StoreMeter, operation: Operation) {
  const [status, request] = operation;
  const send: Send = async (...sent) => JSON.parse((await running.invoke(...sent)).body) as Booked;
  // The first calls of a process wait for their connections, which sets parallel calls apart.
  await running.invoke(status, await request(send));
  const measured = await request(send);
  meter.takeUsage();
  await running.invoke(status, measured);
  return meter.takeUsage();
}
