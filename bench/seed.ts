import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { createPeopleBatch } from '../scripts/people-import/people-batch.ts';
import type { Id } from '../src/domain/people.ts';
import { addDays, FIRST_DATE } from '../src/domain/slot.ts';
import { openTable, patientDayKey } from '../src/repositories/table.ts';
import { ALEXEI, APPOINTMENT_ITEM } from '../tests/support/people.ts';

/** What one request of DynamoDB writes at most. */
const ITEMS_A_BATCH = 25;

/** Stores a new patient with so many appointments on as many days, past the repositories: a put each would take long. */
export async function seedAppointments(
  tableName: string,
  patientId: string,
  count: number,
): Promise<string[]> {
  const id = patientId as Id;
  await createPeopleBatch(openTable(tableName)).store([{ ...ALEXEI, patientId: id }]);
  const dates = Array.from({ length: count }, (_, day) => addDays(FIRST_DATE, day));
  const client = new DynamoDBClient();
  for (let first = 0; first < count; first += ITEMS_A_BATCH) {
    const items = dates.slice(first, first + ITEMS_A_BATCH).map((date) => ({
      ...APPOINTMENT_ITEM,
      ...patientDayKey(id, date),
      patient_id: patientId,
      start_time: `${date}T09:30:00Z`,
    }));
    const requests = items.map((item) => ({ PutRequest: { Item: marshall(item) } }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: requests } }));
  }
  client.destroy();
  return dates;
}
