import { randomUUID } from 'node:crypto';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import type { Appointment } from '../../src/domain/appointment.ts';
import type { Id, Name } from '../../src/domain/people.ts';
import { addDays, FIRST_DATE, LAST_DATE, type Slot, slotDate } from '../../src/domain/slot.ts';
import { itemOf, replacedItemOf } from '../../src/repositories/appointment-items.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { type Item, openTable } from '../../src/repositories/store.ts';
import { BOB, cancelled, january, newAppointment } from '../support/people.ts';

jest.setTimeout(30_000);

const calls: number[] = [];
const table = {
  ...openTable(`appointments-${randomUUID()}`),
  onCall: (attempts: number) => calls.push(attempts),
};
const { appointments } = createRepositories(table, 'allow');
const people = { patientId: randomUUID() as Id, practitionerId: BOB.practitionerId };
const EVER = { from: FIRST_DATE, to: LAST_DATE, order: 'asc', limit: 10_000 } as const;

async function seed(items: readonly Item[]): Promise<void> {
  for (let i = 0; i < items.length; i += 25) {
    const requests = items.slice(i, i + 25).map((Item) => ({ PutRequest: { Item } }));
    await table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: requests } }));
  }
}

/** 3000 appointments, more than the 1 MB that the store returns at once. */
const name = 'N'.repeat(100) as Name;
const all: readonly Appointment[] = Array.from({ length: 3000 }, (_, days) =>
  newAppointment(people, `${addDays(slotDate(january(1)), days)}T09:00:00Z` as Slot, {
    practitioner: { ...BOB, firstName: name, lastName: name },
  }),
);

beforeAll(async () => {
  await createTable(table.name);
  await seed(all.map(itemOf));
});

beforeEach(() => {
  calls.length = 0;
});

it.each([
  ['asc', 'booked'],
  ['asc', 'all'],
  ['desc', 'booked'],
  ['desc', 'all'],
] as const)('lists follow the pages of the store: %s, %s', async (order, status) => {
  const listed = await appointments.listByPatient({ ...EVER, ...people, order, status });

  const items = order === 'asc' ? all : all.toReversed();
  expect(listed).toEqual({ items, more: false });
  expect(calls.length).toBeGreaterThan(1);
});

it('agendas follow the pages of the store', async () => {
  const listed = await appointments.listByPractitioner({ ...EVER, ...people });

  expect(listed).toEqual({ items: all, more: false });
  expect(calls.length).toBeGreaterThan(1);
});

it('a booked appointment is found behind 1,000 that have ended in few calls', async () => {
  const patient = { ...people, patientId: randomUUID() as Id };
  const booked = newAppointment(patient, january(8));
  const ended = Array.from({ length: 1000 }, () => cancelled(newAppointment(patient, january(7))));
  await seed([...ended.map(replacedItemOf), itemOf(booked)]);

  const listed = appointments.listByPatient({ ...EVER, ...patient, status: 'booked', limit: 2 });

  await expect(listed).resolves.toEqual({ items: [booked], more: false });
  expect(calls.length).toBeLessThan(12);
});
