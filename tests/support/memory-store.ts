import { isDeepStrictEqual } from 'node:util';
import {
  type Appointment,
  type AppointmentId,
  type AppointmentReference,
  agendaPositionOf,
  type EndedAppointment,
  hasEnded,
} from '../../src/domain/appointment.ts';
import type { Id, Patient, ScheduledPractitioner } from '../../src/domain/people.ts';
import type {
  AgendaRange,
  DateRange,
  Page,
  PractitionerDoubleBooking,
  Repositories,
} from '../../src/domain/ports.ts';
import { ALWAYS_OPEN } from '../../src/domain/schedule.ts';
import { slotDate, type UtcDate } from '../../src/domain/slot.ts';

/** What a store holds. */
interface MemoryData {
  readonly patients: Map<Id, Patient | 'erased'>;
  readonly practitioners: Map<Id, ScheduledPractitioner>;
  /** The appointment that has each date of each patient. */
  readonly days: Map<string, Appointment>;
  /** The ended appointments whose date was booked again, by id. */
  readonly replaced: Map<AppointmentId, EndedAppointment>;
  /** The appointment that took each slot last, and whether it still has it. */
  readonly slots: Map<string, { readonly by: Appointment; readonly isTaken: boolean }>;
}

/** A store in memory behind the ports. Every call completes at once, so two calls never interleave. */
export interface MemoryStore extends Repositories, MemoryData {}

const NOTHING = (): MemoryData => ({
  patients: new Map(),
  practitioners: new Map(),
  days: new Map(),
  replaced: new Map(),
  slots: new Map(),
});

/** @param data what it holds, for example with the other mode of double booking */
export function createMemoryStore(
  doubleBooking: PractitionerDoubleBooking,
  { patients, practitioners, days, replaced, slots }: MemoryData = NOTHING(),
): MemoryStore {
  const hasSlots = doubleBooking === 'reject';

  const find = (patientId: Id, { date, appointmentId }: AppointmentReference) =>
    [days.get(dayOf(patientId, date)), replaced.get(appointmentId)].find(
      (one) =>
        one?.appointmentId === appointmentId &&
        one.patientId === patientId &&
        slotDate(one.slot) === date,
    );
  /** The appointment as it is now, which may have changed since it was read. */
  const latest = ({ patientId, slot, appointmentId }: Appointment): Appointment => {
    const found = find(patientId, { date: slotDate(slot), appointmentId });
    if (found === undefined) throw new Error('the appointment is gone');
    return found;
  };
  /** The other appointment that has the date, unless it is one of those that can be replaced. */
  const holderOf = (appointment: Appointment, ...others: (Appointment | undefined)[]) => {
    const holder = days.get(dayOfAppointment(appointment));
    return others.some((other) => other?.appointmentId === holder?.appointmentId)
      ? undefined
      : holder;
  };
  const isSlotTaken = (by: Appointment) => hasSlots && slots.get(slotOf(by))?.isTaken === true;
  const takeSlot = (by: Appointment) => {
    if (hasSlots) slots.set(slotOf(by), { by, isTaken: true });
  };
  const freeSlot = (by: Appointment) => {
    const isOwn = slots.get(slotOf(by))?.by.appointmentId === by.appointmentId;
    if (hasSlots && isOwn) slots.set(slotOf(by), { by, isTaken: false });
  };
  // An appointment that is about to be replaced is in both.
  const all = () =>
    [
      ...new Map([...replaced.values(), ...days.values()].map((one) => [one.appointmentId, one])),
    ].map(([, one]) => one);

  return {
    patients,
    practitioners,
    days,
    replaced,
    slots,

    people: {
      findPatient: async (id) => Promise.resolve(patients.get(id)),
      findPractitioner: async (id) => Promise.resolve(practitioners.get(id)),
      findPatients: async (ids) =>
        Promise.resolve(
          new Map(
            [...patients.values()]
              .filter((patient) => patient !== 'erased')
              .filter(({ patientId }) => ids.includes(patientId))
              .map((patient) => [patient.patientId, patient]),
          ),
        ),

      async putPatient(patient) {
        const found = patients.get(patient.patientId);
        if (found === 'erased') return Promise.resolve({ kind: 'patient-erased' });
        patients.set(patient.patientId, patient);
        return { kind: kindOf(found, patient) };
      },

      async erasePatient(patientId) {
        if (!patients.has(patientId)) return Promise.resolve({ kind: 'patient-not-found' });
        patients.set(patientId, 'erased');
        return { kind: 'erased' };
      },

      async putPractitioner(practitioner) {
        const found = practitioners.get(practitioner.practitionerId);
        const after = { ...practitioner, schedule: found?.schedule ?? ALWAYS_OPEN };
        practitioners.set(practitioner.practitionerId, after);
        return Promise.resolve({ kind: kindOf(found, after), practitioner: after });
      },

      async putSchedule(practitionerId, schedule) {
        const found = practitioners.get(practitionerId);
        if (found === undefined) return Promise.resolve({ kind: 'practitioner-not-found' });
        const practitioner = { ...found, schedule };
        practitioners.set(practitionerId, practitioner);
        const kind = isDeepStrictEqual(found, practitioner) ? 'unchanged' : 'replaced';
        return { kind, practitioner };
      },
    },

    appointments: {
      find: async (patientId, reference) => Promise.resolve(find(patientId, reference)),
      findByDate: async (patientId, date) => Promise.resolve(days.get(dayOf(patientId, date))),
      listReplaced: async (patientId, date) =>
        Promise.resolve(
          [...replaced.values()].filter((one) => dayOfAppointment(one) === dayOf(patientId, date)),
        ),
      listByPatient: async (range) => Promise.resolve(pageOfPatient(all(), range)),
      listByPractitioner: async (range) => Promise.resolve(pageOfPractitioner(all(), range)),
      listBusySlots: async (practitionerId, from, to) =>
        Promise.resolve(
          new Set(
            [...slots.values()]
              .filter(({ isTaken }) => hasSlots && isTaken)
              .map(({ by }) => by)
              .filter(({ practitioner }) => practitioner.practitionerId === practitionerId)
              .map(({ slot }) => slot)
              .filter((slot) => slotDate(slot) >= from && slotDate(slot) <= to),
          ),
        ),

      async create(appointment, toReplace) {
        if (toReplace) replaced.set(toReplace.appointmentId, toReplace);
        const holder = holderOf(appointment, toReplace);
        if (holder?.appointmentId === appointment.appointmentId && !hasEnded(holder)) {
          return Promise.resolve({ kind: 'booked' });
        }
        if (holder) return { kind: 'patient-day-taken', holder, isRetried: false };
        if (isSlotTaken(appointment)) return { kind: 'practitioner-slot-taken' };
        days.set(dayOfAppointment(appointment), appointment);
        takeSlot(appointment);
        return { kind: 'booked' };
      },

      async cancel(appointment, ending) {
        const found = latest(appointment);
        if (hasEnded(found)) return Promise.resolve(found);
        const cancelled = { ...found, ending };
        days.set(dayOfAppointment(appointment), cancelled);
        freeSlot(appointment);
        return cancelled;
      },

      async recordAttendance(appointment, attendance) {
        const found = latest(appointment);
        const version = versionOf(found);
        const recorded = { ...appointment, attendance };
        if (version !== attendance.recordedBy.requestId) {
          const hasChanged = hasEnded(found) || version !== versionOf(appointment);
          if (hasChanged) return Promise.resolve(found);
          days.set(dayOfAppointment(found), recorded);
        }
        return recorded;
      },

      async reschedule(old, appointment, toReplace) {
        if (toReplace) replaced.set(toReplace.appointmentId, toReplace);
        const { appointmentId, slot, createdAt, bookedBy } = appointment;
        const found = latest(old);
        if (hasEnded(found)) {
          const { ending } = found;
          return Promise.resolve(
            ending.status === 'rescheduled' && ending.rescheduledTo.appointmentId === appointmentId
              ? { kind: 'rescheduled' }
              : { kind: 'ended', appointment: found },
          );
        }
        const holder = holderOf(appointment, old, toReplace);
        if (holder) return { kind: 'patient-day-taken', holder };
        if (isSlotTaken(appointment)) return { kind: 'practitioner-slot-taken' };
        const rescheduled: EndedAppointment = {
          ...found,
          ending: {
            status: 'rescheduled',
            rescheduledAt: createdAt,
            rescheduledTo: { date: slotDate(slot), appointmentId },
            endedBy: bookedBy,
          },
        };
        days.set(dayOfAppointment(old), rescheduled);
        if (dayOfAppointment(old) === dayOfAppointment(appointment)) {
          replaced.set(old.appointmentId, rescheduled);
        }
        days.set(dayOfAppointment(appointment), appointment);
        freeSlot(old);
        takeSlot(appointment);
        return { kind: 'rescheduled' };
      },
    },
  };
}

function dayOf(patientId: Id, date: UtcDate): string {
  return `${patientId} ${date}`;
}

function dayOfAppointment({ patientId, slot }: Appointment): string {
  return dayOf(patientId, slotDate(slot));
}

/** The request id of the last record of attendance. */
function versionOf({ attendance }: Appointment): string | undefined {
  return attendance?.recordedBy.requestId;
}

function slotOf({ practitioner, slot }: Appointment): string {
  return `${practitioner.practitionerId} ${slot}`;
}

function pageOfPatient(
  all: readonly Appointment[],
  { patientId, from, to, status, order, after, limit }: DateRange,
): Page<Appointment> {
  const key = ({ slot, createdAt, appointmentId }: Appointment) =>
    `${slot} ${createdAt} ${appointmentId}`;
  const sorted = all
    .filter((one) => one.patientId === patientId && (status === 'all' || !hasEnded(one)))
    .filter(({ slot }) => slotDate(slot) >= from && slotDate(slot) <= to)
    .sort((a, b) => (key(a) < key(b) ? -1 : 1));
  if (order === 'desc') sorted.reverse();
  return pageOf(sorted.slice(sorted.findIndex((one) => one.appointmentId === after) + 1), limit);
}

function pageOfPractitioner(
  all: readonly Appointment[],
  { practitionerId, from, to, order, after, limit }: AgendaRange,
): Page<Appointment> {
  const sorted = all
    .filter((one) => one.practitioner.practitionerId === practitionerId && !hasEnded(one))
    .filter(({ slot }) => slotDate(slot) >= from && slotDate(slot) <= to)
    .sort((a, b) => (agendaPositionOf(a) < agendaPositionOf(b) ? -1 : 1))
    .filter((one) => {
      if (after === undefined) return true;
      return order === 'asc' ? agendaPositionOf(one) > after : agendaPositionOf(one) < after;
    });
  return pageOf(order === 'desc' ? sorted.reverse() : sorted, limit);
}

function pageOf(sorted: readonly Appointment[], limit: number): Page<Appointment> {
  return { items: sorted.slice(0, limit), more: sorted.length > limit };
}

function kindOf(before: object | undefined, after: object) {
  if (before === undefined) return 'created';
  return isDeepStrictEqual(before, after) ? 'unchanged' : 'replaced';
}
