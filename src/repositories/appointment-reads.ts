import {
  type Appointment,
  type AppointmentId,
  type AppointmentReference,
  agendaPositionOf,
} from '../domain/appointment.ts';
import type { Id } from '../domain/people.ts';
import type { AppointmentReads, PractitionerDoubleBooking } from '../domain/ports.ts';
import { type Slot, slotDate, type UtcDate } from '../domain/slot.ts';
import { ONLY_BOOKED, ONLY_TAKEN, parseAppointment, parseSlotItem } from './appointment-items.ts';
import { patientDayKey, practitionerDateKey, replacedAppointmentKey } from './keys.ts';
import type { Reads } from './reads.ts';
import type { Item } from './store.ts';

/** Finds and lists the appointments of the table. */
export function createAppointmentReads(
  reads: Reads,
  doubleBooking: PractitionerDoubleBooking,
): AppointmentReads {
  async function findByDate(patientId: Id, date: UtcDate): Promise<Appointment | undefined> {
    const item = await reads.get(patientDayKey(patientId, date));
    return item && parseAppointment(item);
  }

  function queryReplaced(patientId: Id, date: UtcDate) {
    const { PK, SK } = patientDayKey(patientId, date);
    return reads.query({
      KeyConditionExpression: 'PK = :patient AND begins_with(SK, :day)',
      ExpressionAttributeValues: { ':patient': PK, ':day': `${SK}#` },
    });
  }

  /**
   * In descending order, two pages can share a date. If its appointment is replaced between them, the copy can be in
   * the range that the first page already covered. So this reads the replaced appointments again.
   */
  async function* withReplaced(patientId: Id, pages: AsyncIterable<readonly Item[]>) {
    let lastDate: UtcDate | undefined;
    for await (const items of pages) {
      if (lastDate && items.some(({ SK }) => SK === `DAY#${lastDate}`)) {
        yield* queryReplaced(patientId, lastDate);
      }
      yield items;
      const last = items.at(-1);
      if (last) lastDate = slotDate(parseAppointment(last).slot);
    }
  }

  return {
    findByDate,

    async find(patientId, { date, appointmentId }: AppointmentReference) {
      const holder = await findByDate(patientId, date);
      if (holder === undefined || holder.appointmentId === appointmentId) return holder;
      const item = await reads.get(replacedAppointmentKey(patientId, date, appointmentId));
      return item && parseAppointment(item);
    },

    async listReplaced(patientId, date) {
      const found: Appointment[] = [];
      for await (const items of queryReplaced(patientId, date)) {
        found.push(...items.map(parseAppointment));
      }
      return found;
    },

    async listByPatient({ patientId, from, to, status, order, after, limit }) {
      const { PK, SK: first } = patientDayKey(patientId, from);
      const { SK: last } = patientDayKey(patientId, to);
      const filter = status === 'booked' ? ONLY_BOOKED : undefined;
      const pages = reads.query({
        KeyConditionExpression: 'PK = :patient AND SK BETWEEN :first AND :last',
        ...filter,
        ExpressionAttributeValues: {
          ':patient': PK,
          ':first': first,
          // "~" sorts after the ids of the appointments of the last date that were replaced.
          ':last': `${last}#~`,
          ...filter?.ExpressionAttributeValues,
        },
        ScanIndexForward: order === 'asc',
        // One more than asked shows that more remain, and one of another date that a date is complete.
        Limit: limit + (after === undefined ? 2 : 3),
      });
      const read = order === 'desc' ? withReplaced(patientId, pages) : pages;
      const found: Appointment[] = [];
      for await (const date of byDate(read)) {
        const sorted = date.sort(byTimeOfBooking);
        if (order === 'desc') sorted.reverse();
        const position = sorted.findIndex(({ appointmentId }) => appointmentId === after);
        found.push(...sorted.slice(position + 1));
        if (found.length > limit) break;
      }
      return { items: found.slice(0, limit), more: found.length > limit };
    },

    async listByPractitioner({ practitionerId, from, to, order, after, limit }) {
      let [first, last] = [`${from}T`, `${to}T~`];
      if (after && order === 'asc' && after > first) first = after;
      if (after && order === 'desc' && after < last) last = after;
      // DynamoDB rejects a reversed range.
      if (first > last) return { items: [], more: false };
      const pages = reads.query({
        IndexName: 'by-practitioner',
        KeyConditionExpression:
          'practitioner_id = :practitioner AND agenda_key BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':practitioner': practitionerId,
          ':first': first,
          ':last': last,
        },
        ScanIndexForward: order === 'asc',
        // One more than asked shows that more remain. The range includes the position to continue after.
        Limit: limit + (after === undefined ? 1 : 2),
      });
      const found: Appointment[] = [];
      for await (const items of pages) {
        found.push(...items.map(parseAppointment).filter((one) => agendaPositionOf(one) !== after));
        if (found.length > limit) break;
      }
      return { items: found.slice(0, limit), more: found.length > limit };
    },

    async listBusySlots(practitionerId, from, to) {
      const busy = new Set<Slot>();
      if (doubleBooking === 'allow') return busy;
      const { PK, SK: first } = practitionerDateKey(practitionerId, from);
      const { SK: last } = practitionerDateKey(practitionerId, to);
      const pages = reads.query({
        KeyConditionExpression: 'PK = :practitioner AND SK BETWEEN :first AND :last',
        ...ONLY_TAKEN,
        ExpressionAttributeValues: {
          ':practitioner': PK,
          ':first': first,
          ':last': `${last}~`,
          ...ONLY_TAKEN.ExpressionAttributeValues,
        },
      });
      for await (const items of pages) for (const item of items) busy.add(parseSlotItem(item));
      return busy;
    },
  };
}

/** The appointments of each date, once another date has begun. Their items can be in any order. */
async function* byDate(pages: AsyncIterable<readonly Item[]>): AsyncGenerator<Appointment[]> {
  // An appointment that is being replaced can be there twice, with the same content.
  let found = new Map<AppointmentId, Appointment>();
  let date: UtcDate | undefined;
  for await (const items of pages) {
    for (const appointment of items.map(parseAppointment)) {
      if (date !== undefined && slotDate(appointment.slot) !== date) {
        yield [...found.values()];
        found = new Map();
      }
      date = slotDate(appointment.slot);
      found.set(appointment.appointmentId, appointment);
    }
  }
  yield [...found.values()];
}

/** By start time, then by the time of the request that booked it, and then by id. */
function byTimeOfBooking(a: Appointment, b: Appointment): number {
  const key = ({ slot, createdAt, appointmentId }: Appointment) =>
    [slot, createdAt, appointmentId].join(' ');
  return key(a) < key(b) ? -1 : 1;
}
