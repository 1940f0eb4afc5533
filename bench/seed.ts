import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dateAt } from './requests.ts';

/** The most items that BatchWriteItem accepts. */
const BATCH_SIZE = 25;

/** Stores a patient with one appointment per date from 1900-01-01 on, and practitioner 1. */
export async function seed(tableName: string, patientId: string, count: number): Promise<void> {
  const patient = { PK: `PATIENT#${patientId}`, patient_id: patientId };
  const practitioner = { PK: 'PRACTITIONER#1', practitioner_id: '1' };
  const items = [
    { ...patient, SK: 'PROFILE', first_name: 'Alexei', last_name: 'Isac' },
    { ...practitioner, SK: 'PROFILE', first_name: 'Bob', last_name: 'Dr', npi: '100' },
    ...Array.from({ length: count }, (_, index) => ({
      ...patient,
      SK: `DAY#${dateAt(index)}`,
      appointment_id: randomUUID(),
      practitioner_id: '1',
      practitioner_first_name: 'Bob',
      practitioner_last_name: 'Dr',
      practitioner_npi: '100',
      start_time: `${dateAt(index)}T09:30:00Z`,
      created_at: '2021-01-01T12:00:00.000Z',
      request_id: 'JKJaXmPLvHcESHA=',
    })),
  ];
  const client = DynamoDBDocumentClient.from(new DynamoDBClient());
  for (let first = 0; first < items.length; first += BATCH_SIZE) {
    const batch = items.slice(first, first + BATCH_SIZE).map((Item) => ({ PutRequest: { Item } }));
    await client.send(new BatchWriteCommand({ RequestItems: { [tableName]: batch } }));
  }
  client.destroy();
}
