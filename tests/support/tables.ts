import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Id } from '../../src/domain/people.ts';
import type { Item, Table } from '../../src/repositories/store.ts';
import { addPeople } from './add-people.ts';
import { ALEXEI, BOB, type People } from './people.ts';

/** Has a socket for each of 200 concurrent calls, because waiting for a socket would count as waiting for the store. */
export function widen(table: Table): Table {
  const client = new DynamoDBClient({ requestHandler: { httpAgent: { maxSockets: 200 } } });
  return { ...table, client: DynamoDBDocumentClient.from(client) };
}

/**
 * Loses the response to the first attempt of every call, so that the SDK sends each call twice.
 *
 * @param between what happens before the second attempt
 */
export function loseResponses({ client }: Table, between?: () => Promise<unknown>): void {
  const answered = new WeakSet();
  client.middlewareStack.add(
    (next) => async (args) => {
      const output = await next(args);
      if (answered.has(args.input)) return output;
      answered.add(args.input);
      await between?.();
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    },
    // Below the SDK's retries: what is thrown here is one lost attempt.
    { step: 'deserialize', priority: 'low' },
  );
}

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
