// The format of the items of appointments and slots, and the conditions on it.
import {
  APPOINTMENT_ID,
  type Appointment,
  type AppointmentId,
  type AppointmentReference,
  ATTENDANCE_CODES,
  type Attendance,
  agendaPositionOf,
  CANCELLATION_REASONS,
  type EndedAppointment,
  hasEnded,
  IDEMPOTENCY_KEY,
  type Origin,
} from '../domain/appointment.ts';
import { ID, NAME, NPI } from '../domain/people.ts';
import { SLOT, type Slot, slotDate, UTC_DATE } from '../domain/slot.ts';
import { attribute, count, nullable, oneOf, optional, text } from './attributes.ts';
import {
  parseSlotKey,
  patientDayKey,
  practitionerSlotKey,
  replacedAppointmentKey,
} from './keys.ts';
import type { Item } from './store.ts';
import type { Condition } from './writes.ts';

type Ending = EndedAppointment['ending'];

const STATUSES = ['booked', 'cancelled', 'rescheduled'] as const;

/** @throws InvalidItemError */
export function parseAppointment(item: Item | undefined): Appointment {
  return {
    appointmentId: attribute(item, 'appointment_id', APPOINTMENT_ID.parse),
    patientId: attribute(item, 'patient_id', ID.parse),
    practitioner: {
      practitionerId: attribute(item, 'practitioner_id', ID.parse),
      firstName: attribute(item, 'practitioner_first_name', NAME.parse),
      lastName: attribute(item, 'practitioner_last_name', NAME.parse),
      npi: nullable(item, 'practitioner_npi', NPI.parse),
    },
    slot: attribute(item, 'start_time', SLOT.parse),
    createdAt: attribute(item, 'created_at', text),
    bookedBy: parseOrigin(item, 'request_id', 'booked_by'),
    idempotencyKey: optional(item, 'idempotency_key', IDEMPOTENCY_KEY.parse) ?? null,
    rescheduledFrom:
      item?.['rescheduled_from'] === undefined ? null : parseReference(item, 'rescheduled_from'),
    series: {
      id: attribute(item, 'series_id', APPOINTMENT_ID.parse),
      position: count(item, 'series_position'),
    },
    attendance: item?.['attendance_request_id'] === undefined ? null : parseAttendance(item),
    ending: parseEnding(item),
  };
}

function parseAttendance(item: Item): Attendance {
  return {
    code: nullable(item, 'attendance', oneOf(...ATTENDANCE_CODES)),
    recordedAt: attribute(item, 'attendance_recorded_at', text),
    recordedBy: parseOrigin(item, 'attendance_request_id', 'attendance_by'),
  };
}

function parseEnding(item: Item | undefined): Ending | null {
  const status = attribute(item, 'status', oneOf(...STATUSES));
  if (status === 'booked') return null;
  const endedBy = parseOrigin(item, 'ended_request_id', 'ended_by');
  return status === 'cancelled'
    ? {
        status,
        cancelledAt: attribute(item, 'cancelled_at', text),
        reason: nullable(item, 'cancellation_reason', oneOf(...CANCELLATION_REASONS)),
        endedBy,
      }
    : {
        status,
        rescheduledAt: attribute(item, 'rescheduled_at', text),
        rescheduledTo: parseReference(item, 'rescheduled_to'),
        endedBy,
      };
}

function parseOrigin(item: Item | undefined, requestId: string, caller: string): Origin {
  return {
    requestId: attribute(item, requestId, text),
    caller: nullable(item, caller, text),
  };
}

function parseReference(item: Item | undefined, name: string): AppointmentReference {
  const stored = item?.[name] as Item | null | undefined;
  return {
    date: attribute(stored, 'date', UTC_DATE.parse, `${name}.date`),
    appointmentId: attribute(
      stored,
      'appointment_id',
      APPOINTMENT_ID.parse,
      `${name}.appointment_id`,
    ),
  };
}

/**
 * The record of an appointment, and its lock on the date.
 *
 * @throws InvalidItemError if it could not be read back
 */
export function itemOf(appointment: Appointment) {
  const { appointmentId, patientId, practitioner, slot, createdAt } = appointment;
  const { bookedBy, idempotencyKey, rescheduledFrom, series, attendance } = appointment;
  const item = {
    ...patientDayKey(patientId, slotDate(slot)),
    appointment_id: appointmentId,
    patient_id: patientId,
    practitioner_id: practitioner.practitionerId,
    practitioner_first_name: practitioner.firstName,
    practitioner_last_name: practitioner.lastName,
    practitioner_npi: practitioner.npi,
    start_time: slot,
    created_at: createdAt,
    request_id: bookedBy.requestId,
    booked_by: bookedBy.caller,
    ...(idempotencyKey !== null && { idempotency_key: idempotencyKey }),
    ...(rescheduledFrom && { rescheduled_from: referenceItem(rescheduledFrom) }),
    series_id: series.id,
    series_position: series.position,
    ...(attendance && attendanceOf(attendance)),
    ...(hasEnded(appointment)
      ? endingAttributesOf(appointment)
      : { status: 'booked', agenda_key: agendaPositionOf(appointment) }),
  };
  parseAppointment(item);
  return item;
}

/**
 * What changes when attendance is recorded.
 *
 * @throws InvalidItemError if it could not be read back
 */
export function attendanceOf({ code, recordedAt, recordedBy }: Attendance) {
  const attributes = {
    attendance: code,
    attendance_recorded_at: recordedAt,
    attendance_request_id: recordedBy.requestId,
    attendance_by: recordedBy.caller,
  };
  parseAttendance(attributes);
  return attributes;
}

/**
 * What changes when an appointment ends. Without its `agenda_key`, it leaves the index.
 *
 * @throws InvalidItemError if it could not be read back
 */
export function endOf(appointment: EndedAppointment): Item {
  return { ...endingAttributesOf(appointment), agenda_key: undefined };
}

function endingAttributesOf({ ending }: EndedAppointment): Item {
  const { status, endedBy } = ending;
  const attributes = {
    status,
    ...(status === 'cancelled'
      ? { cancelled_at: ending.cancelledAt, cancellation_reason: ending.reason }
      : {
          rescheduled_at: ending.rescheduledAt,
          rescheduled_to: referenceItem(ending.rescheduledTo),
        }),
    ended_request_id: endedBy.requestId,
    ended_by: endedBy.caller,
  };
  parseEnding(attributes);
  return attributes;
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
    status: 'taken',
  };
}

export function slotKeyOf({ practitioner, slot }: Appointment) {
  return practitionerSlotKey(practitioner.practitionerId, slot);
}

/** What changes when the appointment of a slot ends. */
export const FREED = { status: 'free' } as const;

function parseSlotAttributes(item: Item | undefined) {
  return {
    slot: attribute(item, 'SK', parseSlotKey),
    appointmentId: attribute(item, 'appointment_id', APPOINTMENT_ID.parse),
    status: attribute(item, 'status', oneOf('taken', 'free')),
  };
}

/** The appointment that took a slot last, if the slot is free again. */
export function parseFreedBy(item: Item | undefined): AppointmentId | undefined {
  const { appointmentId, status } = parseSlotAttributes(item);
  return status === 'free' ? appointmentId : undefined;
}

/** The slot that an item takes. */
export function parseSlotItem(item: Item): Slot {
  return parseSlotAttributes(item).slot;
}

/** The filter of a query for appointments that are booked. */
export const ONLY_BOOKED = onlyStatus('booked');

/** The filter of a query for slots that are taken. */
export const ONLY_TAKEN = onlyStatus('taken');

function onlyStatus(status: string) {
  return {
    FilterExpression: '#status = :status',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':status': status },
  };
}

/** The appointment has the date, has not ended, and its attendance is the one that was read. */
export function ifBooked({ appointmentId, attendance }: Appointment): Condition {
  const { ConditionExpression, ...held } = ifHeld(appointmentId, 'booked');
  return attendance
    ? {
        ...held,
        ConditionExpression: `${ConditionExpression} AND attendance_request_id = :recorded`,
        ExpressionAttributeValues: {
          ...held.ExpressionAttributeValues,
          ':recorded': attendance.recordedBy.requestId,
        },
      }
    : {
        ...held,
        ConditionExpression: `${ConditionExpression} AND attribute_not_exists(attendance_request_id)`,
      };
}

/** The appointment has the date, and ended as it is known to have ended. */
export function ifEnded({ appointmentId, ending }: EndedAppointment): Condition {
  return ifHeld(appointmentId, ending.status);
}

/** The appointment has the slot. */
export function ifTaken(appointmentId: AppointmentId): Condition {
  return ifHeld(appointmentId, 'taken');
}

/** The slot is free, and the appointment had it last. */
export function ifFreedBy(appointmentId: AppointmentId): Condition {
  return ifHeld(appointmentId, FREED.status);
}

function ifHeld(appointmentId: AppointmentId, status: string): Condition {
  return {
    ConditionExpression: 'appointment_id = :id AND #status = :held',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':id': appointmentId, ':held': status },
  };
}
