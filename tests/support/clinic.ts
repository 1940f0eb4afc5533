import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { createPeopleBatch } from '../../scripts/people-import/people-batch.ts';
import {
  type Appointment,
  type IdempotencyKey,
  newAppointmentId,
} from '../../src/domain/appointment.ts';
import type { Id } from '../../src/domain/people.ts';
import type { PractitionerDoubleBooking } from '../../src/domain/ports.ts';
import { type Slot, slotDate } from '../../src/domain/slot.ts';
import { book } from '../../src/domain/use-cases/book.ts';
import { type CancelRequest, cancel } from '../../src/domain/use-cases/cancel.ts';
import { reschedule } from '../../src/domain/use-cases/reschedule.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import type { Item, Table } from '../../src/repositories/store.ts';
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

/** The appointment that a command booked, ended, or found. */
export function appointmentOf(outcome: { kind: string; appointment?: Appointment }): Appointment {
  if (outcome.appointment === undefined) throw new Error(outcome.kind);
  return outcome.appointment;
}

/** Stores a patient and a practitioner that no other test uses. */
export async function newPeople(table: Table): Promise<People> {
  const patientId = randomUUID() as Id;
  const practitionerId = randomUUID() as Id;
  await createPeopleBatch(table).store([
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

/** Sends commands as clients do: with a new id and request id each. */
export function openClinic(table: Table, doubleBooking: PractitionerDoubleBooking) {
  // As in the functions, every command has its own.
  const forCommand = () => createRepositories(table, doubleBooking);
  const origin = () => ({ requestId: randomUUID(), caller: null });
  const now = () => new Date().toISOString();

  return {
    repositories: forCommand(),

    book: async (people: People, slot: Slot, idempotencyKey: string | null = null) =>
      book(forCommand(), {
        ...people,
        appointmentId: newAppointmentId(),
        slot,
        createdAt: now(),
        bookedBy: origin(),
        idempotencyKey: idempotencyKey as IdempotencyKey | null,
      }),

    cancel: async (
      { patientId, slot, appointmentId }: Appointment,
      reason: CancelRequest['reason'] = null,
    ) =>
      cancel(forCommand(), {
        patientId,
        date: slotDate(slot),
        appointmentId,
        reason,
        cancelledAt: now(),
        endedBy: origin(),
      }),

    reschedule: async (
      { patientId, slot, appointmentId }: Appointment,
      to: Slot,
      practitionerId?: Id,
    ) =>
      reschedule(forCommand(), {
        from: { date: slotDate(slot), appointmentId },
        appointmentId: newAppointmentId(),
        patientId,
        practitionerId,
        slot: to,
        createdAt: now(),
        bookedBy: origin(),
      }),
  };
}
