import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { createPeopleBatch } from '../../scripts/people-import/people-batch.ts';
import type { Appointment } from '../../src/domain/appointment.ts';
import { list } from '../../src/domain/list.ts';
import type { Id } from '../../src/domain/people.ts';
import {
  type CreateOutcome,
  type DateRange,
  PRACTITIONER_DOUBLE_BOOKING,
} from '../../src/domain/repositories.ts';
import {
  addDays,
  FIRST_DATE,
  LAST_DATE,
  type Slot,
  slotDate,
  type UtcDate,
} from '../../src/domain/slot.ts';
import { createAppointmentRepository } from '../../src/repositories/appointments.ts';
import { createPeopleRepository } from '../../src/repositories/people.ts';
import { openTable, patientDayKey } from '../../src/repositories/table.ts';
import { ALEXEI, appointment, BOB } from '../support/people.ts';

jest.setTimeout(30_000);

const table = openTable(`appointments-${randomUUID()}`);

/** Has a socket for each of 200 concurrent calls, because waiting for a socket would count as waiting for the store. */
const wideTable = {
  ...table,
  client: DynamoDBDocumentClient.from(
    new DynamoDBClient({ requestHandler: { httpAgent: { maxSockets: 200 } } }),
  ),
};

const appointments = createAppointmentRepository(table, 'allow');

const people = createPeopleRepository(table);

const ALL = { from: FIRST_DATE, to: LAST_DATE, order: 'asc', limit: 10_000 } as const;

/** A patient that no other test uses. */
const newPatient = () => randomUUID() as Id;

/** An appointment with a new id and practitioner, at one of the 48 half hours of a date. */
function on(patientId: Id, date: UtcDate, halfHour = 0): Appointment {
  const hour = String(Math.floor(halfHour / 2)).padStart(2, '0');
  const slot = `${date}T${hour}:${halfHour % 2 === 0 ? '00' : '30'}:00Z` as Slot;
  const practitioner = { ...BOB, practitionerId: randomUUID() as Id };
  return appointment({ appointmentId: randomUUID(), patientId, practitioner, slot });
}

const ids = (list: readonly Appointment[]) => list.map(({ appointmentId }) => appointmentId);

const BOOKED = { kind: 'booked' };
const taken = (conflict: Appointment) => ({ kind: 'patient-day-taken', conflict });

/** The appointment that holds the date after an attempt to book it. */
function holderOf(booking: Appointment, outcome: CreateOutcome): Appointment | undefined {
  if (outcome.kind === 'booked') return booking;
  return outcome.kind === 'patient-day-taken' ? outcome.conflict : undefined;
}

beforeAll(async () => {
  await createTable(table.name);
});

describe.each(PRACTITIONER_DOUBLE_BOOKING)('create, double booking: %s', (doubleBooking) => {
  const appointments = createAppointmentRepository(table, doubleBooking);
  const manyAtOnce = createAppointmentRepository(wideTable, doubleBooking);

  it('gives a date to exactly one of 200 concurrent calls, and its appointment to all others', async () => {
    const patientId = newPatient();
    const tries = Array.from({ length: 200 }, (_, i) =>
      on(patientId, '2021-01-07' as UtcDate, i % 48),
    );

    const holders = await Promise.all(
      tries.map(async (booking) => holderOf(booking, await manyAtOnce.create(booking))),
    );

    const [winner] = holders;
    expect(new Set(holders.map((holder) => holder?.appointmentId)).size).toBe(1);
    expect(tries).toContainEqual(winner);
    await expect(appointments.listByPatient({ ...ALL, patientId })).resolves.toEqual([winner]);
  });

  it('gives each of 50 dates to exactly one of 40 writers', async () => {
    const patientId = newPatient();
    const dates = Array.from({ length: 50 }, (_, i) => addDays('2021-01-01' as UtcDate, i));

    const holders = await Promise.all(
      Array.from({ length: 40 }, async (_, writer) => {
        const held: Appointment[] = [];
        // Each writer starts elsewhere, so that they meet at every date in another order.
        for (const i of dates.keys()) {
          const date = dates[(i + writer) % 50] ?? FIRST_DATE;
          const booking = on(patientId, date, writer);
          held.push(holderOf(booking, await manyAtOnce.create(booking)) ?? booking);
        }
        return held;
      }),
    );

    const listed = await appointments.listByPatient({ ...ALL, patientId });
    expect(listed.map(({ slot }) => slotDate(slot))).toEqual(dates);
    expect(new Set(ids(holders.flat()))).toEqual(new Set(ids(listed)));
  });

  it('is booked if an earlier attempt stored it', async () => {
    const booking = on(newPatient(), '2021-01-07' as UtcDate);
    await appointments.create(booking);

    await expect(appointments.create(booking)).resolves.toEqual(BOOKED);
  });

  it('is booked if the SDK sends the write again after a lost response', async () => {
    const lossy = openTable(table.name);
    let attempts = 0;
    lossy.client.middlewareStack.add(
      (next) => async (args) => {
        const output = await next(args);
        attempts += 1;
        if (attempts === 1)
          throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
        return output;
      },
      // Below the SDK's retries: what is thrown here is one lost attempt.
      { step: 'deserialize', priority: 'low' },
    );
    const booking = on(newPatient(), '2021-01-07' as UtcDate);

    await expect(
      createAppointmentRepository(lossy, doubleBooking).create(booking),
    ).resolves.toEqual(BOOKED);

    expect(attempts).toBe(2);
    await expect(
      appointments.listByPatient({ ...ALL, patientId: booking.patientId }),
    ).resolves.toEqual([booking]);
  });

  it('stores the item that docs/data-model.md describes', async () => {
    const booking = on(newPatient(), '2021-01-07' as UtcDate);
    await appointments.create(booking);

    const { Item } = await table.client.send(
      new GetCommand({
        TableName: table.name,
        Key: { PK: `PATIENT#${booking.patientId}`, SK: 'DAY#2021-01-07' },
      }),
    );

    expect(Item).toEqual({
      PK: `PATIENT#${booking.patientId}`,
      SK: 'DAY#2021-01-07',
      appointment_id: booking.appointmentId,
      patient_id: booking.patientId,
      practitioner_id: booking.practitioner.practitionerId,
      practitioner_first_name: 'Bob',
      practitioner_last_name: 'Dr',
      practitioner_npi: '100',
      start_time: '2021-01-07T00:00:00Z',
      created_at: '2021-01-01T12:00:00.000Z',
      request_id: 'JKJaXmPLvHcESHA=',
    });
  });
});

describe('create, double booking: reject', () => {
  const exclusive = createAppointmentRepository(table, 'reject');
  const wide = createAppointmentRepository(wideTable, 'reject');

  const slotItem = async ({ practitioner, slot }: Appointment) => {
    const Key = {
      PK: `PRACTITIONER#${practitioner.practitionerId}`,
      SK: `SLOT#${slot.slice(0, 16)}Z`,
    };
    return (await table.client.send(new GetCommand({ TableName: table.name, Key }))).Item;
  };

  it("gives a practitioner's time to exactly one of 200 concurrent patients", async () => {
    const first = on(newPatient(), '2021-01-07' as UtcDate, 19);
    const tries = Array.from({ length: 200 }, () => ({
      ...first,
      appointmentId: randomUUID(),
      patientId: newPatient(),
    }));

    const outcomes = await Promise.all(tries.map(async (booking) => wide.create(booking)));

    const winners = tries.filter((_, i) => outcomes[i]?.kind === 'booked');
    expect(winners).toHaveLength(1);
    const [winner = first] = winners;
    expect(outcomes.filter(({ kind }) => kind === 'practitioner-slot-taken')).toHaveLength(199);
    await expect(slotItem(winner)).resolves.toEqual({
      PK: `PRACTITIONER#${winner.practitioner.practitionerId}`,
      SK: 'SLOT#2021-01-07T09:30Z',
      appointment_id: winner.appointmentId,
      patient_id: winner.patientId,
    });
    const listed = await Promise.all(
      tries.map(async ({ patientId }) => appointments.listByPatient({ ...ALL, patientId })),
    );
    expect(listed.flat()).toEqual([winner]);
  });

  it('leaves the time free if the date is taken, and the date if the time is', async () => {
    const date = '2021-01-07' as UtcDate;
    const held = on(newPatient(), date, 18);
    await exclusive.create(held);
    const dateTaken = on(held.patientId, date, 20);
    const timeTaken = { ...held, appointmentId: randomUUID(), patientId: newPatient() };

    await expect(exclusive.create(dateTaken)).resolves.toEqual(taken(held));
    await expect(slotItem(dateTaken)).resolves.toBeUndefined();
    await expect(exclusive.create(timeTaken)).resolves.toEqual({ kind: 'practitioner-slot-taken' });
    const { patientId } = timeTaken;
    await expect(appointments.listByPatient({ ...ALL, patientId })).resolves.toEqual([]);
    await expect(exclusive.create(on(patientId, date, 18))).resolves.toEqual(BOOKED);
  });

  it('reports the date if both are taken', async () => {
    const date = '2021-01-07' as UtcDate;
    const mine = on(newPatient(), date, 18);
    const others = on(newPatient(), date, 18);
    await exclusive.create(mine);
    await exclusive.create(others);

    const both = { ...others, appointmentId: randomUUID(), patientId: mine.patientId };

    await expect(exclusive.create(both)).resolves.toEqual(taken(mine));
  });

  it('stores no slot item if double booking is allowed', async () => {
    const booking = on(newPatient(), '2021-01-07' as UtcDate);
    await appointments.create(booking);

    await expect(slotItem(booking)).resolves.toBeUndefined();
  });
});

describe('listByPatient', () => {
  it('has a booking right after it, and nothing of another patient', async () => {
    const [mine, other] = [newPatient(), newPatient()];
    const booking = on(mine, '2021-01-07' as UtcDate);
    await appointments.create(booking);

    await expect(appointments.listByPatient({ ...ALL, patientId: mine })).resolves.toEqual([
      booking,
    ]);
    await expect(appointments.listByPatient({ ...ALL, patientId: other })).resolves.toEqual([]);
  });

  it('includes both ends of the range', async () => {
    const patientId = newPatient();
    const dates = ['2021-01-06', '2021-01-07', '2021-01-08', '2021-01-09'] as UtcDate[];
    await Promise.all(dates.map(async (date) => appointments.create(on(patientId, date, 47))));

    const listed = await appointments.listByPatient({
      ...ALL,
      patientId,
      from: '2021-01-07' as UtcDate,
      to: '2021-01-08' as UtcDate,
    });

    expect(listed.map(({ slot }) => slotDate(slot))).toEqual(['2021-01-07', '2021-01-08']);
  });

  describe('of 3000 appointments, more than 1 MB', () => {
    const patientId = newPatient();
    const dates = Array.from({ length: 3000 }, (_, i) => addDays('2021-01-01' as UtcDate, i));

    beforeAll(async () => {
      await seed(patientId, dates);
    });

    it.each([
      ['asc', dates],
      ['desc', dates.toReversed()],
    ] as const)('follows the pages of the store, %s', async (order, expected) => {
      let pages = 0;
      const counting = openTable(table.name);
      counting.client.middlewareStack.add(
        (next) => async (args) => {
          pages += 1;
          return next(args);
        },
        {},
      );

      const listed = await createAppointmentRepository(counting, 'allow').listByPatient({
        ...ALL,
        patientId,
        order,
      });

      expect(listed.map(({ slot }) => slotDate(slot))).toEqual(expected);
      expect(pages).toBeGreaterThan(1);
    });

    it.each([
      ['asc', 1000, dates],
      ['asc', 999, dates],
      ['desc', 1000, dates.toReversed()],
      ['desc', 999, dates.toReversed()],
    ] as const)('is listed page by page, %s by %i', async (order, limit, expected) => {
      await createPeopleBatch(table).store([{ ...ALEXEI, patientId }]);
      const listed: UtcDate[] = [];
      let bounds: Partial<DateRange> | undefined = {};
      while (bounds !== undefined) {
        const range: DateRange = { ...ALL, patientId, order, limit, ...bounds };
        const page = await list({ people, appointments }, range);
        if (page.kind !== 'listed') throw new Error(page.kind);
        listed.push(...page.appointments.map(({ slot }) => slotDate(slot)));
        bounds = page.next;
      }

      expect(listed).toEqual(expected);
    });

    it('stops at the limit', async () => {
      const listed = await appointments.listByPatient({ ...ALL, patientId, limit: 2500 });

      expect(listed.map(({ slot }) => slotDate(slot))).toEqual(dates.slice(0, 2500));
    });
  });
});

/** Stores an appointment on each date in batches, with names so long that 3000 do not fit into one page of the store. */
async function seed(patientId: Id, dates: readonly UtcDate[]): Promise<void> {
  const item = (date: UtcDate) => ({
    ...patientDayKey(patientId, date),
    appointment_id: randomUUID(),
    patient_id: patientId,
    practitioner_id: '1',
    practitioner_first_name: 'B'.repeat(100),
    practitioner_last_name: 'D'.repeat(100),
    practitioner_npi: '100',
    start_time: `${date}T09:30:00Z`,
    created_at: '2021-01-01T12:00:00.000Z',
    request_id: 'JKJaXmPLvHcESHA=',
  });
  for (let first = 0; first < dates.length; first += 25) {
    const requests = dates
      .slice(first, first + 25)
      .map((date) => ({ PutRequest: { Item: item(date) } }));
    await table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: requests } }));
  }
}
