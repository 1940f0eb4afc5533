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
import { attribute, nullable, oneOf, optional, text } from './attributes.ts';
import {
  type Item,
  parseSlotKey,
  patientDayKey,
  practitionerSlotKey,
  replacedAppointmentKey,
} from './table.ts';

type Ending = EndedAppointment['ending'];

export function parseAppointment(item: Item | undefined): Appointment {
  return {
    appointmentId: attribute(item, 'appointment_id', parseAppointmentId),
    patientId: attribute(item, 'patient_id', parseId),
    practitioner: {
      practitionerId: attribute(item, 'practitioner_id', parseId),
      firstName: attribute(item, 'practitioner_first_name', parseName),
      lastName: attribute(item, 'practitioner_last_name', parseName),
      npi: nullable(item, 'practitioner_npi', text),
    },
    slot: attribute(item, 'start_time', parseSlot),
    createdAt: attribute(item, 'created_at', text),
    requestId: attribute(item, 'request_id', text),
    idempotencyKey: optional(item, 'idempotency_key', parseIdempotencyKey) ?? null,
    rescheduledFrom:
      item?.['rescheduled_from'] === undefined ? null : parseReference(item, 'rescheduled_from'),
    ending: item?.['status'] === undefined ? null : parseEnding(item),
  };
}

/** Reads the additional attributes of an appointment that has ended. */
function parseEnding(item: Item): Ending {
  const status = attribute(item, 'status', oneOf('cancelled', 'rescheduled'));
  return status === 'cancelled'
    ? {
        status,
        cancelledAt: attribute(item, 'cancelled_at', text),
        reason: nullable(item, 'cancellation_reason', oneOf(...CANCELLATION_REASONS)),
        requestId: attribute(item, 'cancellation_request_id', text),
      }
    : {
        status,
        rescheduledAt: attribute(item, 'rescheduled_at', text),
        rescheduledTo: parseReference(item, 'rescheduled_to'),
      };
}

function parseReference(item: Item, name: string): AppointmentReference {
  const stored = item[name] as Item | null | undefined;
  return {
    date: attribute(stored, 'date', parseUtcDate, `${name}.date`),
    appointmentId: attribute(
      stored,
      'appointment_id',
      parseAppointmentId,
      `${name}.appointment_id`,
    ),
  };
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

export function endingAttributesOf(ending: Ending): Item {
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

function parseSlotAttributes(item: Item | undefined) {
  return {
    slot: attribute(item, 'SK', parseSlotKey),
    appointmentId: attribute(item, 'appointment_id', parseAppointmentId),
    status: optional(item, 'status', oneOf(FREE.status)),
  };
}

/** The appointment that took a slot last, if the slot is free again. */
export function parseFreedBy(item: Item | undefined): AppointmentId | undefined {
  const { appointmentId, status } = parseSlotAttributes(item);
  return status === FREE.status ? appointmentId : undefined;
}

/** The slot that an item takes. */
export function parseSlotItem(item: Item): Slot {
  return parseSlotAttributes(item).slot;
}
