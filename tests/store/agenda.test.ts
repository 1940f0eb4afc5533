import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { createPeopleBatch } from '../../scripts/people-import/people-batch.ts';
import type { Appointment } from '../../src/domain/appointment.ts';
import type { Id, Name } from '../../src/domain/people.ts';
import type { AgendaRange } from '../../src/domain/ports.ts';
import { FIRST_DATE, LAST_DATE, type UtcDate } from '../../src/domain/slot.ts';
import { agenda } from '../../src/domain/use-cases/agenda.ts';
import { itemOf } from '../../src/repositories/appointment-items.ts';
import { openTable } from '../../src/repositories/store.ts';
import {
  appointmentOf,
  january,
  newAppointment,
  newPeople,
  openClinic,
  type People,
} from '../support/clinic.ts';
import { ALEXEI, BOB } from '../support/people.ts';

jest.setTimeout(30_000);

const table = openTable(`appointments-${randomUUID()}`);
const clinic = openClinic(table, 'allow');
/** Two patients of one practitioner. */
let alexei: People;
let ann: People;

beforeAll(async () => {
  await createTable(table.name);
});

beforeEach(async () => {
  alexei = await newPeople(table);
  ann = { ...(await newPeople(table)), practitionerId: alexei.practitionerId };
});

async function agendaOf(
  { practitionerId }: Pick<People, 'practitionerId'>,
  changes: Partial<AgendaRange> = {},
) {
  const range = { from: FIRST_DATE, to: LAST_DATE, order: 'asc', limit: 100 } as const;
  const outcome = await agenda(clinic.repositories, { ...range, practitionerId, ...changes });
  if (outcome.kind !== 'found') throw new Error(outcome.kind);
  return outcome;
}

const appointmentsOf = async (...range: Parameters<typeof agendaOf>) =>
  (await agendaOf(...range)).entries.map(({ appointment }) => appointment);

/** Reads the index until the expectation holds, because a write can take a moment to show up there. */
async function eventually(expectation: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    try {
      await expectation();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(20);
    }
  }
}

async function expectAgenda(
  appointments: readonly Appointment[],
  range: Partial<AgendaRange> = {},
): Promise<void> {
  await eventually(async () => {
    await expect(appointmentsOf(alexei, range)).resolves.toEqual(appointments);
  });
}

const booked = async (people: People, slot = january(7)) =>
  appointmentOf(await clinic.book(people, slot));

describe('an agenda', () => {
  it('has booked appointments, but not cancelled ones', async () => {
    const later = await booked(alexei, january(7, '10:00'));
    const earlier = await booked(ann, january(7, '09:30'));
    await expectAgenda([earlier, later]);

    await clinic.cancel(earlier);
    await expectAgenda([later]);

    const again = await booked(ann, january(7, '10:30'));
    await expectAgenda([later, again]);
  });

  it.each([
    ['within its date', january(7, '10:00')],
    ['to another date', january(8)],
  ])('shows a rescheduled appointment at its new time: %s', async (_name, to) => {
    const old = await booked(alexei);
    const other = await newPeople(table);
    await expectAgenda([old]);

    const moved = appointmentOf(await clinic.reschedule(old, to));
    await expectAgenda([moved]);

    const given = appointmentOf(await clinic.reschedule(moved, to, other.practitionerId));
    await expectAgenda([]);
    await eventually(async () => {
      await expect(appointmentsOf(other)).resolves.toEqual([given]);
    });
  });

  it('includes all of the first and last date', async () => {
    const all = [];
    for (const slot of [
      january(6, '23:30'),
      january(7, '00:00'),
      january(8, '23:30'),
      january(9, '00:00'),
    ]) {
      all.push(await booked(slot.endsWith('23:30:00Z') ? alexei : ann, slot));
    }
    const range = { from: '2021-01-07' as UtcDate, to: '2021-01-08' as UtcDate };

    await expectAgenda(all);
    await expectAgenda(all.slice(1, 3), range);
    await expectAgenda(all.slice(1, 3).toReversed(), { ...range, order: 'desc' });
  });

  it('has the current names of patients', async () => {
    const first = await booked(alexei);
    await booked(alexei, january(8));
    await booked(ann, january(9));
    const renamed = { ...ALEXEI, patientId: first.patientId, lastName: 'Now' as Name };
    await createPeopleBatch(table).store([renamed]);

    await eventually(async () => {
      const { entries } = await agendaOf(alexei);
      const lastNames = entries.map(({ patient }) => patient?.lastName);
      expect(lastNames).toEqual(['Now', 'Now', ALEXEI.lastName]);
    });
  });
});

describe('pages of 300 patients at one time, between two others,', () => {
  const SAME = 300;
  const practitionerId = randomUUID() as Id;
  /** In ascending order. */
  let all: Appointment[];

  beforeAll(async () => {
    all = Array.from({ length: SAME + 2 }, (_, i) =>
      newAppointment(
        { patientId: randomUUID() as Id, practitionerId },
        i === 0 ? january(6) : i > SAME ? january(8) : january(7),
      ),
    ).toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
    const people = createPeopleBatch(table);
    await people.store([{ ...BOB, practitionerId }]);
    for (let i = 0; i < all.length; i += 25) {
      const some = all.slice(i, i + 25);
      await people.store(some.map(({ patientId }) => ({ ...ALEXEI, patientId })));
      const requests = some.map((one) => ({ PutRequest: { Item: itemOf(one) } }));
      await table.client.send(new BatchWriteCommand({ RequestItems: { [table.name]: requests } }));
    }
    await expectIndexed(all);
  });

  const key = ({ slot, appointmentId }: Appointment) => `${slot} ${appointmentId}`;

  const expectIndexed = async (appointments: readonly Appointment[]) =>
    eventually(async () => {
      const range = { from: FIRST_DATE, to: LAST_DATE, order: 'asc', limit: 1000 } as const;
      await expect(
        clinic.repositories.appointments.listByPractitioner({ ...range, practitionerId }),
      ).resolves.toEqual(appointments);
    });

  /** Reads all pages, as a client that follows their links. */
  async function pagesOf(
    order: 'asc' | 'desc',
    limit: number,
    betweenPages?: (last: Appointment) => Promise<void>,
  ): Promise<Appointment[][]> {
    const pages: Appointment[][] = [];
    for (let after: AgendaRange['after']; ; ) {
      const { entries, ...next } = await agendaOf({ practitionerId }, { order, limit, after });
      const page = entries.map(({ appointment }) => appointment);
      pages.push(page);
      const last = page.at(-1);
      if (next.after === undefined || last === undefined) return pages;
      await betweenPages?.(last);
      ({ after } = next);
    }
  }

  it.each([
    ['asc', 100],
    ['asc', 37],
    ['desc', 100],
    ['desc', 37],
  ] as const)('have each appointment once, %s, by %i', async (order, limit) => {
    const pages = await pagesOf(order, limit);

    expect(pages.flat()).toEqual(order === 'asc' ? all : all.toReversed());
    expect(pages).toHaveLength(Math.ceil(all.length / limit));
  });

  it.each(['asc', 'desc'] as const)(
    'have each appointment once if the last one of a page is cancelled before the next, %s',
    async (order) => {
      const before = all;

      const pages = await pagesOf(order, 60, async (last) => {
        await clinic.cancel(last);
        all = all.filter((one) => key(one) !== key(last));
        await expectIndexed(all);
      });

      expect(pages.flat()).toEqual(order === 'asc' ? before : before.toReversed());
      expect(all.length).toBeLessThan(before.length);
    },
  );
});

describe('a table that was created before it had the index', () => {
  it('gets the index, which includes the existing appointments', async () => {
    const old = openTable(`appointments-${randomUUID()}`);
    const keys = [
      ['PK', 'HASH'],
      ['SK', 'RANGE'],
    ] as const;
    await old.client.send(
      new CreateTableCommand({
        TableName: old.name,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map(([AttributeName]) => ({
          AttributeName,
          AttributeType: 'S',
        })),
        KeySchema: keys.map(([AttributeName, KeyType]) => ({ AttributeName, KeyType })),
      }),
    );
    const people = await newPeople(old);
    const { book, repositories } = openClinic(old, 'allow');
    const before = appointmentOf(await book(people, january(7)));

    await createTable(old.name);
    await createTable(old.name);

    const range = { ...people, from: FIRST_DATE, to: LAST_DATE, order: 'asc', limit: 9 } as const;
    const indexed = async () => repositories.appointments.listByPractitioner(range);
    await expect(indexed()).resolves.toEqual([before]);
    const after = appointmentOf(await book(people, january(8)));
    await eventually(async () => {
      await expect(indexed()).resolves.toEqual([before, after]);
    });
  });
});
