import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { type Appointment, parseIdempotencyKey } from '../domain/appointment.ts';
import { parseId, parseName } from '../domain/people.ts';
import type { AppointmentRepository, PractitionerDoubleBooking } from '../domain/repositories.ts';
import { parseSlot, slotDate } from '../domain/slot.ts';
import { schemaBy } from '../schema-by.ts';
import {
  callStore,
  getItem,
  type Item,
  patientDayKey,
  practitionerSlotKey,
  putIfAbsent,
  type Table,
  write,
} from './table.ts';

const appointmentItem = z.object({
  appointment_id: z.string(),
  patient_id: schemaBy(z.string(), parseId),
  practitioner_id: schemaBy(z.string(), parseId),
  practitioner_first_name: schemaBy(z.string(), parseName),
  practitioner_last_name: schemaBy(z.string(), parseName),
  practitioner_npi: z.nullable(z.string()),
  start_time: schemaBy(z.string(), parseSlot),
  created_at: z.string(),
  request_id: z.string(),
  idempotency_key: z.optional(schemaBy(z.string(), parseIdempotencyKey)),
});

/**
 * The appointments of the table, one per patient and UTC date. If double booking is rejected, a transaction
 * takes the practitioner's slot too, and costs four write units instead of one.
 */
export function createAppointmentRepository(
  table: Table,
  doubleBooking: PractitionerDoubleBooking,
): AppointmentRepository {
  return {
    async create(appointment) {
      const item = itemOf(appointment);
      const actions = [putIfAbsent(table, item)];
      if (doubleBooking === 'reject') actions.push(putIfAbsent(table, slotItemOf(appointment)));

      const outcome = await write(table, actions);
      if (outcome.kind === 'written') return { kind: 'booked' };
      if (outcome.kind === 'condition-failed' && outcome.at > 0) {
        return { kind: 'practitioner-slot-taken' };
      }
      // A read that finds an item settles an unknown outcome. One that finds nothing settles nothing,
      // because the write can still arrive.
      const found = outcome.kind === 'unknown' ? await getItem(table, item) : outcome.item;
      if (found === undefined) {
        throw outcome.kind === 'unknown' ? outcome.error : new Error('the taken date has no item');
      }
      const holder = parseAppointment(found);
      return holder.appointmentId === appointment.appointmentId
        ? { kind: 'booked' }
        : { kind: 'patient-day-taken', conflict: holder };
    },

    async listByPatient({ patientId, from, to, order, limit }) {
      const { PK, SK: first } = patientDayKey(patientId, from);
      const { SK: last } = patientDayKey(patientId, to);
      const appointments: Appointment[] = [];
      let nextKey: Record<string, unknown> | undefined;
      do {
        const command: QueryCommand = new QueryCommand({
          TableName: table.name,
          KeyConditionExpression: 'PK = :patient AND SK BETWEEN :first AND :last',
          ExpressionAttributeValues: { ':patient': PK, ':first': first, ':last': last },
          ConsistentRead: true,
          ScanIndexForward: order === 'asc',
          Limit: limit - appointments.length,
          ...(nextKey && { ExclusiveStartKey: nextKey }),
        });
        const page = await callStore(table, (options) => table.client.send(command, options));
        appointments.push(...(page.Items ?? []).map(parseAppointment));
        nextKey = page.LastEvaluatedKey;
      } while (nextKey !== undefined && appointments.length < limit);
      return appointments;
    },
  };
}

function itemOf(appointment: Appointment) {
  const { appointmentId, patientId, practitioner, slot, createdAt } = appointment;
  const { requestId, idempotencyKey } = appointment;
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
  };
}

/** Takes the practitioner's time, and points to the appointment. */
function slotItemOf({ appointmentId, patientId, practitioner, slot }: Appointment) {
  return {
    ...practitionerSlotKey(practitioner.practitionerId, slot),
    appointment_id: appointmentId,
    patient_id: patientId,
  };
}

function parseAppointment(item: Item): Appointment {
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
  };
}
