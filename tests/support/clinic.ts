import { randomUUID } from 'node:crypto';
import {
  type Appointment,
  type IdempotencyKey,
  newAppointmentId,
} from '../../src/domain/appointment.ts';
import type { Id } from '../../src/domain/people.ts';
import type { AppointmentRepository, Repositories } from '../../src/domain/ports.ts';
import { type Slot, slotDate } from '../../src/domain/slot.ts';
import { type Booking, book } from '../../src/domain/use-cases/book.ts';
import { type CancelRequest, cancel } from '../../src/domain/use-cases/cancel.ts';
import { type RescheduleRequest, reschedule } from '../../src/domain/use-cases/reschedule.ts';
import { createMemoryStore, type MemoryStore } from './memory-store.ts';
import {
  ALEXEI,
  alwaysOpen,
  appointment,
  BOB,
  ID,
  january,
  OTHER_ID,
  type People,
} from './people.ts';

/** The appointment that a command booked, ended, or found. */
export function appointmentOf(outcome: { kind: string; appointment?: Appointment }): Appointment {
  if (outcome.appointment === undefined) throw new Error(outcome.kind);
  return outcome.appointment;
}

/**
 * Sends commands as clients do: with a new id and request id each.
 *
 * @param open opens the repositories of one command
 */
export function openClinic(open: () => Repositories) {
  const origin = () => ({ requestId: randomUUID(), caller: null });
  const now = () => new Date().toISOString();

  return {
    book: async (people: People, slot: Slot, idempotencyKey: string | null = null) =>
      book(open(), {
        ...people,
        appointmentId: newAppointmentId(),
        slot,
        createdAt: now(),
        bookedBy: origin(),
        idempotencyKey: idempotencyKey as IdempotencyKey | null,
      }),

    cancel: async (
      { patientId, slot, appointmentId }: Appointment,
      reason: CancelRequest['reason'] = null,
    ) =>
      cancel(open(), {
        patientId,
        date: slotDate(slot),
        appointmentId,
        reason,
        cancelledAt: now(),
        endedBy: origin(),
      }),

    reschedule: async (
      { patientId, slot, appointmentId }: Appointment,
      to: Slot,
      practitionerId?: Id,
    ) =>
      reschedule(open(), {
        from: { date: slotDate(slot), appointmentId },
        appointmentId: newAppointmentId(),
        patientId,
        practitionerId,
        slot: to,
        createdAt: now(),
        bookedBy: origin(),
      }),
  };
}

/** Opens a store in memory with Alexei and Bob, which rejects double booking. */
export function openMemoryClinic() {
  const store = createMemoryStore('reject');
  store.patients.set(ALEXEI.patientId, ALEXEI);
  store.practitioners.set(BOB.practitionerId, alwaysOpen(BOB));
  return { store, clinic: openClinic(() => store) };
}

/** The same store, but some methods do something else. */
export function withMethods(
  store: MemoryStore,
  methods: Partial<AppointmentRepository>,
): Repositories {
  return { ...store, appointments: { ...store.appointments, ...methods } };
}

/** Alexei and Bob. */
export const PEOPLE: People = {
  patientId: ALEXEI.patientId,
  practitionerId: BOB.practitionerId,
};

const { practitioner: _, rescheduledFrom: __, ending: ___, ...booking } = appointment();

/** The request that books Alexei's appointment. */
export const BOOKING: Booking = { ...booking, practitionerId: BOB.practitionerId };

/** A request to reschedule it to the next date. */
export const RESCHEDULE: RescheduleRequest = {
  patientId: ALEXEI.patientId,
  from: { date: slotDate(booking.slot), appointmentId: ID },
  practitionerId: undefined,
  appointmentId: OTHER_ID,
  slot: january(8),
  createdAt: '2021-01-05T09:15:30.000Z',
  bookedBy: { requestId: 'JKJrescheduled=', caller: null },
};
