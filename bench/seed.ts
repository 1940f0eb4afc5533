import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { AppointmentId } from '../src/domain/appointment.ts';
import type { Id } from '../src/domain/people.ts';
import { ALWAYS_OPEN } from '../src/domain/schedule.ts';
import type { Slot } from '../src/domain/slot.ts';
import { itemOf, slotItemOf } from '../src/repositories/appointment-items.ts';
import { patientItemOf, practitionerItemOf } from '../src/repositories/people-items.ts';
import { ALEXEI, BOB, newAppointment } from '../tests/support/people.ts';

/** The most items that BatchWriteItem accepts. */
const BATCH_SIZE = 25;

/**
 * Stores people, and an appointment of each patient on each date from 1900-01-01 on. The first patient comes
 * at 9:30, and each next patient half an hour later. Practitioners other than 1 reject double booking.
 */
export async function seed(table: string, patients: string[], dates = 0, practitioner = '1') {
  const origin = { requestId: 'JKJaXmPLvHcESHA=', caller: null };
  const practitionerId = practitioner as Id;
  const items: object[] = [
    practitionerItemOf({ ...BOB, practitionerId, schedule: ALWAYS_OPEN }, origin),
  ];
  for (const [index, patient] of patients.entries()) {
    const patientId = patient as Id;
    items.push(patientItemOf({ ...ALEXEI, patientId }, origin));
    for (let date = 0; date < dates; date += 1) {
      const appointmentId = idOf(date, index);
      const slot = startOf(date, index);
      const appointment = newAppointment({ patientId, practitionerId }, slot, { appointmentId });
      items.push(itemOf(appointment));
      if (practitioner !== '1') items.push(slotItemOf(appointment));
    }
  }
  const client = DynamoDBDocumentClient.from(new DynamoDBClient());
  for (let first = 0; first < items.length; first += BATCH_SIZE) {
    const batch = items.slice(first, first + BATCH_SIZE).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteCommand({ RequestItems: { [table]: batch } }));
  }
  client.destroy();
}

/** The id of the appointment of a patient on a date. */
export function idOf(date: number, patient: number): AppointmentId {
  const digits = (value: number, length: number) => String(value).padStart(length, '0');
  return `${digits(date, 8)}-0000-4000-8000-${digits(patient, 12)}` as AppointmentId;
}

/** When the appointment of a patient on a date begins. */
export function startOf(date: number, patient: number): Slot {
  const start = new Date(Date.UTC(1900, 0, 1 + date, 0, 30 * ((19 + patient) % 48)));
  return start.toISOString().replace('.000Z', 'Z') as Slot;
}
