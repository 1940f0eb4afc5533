import { randomUUID } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Id } from '../../src/domain/people.ts';
import type { Item, Table } from '../../src/repositories/store.ts';
import { addPeople } from './add-people.ts';
import { ALEXEI, BOB, type People } from './people.ts';

/** Stores a patient and a practitioner that no other test uses. */
export async function newPeople(table: Table): Promise<People> {
  const patientId = randomUUID() as Id;
  const practitionerId = randomUUID() as Id;
  await addPeople(table, [
    { ...ALEXEI, patientId },
    { ...BOB, practitionerId },
  ]);
  return { patientId, practitionerId };
}

/** What the table stores of a patient's appointments, and of a practitioner's slots, by sort key. */
export async function storedItems(
  table: Table,
  { patientId, practitionerId }: People,
): Promise<{ appointments: Item[]; slots: Item[] }> {
  const query = async (PK: string, prefix: string): Promise<Item[]> => {
    const { Items } = await table.client.send(
      new QueryCommand({
        TableName: table.name,
        KeyConditionExpression: 'PK = :pk AND begins_with(SK, :prefix)',
        ExpressionAttributeValues: { ':pk': PK, ':prefix': prefix },
        ConsistentRead: true,
      }),
    );
    return Items ?? [];
  };
  return {
    appointments: await query(`PATIENT#${patientId}`, 'DAY#'),
    slots: await query(`PRACTITIONER#${practitionerId}`, 'SLOT#'),
  };
}
