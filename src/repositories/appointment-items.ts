import * as z from 'zod/mini';
import {
  type Appointment,
  type AppointmentId,
  type AppointmentReference,
  CANCELLATION_REASONS,
  type EndedAppointment,
  parseAppointmentId,
  parseIdempotencyKey,
} from '../domain/appointment.ts';
import { parseId, parseName } from '../domain/people.ts';
import { parseSlot, parseUtcDate, type Slot, slotDate } from '../domain/slot.ts';
import { schemaBy } from '../schema-by.ts';
import {
  type Item,
  parseSlotKey,
  patientDayKey,
  practitionerSlotKey,
  replacedAppointmentKey,
} from './table.ts';

type Ending = EndedAppointment['ending'];

const reference = z.object({
  date: schemaBy(z.string(), parseUtcDate),
  appointment_id: schemaBy(z.string(), parseAppointmentId),
});

const appointmentItem = z.object({
  appointment_id: schemaBy(z.string(), parseAppointmentId),
  patient_id: schemaBy(z.string(), parseId),
  practitioner_id: schemaBy(z.string(), parseId),
  practitioner_first_name: schemaBy(z.string(), parseName),
  practitioner_last_name: schemaBy(z.string(), parseName),
  practitioner_npi: z.nullable(z.string()),
  start_time: schemaBy(z.string(), parseSlot),
  created_at: z.string(),
  request_id: z.string(),
  idempotency_key: z.optional(schemaBy(z.string(), parseIdempotencyKey)),
  rescheduled_from: z.optional(reference),
});

/** The additional attributes of an appointment that has ended. */
const endingAttributes = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('cancelled'),
    cancelled_at: z.string(),
    cancellation_reason: z.nullable(z.enum(CANCELLATION_REASONS)),
    cancellation_request_id: z.string(),
  }),
  z.object({
    status: z.literal('rescheduled'),
    rescheduled_at: z.string(),
    rescheduled_to: reference,
  }),
]);

export function parseAppointment(item: Item | undefined): Appointment {
  const stored = z.parse(appointmentItem, item);
  return {
    appointmentId: stored.appointment_id,
    patientId: stored.patient_id,
    practitioner: {
      practitionerId: stored.practitioner_id,
      firstName: stored.practitioner_first_name,
      lastName: stored.practitioner_last_name,
      npi: stored.practitioner_npi,
    },
    slot: stored.start_time,
    createdAt: stored.created_at,
    requestId: stored.request_id,
    idempotencyKey: stored.idempotency_key ?? null,
    rescheduledFrom: stored.rescheduled_from ? parseReference(stored.rescheduled_from) : null,
    ending: item?.['status'] === undefined ? null : parseEnding(item),
  };
}

function parseEnding(item: Item): Ending {
  const stored = z.parse(endingAttributes, item);
  return stored.status === 'cancelled'
    ? {
        status: stored.status,
        cancelledAt: stored.cancelled_at,
        reason: stored.cancellation_reason,
        requestId: stored.cancellation_request_id,
      }
    : {
        status: stored.status,
        rescheduledAt: stored.rescheduled_at,
        rescheduledTo: parseReference(stored.rescheduled_to),
      };
}

function parseReference({ date, appointment_id }: z.output<typeof reference>) {
  return { date, appointmentId: appointment_id };
}

/** The record of an appointment, and its lock on the date. */
export function itemOf(appointment: Appointment) {
  const { appointmentId, patientId, practitioner, slot, createdAt } = appointment;
  const { requestId, idempotencyKey, rescheduledFrom, ending } = appointment;
  return {
    ...patientDayKey(patientId, slotDate(slot)),
    appointment_id: appointmentId,
    patient_id: patientId,
    practitioner_id: practitioner.practitionerId,
    practitioner_first_name: practitioner.firstName,
    practitioner_last_name: practitioner.lastName,
    practitioner_npi: practitioner.npi,
    start_time: slot,
    created_at: createdAt,
    request_id: requestId,
    ...(idempotencyKey !== null && { idempotency_key: idempotencyKey }),
    ...(rescheduledFrom && { rescheduled_from: referenceItem(rescheduledFrom) }),
    ...(ending && endingAttributesOf(ending)),
  };
}

export function endingAttributesOf(ending: Ending): z.input<typeof endingAttributes> {
  return ending.status === 'cancelled'
    ? {
        status: ending.status,
        cancelled_at: ending.cancelledAt,
        cancellation_reason: ending.reason,
        cancellation_request_id: ending.requestId,
      }
    : {
        status: ending.status,
        rescheduled_at: ending.rescheduledAt,
        rescheduled_to: referenceItem(ending.rescheduledTo),
      };
}

function referenceItem({ date, appointmentId }: AppointmentReference) {
  return { date, appointment_id: appointmentId };
}

/** The record of an appointment that has ended, after another has taken its date. */
export function replacedItemOf(appointment: EndedAppointment) {
  const { patientId, slot, appointmentId } = appointment;
  return {
    ...itemOf(appointment),
    ...replacedAppointmentKey(patientId, slotDate(slot), appointmentId),
  };
}

/** The practitioner's slot. It belongs to the appointment that took it last. */
export function slotItemOf(appointment: Appointment) {
  return {
    ...slotKeyOf(appointment),
    appointment_id: appointment.appointmentId,
    patient_id: appointment.patientId,
  };
}

export function slotKeyOf({ practitioner, slot }: Appointment) {
  return practitionerSlotKey(practitioner.practitionerId, slot);
}

/** The additional attribute of a slot whose appointment has ended. */
export const FREE = { status: 'free' } as const;

const slotItem = z.object({
  SK: schemaBy(z.string(), parseSlotKey),
  appointment_id: schemaBy(z.string(), parseAppointmentId),
  status: z.optional(z.literal(FREE.status)),
});

/** The appointment that took a slot last, if the slot is free again. */
export function parseFreedBy(item: Item | undefined): AppointmentId | undefined {
  const { appointment_id, status } = z.parse(slotItem, item);
  return status === FREE.status ? appointment_id : undefined;
}

/** The slot that an item takes. */
export function parseSlotItem(item: Item): Slot {
  return z.parse(slotItem, item).SK;
}
