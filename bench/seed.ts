import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dateAt } from './requests.ts';

/** The most items that BatchWriteItem accepts. */
const BATCH_SIZE = 25;

/**
 * Stores people, and an appointment of each patient on each date from 1900-01-01 on. The first patient comes
 * at 9:30, and each next patient half an hour later. Practitioners other than 1 reject double booking.
 */
export async function seed(table: string, patients: string[], dates = 0, practitioner_id = '1') {
  const practitioner = { PK: `PRACTITIONER#${practitioner_id}`, practitioner_id };
  const profile = { first_name: 'Bob', last_name: 'Dr', SK: 'PROFILE' };
  const items: object[] = [{ ...practitioner, ...profile }];
  for (const [index, patient_id] of patients.entries()) {
    const patient = { PK: `PATIENT#${patient_id}`, patient_id };
    items.push({ ...patient, ...profile });
    for (let date = 0; date < dates; date += 1) {
      const start_time = startOf(date, index);
      const shared = { patient_id, appointment_id: idOf(date, index) };
      const SK = `SLOT#${start_time.slice(0, -':00Z'.length)}Z`;
      if (practitioner_id !== '1') items.push({ PK: practitioner.PK, SK, ...shared });
      items.push({
        ...patient,
        ...shared,
        SK: `DAY#${dateAt(date)}`,
        practitioner_id,
        practitioner_first_name: 'Bob',
        practitioner_last_name: 'Dr',
        practitioner_npi: '100',
        start_time,
        created_at: '2021-01-01T12:00:00.000Z',
        request_id: 'JKJaXmPLvHcESHA=',
      });
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
export function idOf(date: number, patient: number): string {
  const digits = (value: number, length: number) => String(value).padStart(length, '0');
  return `${digits(date, 8)}-0000-4000-8000-${digits(patient, 12)}`;
}

/** When the appointment of a patient on a date begins. */
export function startOf(date: number, patient: number): string {
  const start = new Date(Date.UTC(1900, 0, 1 + date, 0, 30 * ((19 + patient) % 48)));
  return start.toISOString().replace('.000Z', 'Z');
}
