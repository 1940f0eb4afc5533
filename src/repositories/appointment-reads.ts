import type { Appointment, AppointmentId, AppointmentReference } from '../domain/appointment.ts';
import type { Id } from '../domain/people.ts';
import type {
  AgendaPosition,
  AppointmentReads,
  PractitionerDoubleBooking,
} from '../domain/ports.ts';
import { type Slot, slotDate, type UtcDate } from '../domain/slot.ts';
import { parseAppointment, parseSlotItem } from './appointment-items.ts';
import {
  getItem,
  type Item,
  patientDayKey,
  practitionerDateKey,
  query,
  replacedAppointmentKey,
  type Table,
} from './table.ts';

/** Finds and lists the appointments of the table. */
export function createAppointmentReads(
  table: Table,
  doubleBooking: PractitionerDoubleBooking,
): AppointmentReads {
  async function findByDate(patientId: Id, date: UtcDate): Promise<Appointment | undefined> {
    const item = await getItem(table, patientDayKey(patientId, date));
    return item && parseAppointment(item);
  }

  function queryReplaced(patientId: Id, date: UtcDate) {
    const { PK, SK } = patientDayKey(patientId, date);
    return query(table, {
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
      const item = await getItem(table, replacedAppointmentKey(patientId, date, appointmentId));
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
      const pages = query(table, {
        KeyConditionExpression: 'PK = :patient AND SK BETWEEN :first AND :last',
        // "~" sorts after the ids of the appointments of the last date that were replaced.
        ExpressionAttributeValues: { ':patient': PK, ':first': first, ':last': `${last}#~` },
        ScanIndexForward: order === 'asc',
        Limit: status === 'booked' ? limit : pageSize(limit, after),
        ...(status === 'booked' && WITHOUT_STATUS),
      });
      return firstOf(order === 'desc' ? withReplaced(patientId, pages) : pages, {
        limit,
        order,
        compare: byTimeOfBooking,
        // The items of a date are not in the order of their start times.
        ...(status === 'all' && { groupOf: ({ slot }) => slotDate(slot) }),
        rest: (sorted) =>
          sorted.slice(sorted.findIndex(({ appointmentId }) => appointmentId === after) + 1),
      });
    },

    async listByPractitioner({ practitionerId, from, to, order, after, limit }) {
      let [first, last] = [`${from}T00:00:00Z`, `${to}T23:30:00Z`];
      if (after && order === 'asc' && after.slot > first) first = after.slot;
      if (after && order === 'desc' && after.slot < last) last = after.slot;
      // DynamoDB rejects a reversed range.
      if (first > last) return [];
      const pages = query(table, {
        IndexName: 'by-practitioner',
        KeyConditionExpression:
          'practitioner_id = :practitioner AND start_time BETWEEN :first AND :last',
        ExpressionAttributeValues: {
          ':practitioner': practitionerId,
          ':first': first,
          ':last': last,
        },
        ScanIndexForward: order === 'asc',
        Limit: pageSize(limit, after),
        ...WITHOUT_STATUS,
      });
      return firstOf(pages, {
        limit,
        order,
        compare: byId,
        // Items with the same start time are in no particular order.
        groupOf: ({ slot }) => slot,
        rest: (sorted) =>
          after === undefined
            ? sorted
            : sorted.filter((one) =>
                order === 'asc' ? byId(one, after) > 0 : byId(one, after) < 0,
              ),
      });
    },

    async listBusySlots(practitionerId, date) {
      const busy = new Set<Slot>();
      if (doubleBooking === 'allow') return busy;
      const { PK, SK } = practitionerDateKey(practitionerId, date);
      const pages = query(table, {
        KeyConditionExpression: 'PK = :practitioner AND begins_with(SK, :date)',
        ExpressionAttributeValues: { ':practitioner': PK, ':date': SK },
        ...WITHOUT_STATUS,
      });
      for await (const items of pages) for (const item of items) busy.add(parseSlotItem(item));
      return busy;
    },
  };
}

/** Adds one item to see that the last group is complete, and one for the item to continue after. */
function pageSize(limit: number, after: unknown): number {
  return limit + (after === undefined ? 1 : 2);
}

interface Listing {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  readonly compare: (a: Appointment, b: Appointment) => number;
  /** Returns the appointments that follow the one to continue after. */
  readonly rest: (sorted: readonly Appointment[]) => readonly Appointment[];
  /** Items of a group can be in any order. A group is complete when another has begun. */
  readonly groupOf?: (appointment: Appointment) => string;
}

/** The first appointments of a list, each once. Reads no more pages than it needs. */
async function firstOf(
  pages: AsyncIterable<readonly Item[]>,
  { limit, order, compare, rest, groupOf }: Listing,
): Promise<readonly Appointment[]> {
  // An appointment that is being replaced can be there twice, with the same content.
  const found = new Map<AppointmentId, Appointment>();
  let listed: readonly Appointment[] = [];
  let last: Appointment | undefined;
  for await (const items of pages) {
    const read = items.map(parseAppointment);
    for (const appointment of read) found.set(appointment.appointmentId, appointment);
    const all = [...found.values()].sort(compare);
    listed = rest(order === 'asc' ? all : all.reverse());
    last = read.at(-1) ?? last;
    const open = last && groupOf?.(last);
    const complete = groupOf ? listed.filter((one) => groupOf(one) !== open) : listed;
    if (complete.length >= limit) return complete.slice(0, limit);
  }
  return listed.slice(0, limit);
}

/** Booked appointments, and slots that are not free, have no status. */
const WITHOUT_STATUS = {
  FilterExpression: 'attribute_not_exists(#status)',
  ExpressionAttributeNames: { '#status': 'status' },
};

/** By start time, then by the time of the request that booked it, and then by id. */
function byTimeOfBooking(a: Appointment, b: Appointment): number {
  const key = ({ slot, createdAt, appointmentId }: Appointment) =>
    [slot, createdAt, appointmentId].join(' ');
  return key(a) < key(b) ? -1 : 1;
}

/** By start time, and then by id. */
function byId(a: AgendaPosition, b: AgendaPosition): number {
  const [first, second] = [`${a.slot} ${a.appointmentId}`, `${b.slot} ${b.appointmentId}`];
  return first === second ? 0 : first < second ? -1 : 1;
}
