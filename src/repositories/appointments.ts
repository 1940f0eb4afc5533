import {
  type Appointment,
  type AppointmentReference,
  type EndedAppointment,
  hasEnded,
} from '../domain/appointment.ts';
import type {
  AppointmentRepository,
  PractitionerDoubleBooking,
  SlotTaken,
} from '../domain/ports.ts';
import { slotDate } from '../domain/slot.ts';
import {
  attendanceOf,
  endOf,
  FREED,
  ifBooked,
  ifEnded,
  ifFreedBy,
  ifTaken,
  itemOf,
  parseAppointment,
  parseFreedBy,
  replacedItemOf,
  slotItemOf,
  slotKeyOf,
} from './appointment-items.ts';
import { createAppointmentReads } from './appointment-reads.ts';
import { patientDayKey } from './keys.ts';
import type { Reads } from './reads.ts';
import type { Store } from './store.ts';
import { ABSENT, put, update, type WriteAction, type WriteOutcome, write } from './writes.ts';

/**
 * The appointments of the table. The key of a patient's UTC date is never vacated: an appointment that ends is
 * marked in place, and the next one replaces it. So a put that arrives late, or twice, cannot revive what ended.
 *
 * If double booking is rejected, transactions also take and free the practitioner's slot, whose key is never
 * vacated either.
 */
export function createAppointmentRepository(
  store: Store,
  reads: Reads,
  doubleBooking: PractitionerDoubleBooking,
): AppointmentRepository {
  const stored = createAppointmentReads(reads, doubleBooking);

  /** Takes the date of an appointment from the one that it replaces, if there is one. */
  function take(appointment: Appointment, replaced: EndedAppointment | undefined): WriteAction {
    return put(store, itemOf(appointment), replaced ? ifEnded(replaced) : ABSENT);
  }

  function end(ended: EndedAppointment): WriteAction {
    const key = patientDayKey(ended.patientId, slotDate(ended.slot));
    return update(store, key, endOf(ended), ifBooked(ended));
  }

  /** Carries out the actions. If double booking is rejected, takes the slot of one appointment and frees that of another, too. */
  async function writeWithSlots(
    actions: readonly WriteAction[],
    { takes, frees }: { readonly takes?: Appointment; readonly frees?: EndedAppointment },
  ): Promise<WriteOutcome | SlotTaken> {
    if (doubleBooking === 'allow') return write(store, actions);
    let takeSlot = takes && put(store, slotItemOf(takes), ABSENT);
    let freeSlot = frees && update(store, slotKeyOf(frees), FREED, ifTaken(frees.appointmentId));
    let isRetried = false;
    for (;;) {
      const all = [...actions, takeSlot, freeSlot].filter((action) => action !== undefined);
      const outcome = await write(store, all);
      if (outcome.kind !== 'condition-failed') return outcome;
      isRetried ||= outcome.isRetried;
      const failed = all[outcome.at];
      if (takes && failed === takeSlot) {
        const freedBy = parseFreedBy(outcome.item);
        if (freedBy === undefined) return { kind: 'practitioner-slot-taken' };
        takeSlot = put(store, slotItemOf(takes), ifFreedBy(freedBy));
      } else if (failed === freeSlot) {
        // An appointment that was booked while double booking was allowed has no slot.
        freeSlot = undefined;
      } else {
        return { ...outcome, isRetried };
      }
    }
  }

  /**
   * The appointment as it is now, after a write that needs it booked did not succeed, or possibly did.
   *
   * @throws StoreUnavailableError if it is as it was, because the write can still arrive
   */
  async function findChanged(
    appointment: Appointment,
    outcome: Exclude<WriteOutcome, { kind: 'written' }>,
  ): Promise<Appointment> {
    const found = await stored.find(appointment.patientId, referenceTo(appointment));
    if (found === undefined) throw new Error('the appointment is gone');
    if (hasEnded(found) || versionOf(found) !== versionOf(appointment)) return found;
    throw outcome.kind === 'unknown' ? outcome.error : new Error('the appointment has not changed');
  }

  /** Keeps a record of an appointment that is about to be replaced. Repeating it changes nothing, because the end is final. */
  async function keep(replaced: EndedAppointment): Promise<void> {
    const outcome = await write(store, [put(store, replacedItemOf(replaced))]);
    if (outcome.kind === 'unknown') throw outcome.error;
  }

  return {
    ...stored,

    async create(appointment, replaced) {
      if (replaced) await keep(replaced);
      const outcome = await writeWithSlots([take(appointment, replaced)], { takes: appointment });
      if (outcome.kind === 'written') return { kind: 'booked' };
      if (outcome.kind === 'practitioner-slot-taken') return outcome;
      const { patientId, slot } = appointment;
      const holder =
        outcome.kind === 'unknown'
          ? await stored.findByDate(patientId, slotDate(slot))
          : parseAppointment(outcome.item);
      // A read that finds the date as it was settles nothing, because the write can still arrive.
      if (outcome.kind === 'unknown' && holder?.appointmentId === replaced?.appointmentId) {
        throw outcome.error;
      }
      if (holder === undefined) throw new Error('the taken date has no item');
      return holder.appointmentId === appointment.appointmentId && !hasEnded(holder)
        ? { kind: 'booked' }
        : {
            kind: 'patient-day-taken',
            holder,
            isRetried: outcome.kind === 'unknown' || outcome.isRetried,
          };
    },

    async cancel(appointment, cancellation) {
      // Looping again means that attendance was recorded in between.
      for (let found = appointment; ; ) {
        const ended = { ...found, ending: cancellation };
        const outcome = await writeWithSlots([end(ended)], { frees: ended });
        if (outcome.kind === 'written') return ended;
        if (outcome.kind === 'practitioner-slot-taken') throw new Error('no slot was to be taken');
        found = await findChanged(found, outcome);
        if (hasEnded(found)) return found;
      }
    },

    async recordAttendance(appointment, attendance) {
      const recorded = { ...appointment, attendance };
      const key = patientDayKey(appointment.patientId, slotDate(appointment.slot));
      const outcome = await write(store, [
        update(store, key, attendanceOf(attendance), ifBooked(appointment)),
      ]);
      if (outcome.kind === 'written') return recorded;
      const found = await findChanged(appointment, outcome);
      const isOwn = versionOf(found) === attendance.recordedBy.requestId;
      const mayBeWritten = outcome.kind === 'unknown' || outcome.isRetried;
      // Another record has followed the one that this one needs. So this one was stored before that record, or never
      // will be. Both look as if it had happened just before that record.
      const isOvertaken = mayBeWritten && versionOf(found) !== versionOf(appointment);
      return isOwn || isOvertaken ? recorded : found;
    },

    async reschedule(booked, appointment, replaced) {
      if (replaced) await keep(replaced);
      // Looping again means that attendance was recorded in between.
      for (let old = booked; ; ) {
        const ended: EndedAppointment = {
          ...old,
          ending: {
            status: 'rescheduled',
            rescheduledAt: appointment.createdAt,
            rescheduledTo: referenceTo(appointment),
            endedBy: appointment.bookedBy,
          },
        };
        const outcome = await writeWithSlots(
          isSameDate(old, appointment)
            ? [put(store, itemOf(appointment), ifBooked(old)), put(store, replacedItemOf(ended))]
            : [end(ended), take(appointment, replaced)],
          { takes: appointment, frees: ended },
        );
        if (outcome.kind === 'written') return { kind: 'rescheduled' };
        if (outcome.kind === 'practitioner-slot-taken') return outcome;
        if (outcome.kind === 'condition-failed' && outcome.at > 0) {
          return { kind: 'patient-day-taken', holder: parseAppointment(outcome.item) };
        }
        const found = await findChanged(old, outcome);
        if (hasEnded(found)) {
          const { ending } = found;
          return ending.status === 'rescheduled' &&
            ending.rescheduledTo.appointmentId === appointment.appointmentId
            ? { kind: 'rescheduled' }
            : { kind: 'ended', appointment: found };
        }
        old = found;
      }
    },
  };
}

/** The request id of the last record of attendance. */
function versionOf({ attendance }: Appointment): string | undefined {
  return attendance?.recordedBy.requestId;
}

function isSameDate(a: Appointment, b: Appointment): boolean {
  return slotDate(a.slot) === slotDate(b.slot);
}

function referenceTo({ appointmentId, slot }: Appointment): AppointmentReference {
  return { date: slotDate(slot), appointmentId };
}
