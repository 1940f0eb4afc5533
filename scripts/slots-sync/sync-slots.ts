import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import {
  APPOINTMENT_ID,
  type Appointment,
  type AppointmentId,
  hasEnded,
} from '../../src/domain/appointment.ts';
import { ID } from '../../src/domain/people.ts';
import { slotDate } from '../../src/domain/slot.ts';
import {
  FREED,
  ifBooked,
  ifFreedBy,
  ifTaken,
  parseAppointment,
  parseFreedBy,
  parseSlotItem,
  slotItemOf,
  slotKeyOf,
} from '../../src/repositories/appointment-items.ts';
import { createAppointmentReads } from '../../src/repositories/appointment-reads.ts';
import { attribute } from '../../src/repositories/attributes.ts';
import { type Key, patientDayKey } from '../../src/repositories/keys.ts';
import { createReads } from '../../src/repositories/reads.ts';
import { callStore, type Item, type Table } from '../../src/repositories/store.ts';
import {
  ABSENT,
  put,
  update,
  type WriteAction,
  type WriteOutcome,
  write,
} from '../../src/repositories/writes.ts';

/** Enough to hide the latency of the store, and few enough for one batch of reads and the client's sockets. */
const CONCURRENT_ITEMS = 25;

interface Counts {
  /** Items read so far, of any kind. */
  scanned: number;
  /** Booked appointments that now have their slot. */
  taken: number;
  /** Booked appointments that already had it. */
  unchanged: number;
  /** Slots of ended appointments. */
  freed: number;
}

/** A booked appointment whose slot another booked appointment has. */
interface SlotConflict {
  readonly appointment: Appointment;
  readonly holder: AppointmentId;
}

type Outcome = Exclude<keyof Counts, 'scanned'> | SlotConflict | undefined;

/**
 * Makes the slots of a table match its booked appointments. Every write is conditional, so it can stop at any point and
 * run again, and appointments can change in the meantime if these changes reject double booking. One that ends at the
 * moment when it gets its slot can leave the slot taken until the next run.
 *
 * @param from the earliest start, `YYYY-MM-DDThh:mm` in UTC
 * @param counts what it adds up as it goes
 * @returns the times that two patients have
 */
export async function syncSlots(
  table: Table,
  from: string,
  isDryRun: boolean,
  counts: Counts,
): Promise<readonly SlotConflict[]> {
  const reads = createReads(table);
  const appointments = createAppointmentReads(reads, 'reject');
  const conflicts: SlotConflict[] = [];

  async function isBooked({ patientId, date, appointmentId }: Holder): Promise<boolean> {
    const found = await appointments.find(patientId, { date, appointmentId });
    return found !== undefined && !hasEnded(found);
  }

  /** The booked appointment that comes first at the time of another one, and so could take the slot before it. */
  async function findFirst({ practitioner, slot }: Appointment) {
    const pages = reads.query({
      IndexName: 'by-practitioner',
      KeyConditionExpression: 'practitioner_id = :practitioner AND begins_with(agenda_key, :slot)',
      ExpressionAttributeValues: { ':practitioner': practitioner.practitionerId, ':slot': slot },
      Limit: 1,
    });
    for await (const [item] of pages) if (item) return parseAppointment(item).appointmentId;
    return undefined;
  }

  async function take(scanned: Appointment): Promise<Outcome> {
    // Looping again means that the appointment or the slot has changed in between.
    for (let found: Appointment | undefined = scanned; found && !hasEnded(found); ) {
      const { appointmentId, patientId } = found;
      const date = slotDate(found.slot);
      const item = await reads.get(slotKeyOf(found));
      const holder = item && parseHolder(item);
      if (holder?.isTaken === true) {
        if (holder.appointmentId === appointmentId) return 'unchanged';
        if (await isBooked(holder)) return { appointment: found, holder: holder.appointmentId };
      }
      if (isDryRun) {
        const first = (await findFirst(found)) ?? appointmentId;
        return first === appointmentId ? 'taken' : { appointment: found, holder: first };
      }
      const outcome = await write(table, [
        checkBooked(table, found),
        put(table, slotItemOf(found), ifHeldBy(holder)),
      ]);
      if (isWritten(outcome)) return 'taken';
      found = await appointments.find(patientId, { date, appointmentId });
    }
    return undefined;
  }

  async function freeIfEnded(item: Item): Promise<Outcome> {
    const holder = parseHolder(item);
    if (await isBooked(holder)) return undefined;
    if (isDryRun) return 'freed';
    const { PK, SK } = item as Item & Key;
    const outcome = await write(table, [
      update(table, { PK, SK }, FREED, ifTaken(holder.appointmentId)),
    ]);
    return isWritten(outcome) ? 'freed' : undefined;
  }

  for await (const { items, scanned } of scan(table, from)) {
    for (let i = 0; i < items.length; i += CONCURRENT_ITEMS) {
      const outcomes = items
        .slice(i, i + CONCURRENT_ITEMS)
        .map(async (item) =>
          String(item['SK']).startsWith('SLOT#') ? freeIfEnded(item) : take(parseAppointment(item)),
        );
      for (const outcome of await Promise.all(outcomes)) {
        if (typeof outcome === 'object') conflicts.push(outcome);
        else if (outcome !== undefined) counts[outcome] += 1;
      }
    }
    counts.scanned += scanned;
  }
  return conflicts;
}

/** The booked appointments, and the slots that are taken, from a time on. Only booked appointments have an `agenda_key`. */
async function* scan(table: Table, from: string) {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const command: ScanCommand = new ScanCommand({
      TableName: table.name,
      ConsistentRead: true,
      FilterExpression: 'agenda_key >= :from OR (SK BETWEEN :first AND :last AND #status = :taken)',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':from': from,
        ':first': `SLOT#${from}`,
        ':last': 'SLOT#~',
        ':taken': 'taken',
      },
      ...(ExclusiveStartKey && { ExclusiveStartKey }),
    });
    const page = await callStore(table, (options) => table.client.send(command, options));
    yield { items: page.Items ?? [], scanned: page.ScannedCount ?? 0 };
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}

type Holder = ReturnType<typeof parseHolder>;

/** The appointment that took a slot last. */
function parseHolder(item: Item) {
  return {
    appointmentId: attribute(item, 'appointment_id', APPOINTMENT_ID.parse),
    patientId: attribute(item, 'patient_id', ID.parse),
    date: slotDate(parseSlotItem(item)),
    isTaken: parseFreedBy(item) === undefined,
  };
}

function ifHeldBy(holder: Holder | undefined) {
  if (holder === undefined) return ABSENT;
  return holder.isTaken ? ifTaken(holder.appointmentId) : ifFreedBy(holder.appointmentId);
}

function checkBooked({ name }: Table, appointment: Appointment): WriteAction {
  const Key = patientDayKey(appointment.patientId, slotDate(appointment.slot));
  const { ConditionExpression, ...values } = ifBooked(appointment);
  return { ConditionCheck: { TableName: name, Key, ConditionExpression, ...values } };
}

/** @throws StoreUnavailableError if the outcome is unknown */
function isWritten(outcome: WriteOutcome): boolean {
  if (outcome.kind === 'unknown') throw outcome.error;
  return outcome.kind === 'written';
}
