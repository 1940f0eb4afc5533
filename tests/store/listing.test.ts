import { randomUUID } from 'node:crypto';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { createPeopleBatch } from '../../scripts/people-import/people-batch.ts';
import { type Appointment, newAppointmentId } from '../../src/domain/appointment.ts';
import type { Id, Name } from '../../src/domain/people.ts';
import type { DateRange } from '../../src/domain/ports.ts';
import {
  addDays,
  FIRST_DATE,
  LAST_DATE,
  type Slot,
  slotDate,
  type UtcDate,
} from '../../src/domain/slot.ts';
import { list } from '../../src/domain/use-cases/list.ts';
import { itemOf, replacedItemOf } from '../../src/repositories/appointment-items.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/store.ts';
import { ALEXEI, appointment, BOB, cancelled } from '../support/people.ts';

jest.setTimeout(30_000);

const calls: number[] = [];
const table = {
  ...openTable(`appointments-${randomUUID()}`),
  onCall: (attempts: number) => calls.push(attempts),
};
const repositories = createRepositories(table, 'allow');
const { appointments } = repositories;

const ALL = {
  from: FIRST_DATE,
  to: LAST_DATE,
  status: 'all',
  order: 'asc',
  limit: 10_000,
} as const;

/** A patient that no other test uses. */
async function newPatient(): Promise<Id> {
  const patientId = randomUUID() as Id;
  await createPeopleBatch(table).store([{ ...ALEXEI, patientId }]);
  return patientId;
}

beforeAll(async () => {
  await createTable(table.name);
});

/** An appointment of a date. The appointments of a date do not start in the order in which they were booked. */
function on(patientId: Id, date: UtcDate, i = 0): Appointment {
  const hour = String((7 * i + 9) % 24).padStart(2, '0');
  return appointment({
    appointmentId: newAppointmentId(),
    patientId,
    slot: `${date}T${hour}:30:00Z` as Slot,
    createdAt: new Date(Date.UTC(2021, 0, 1) + i).toISOString(),
  });
}

/** Stores appointments as they are. Of each date, the last one has the date, and the others were replaced. */
async function seed(all: readonly Appointment[]): Promise<void> {
  const items = all.map((one, i) => {
    const next = all[i + 1];
    return next !== undefined && slotDate(next.slot) === slotDate(one.slot) && one.ending
      ? replacedItemOf({ ...one, ending: one.ending })
      : itemOf(one);
  });
  for (let i = 0; i < items.length; i += 25) {
    const requests = items.slice(i, i + 25).map((Item) => ({ PutRequest: { Item } }));
    await table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: requests } }));
  }
}

/** Lists all pages, as a client that follows their links. */
async function listPages(range: DateRange): Promise<(readonly Appointment[])[]> {
  const pages: (readonly Appointment[])[] = [];
  for (let next: Partial<DateRange> | undefined = range; next !== undefined; ) {
    const page = await list(repositories, { ...range, ...next });
    if (page.kind !== 'listed') throw new Error(page.kind);
    pages.push(page.appointments);
    next = page.next;
  }
  return pages;
}

/** The appointments in pages of `limit`, which is what a client must see. */
function paged(all: readonly Appointment[], limit: number): Appointment[][] {
  const pages = [];
  for (let i = 0; i < all.length; i += limit) pages.push(all.slice(i, i + limit));
  return pages;
}

describe('a list', () => {
  it('has a booking right after it, and nothing of another patient', async () => {
    const [mine, other] = [await newPatient(), await newPatient()];
    const booking = on(mine, '2021-01-07' as UtcDate);
    await appointments.create(booking);

    await expect(appointments.listByPatient({ ...ALL, patientId: mine })).resolves.toEqual([
      booking,
    ]);
    await expect(appointments.listByPatient({ ...ALL, patientId: other })).resolves.toEqual([]);
  });

  it('includes both ends of the range, and their replaced appointments', async () => {
    const patientId = await newPatient();
    const dates = ['2021-01-06', '2021-01-07', '2021-01-08', '2021-01-09'] as UtcDate[];
    const all = dates.flatMap((date) => [
      cancelled(on(patientId, date, 0)),
      cancelled(on(patientId, date, 1)),
      on(patientId, date, 2),
    ]);
    await seed(all);
    const range = { ...ALL, patientId, from: dates[1] ?? FIRST_DATE, to: dates[2] ?? LAST_DATE };

    await expect(appointments.listByPatient(range)).resolves.toEqual(
      all.slice(3, 9).toSorted(byStart),
    );
    await expect(appointments.listByPatient({ ...range, status: 'booked' })).resolves.toEqual([
      all[5],
      all[8],
    ]);
  });

  it('finds a booked appointment behind 1,000 that have ended in few calls', async () => {
    const patientId = await newPatient();
    const booked = on(patientId, '2021-01-08' as UtcDate);
    const ended = Array.from({ length: 1000 }, (_, i) =>
      cancelled(on(patientId, '2021-01-07' as UtcDate, i)),
    );
    await seed([...ended, booked]);
    calls.length = 0;

    await expect(
      appointments.listByPatient({ ...ALL, patientId, status: 'booked', limit: 2 }),
    ).resolves.toEqual([booked]);
    expect(calls.length).toBeLessThan(12);
  });
});

/** By start, and then in the order in which they were booked. */
const byStart = (a: Appointment, b: Appointment) =>
  a.slot + a.createdAt < b.slot + b.createdAt ? -1 : 1;

const ordered = (all: readonly Appointment[], order: 'asc' | 'desc') =>
  order === 'asc' ? all.toSorted(byStart) : all.toSorted(byStart).toReversed();

describe('pages of dates with up to 40 appointments that have ended', () => {
  let patientId: Id;
  let all: Appointment[] = [];

  beforeAll(async () => {
    patientId = await newPatient();
    // How many appointments of each date ended, and how many were booked after them.
    const dates: [number, number][] = [
      [0, 1],
      [1, 0],
      [2, 1],
      [40, 1],
      [0, 1],
      [9, 0],
      [3, 1],
      [1, 1],
    ];
    all = dates.flatMap(([ended, booked], d) => {
      const date = addDays('2021-02-25' as UtcDate, d);
      return [
        ...Array.from({ length: ended }, (_, i) => cancelled(on(patientId, date, i))),
        ...Array.from({ length: booked }, () => on(patientId, date, ended)),
      ];
    });
    await seed(all);
  });

  describe.each(['asc', 'desc'] as const)('%s', (order) => {
    it.each([1, 2, 7, 40, 41, 61, 62])('have each appointment once, by %i', async (limit) => {
      const expected = ordered(all, order);
      const booked = expected.filter(({ ending }) => ending === null);
      const range = { ...ALL, patientId, order, limit };

      expect(await listPages(range)).toEqual(paged(expected, limit));
      expect(await listPages({ ...range, status: 'booked' })).toEqual(paged(booked, limit));
    });
  });
});

describe('pages of 3000 appointments, more than 1 MB,', () => {
  let patientId: Id;
  let all: Appointment[] = [];

  beforeAll(async () => {
    patientId = await newPatient();
    const name = 'N'.repeat(100) as Name;
    const practitioner = { ...BOB, firstName: name, lastName: name };
    all = Array.from({ length: 3000 }, (_, d) => ({
      ...on(patientId, addDays('2021-01-01' as UtcDate, d)),
      practitioner,
    }));
    await seed(all);
  });

  describe.each([
    ['asc', 'booked'],
    ['asc', 'all'],
    ['desc', 'booked'],
    ['desc', 'all'],
  ] as const)('%s, %s', (order, status) => {
    it('follow those of the store', async () => {
      calls.length = 0;

      const listed = await appointments.listByPatient({ ...ALL, patientId, order, status });

      expect(listed).toEqual(ordered(all, order));
      expect(calls.length).toBeGreaterThan(1);
    });

    it.each([1000, 999])('have each appointment once, by %i', async (limit) => {
      expect(await listPages({ ...ALL, patientId, order, status, limit })).toEqual(
        paged(ordered(all, order), limit),
      );
    });
  });
});
