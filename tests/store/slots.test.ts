import { randomUUID } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { type Appointment, hasEnded } from '../../src/domain/appointment.ts';
import { type Slot, slotDate, type UtcDate } from '../../src/domain/slot.ts';
import { slots } from '../../src/domain/use-cases/slots.ts';
import { itemOf, slotItemOf } from '../../src/repositories/appointment-items.ts';
import { openTable } from '../../src/repositories/store.ts';
import {
  appointmentOf,
  january,
  newPeople,
  openClinic,
  type People,
  storedItems,
} from '../support/clinic.ts';

const table = openTable(`appointments-${randomUUID()}`);
const clinic = openClinic(table, 'reject');
const allowing = openClinic(table, 'allow');
let alexei: People;
/** Another patient, who sees the same practitioner. */
let ann: People;

beforeAll(async () => {
  await createTable(table.name);
});

beforeEach(async () => {
  alexei = await newPeople(table);
  ann = { ...(await newPeople(table)), practitionerId: alexei.practitionerId };
});

const TAKEN = { kind: 'practitioner-slot-taken' };

const booked = async (people: People, slot = january(7), by = clinic) =>
  appointmentOf(await by.book(people, slot));

/** Expects exactly these appointments of Alexei, and the practitioner's times of these. */
async function expectStored(
  appointments: readonly Appointment[],
  slots: readonly Appointment[],
): Promise<void> {
  await expect(storedItems(table, alexei)).resolves.toEqual({
    appointments: appointments.map(itemOf),
    slots: slots.map(slotItemOf),
  });
}

describe("a practitioner's time", () => {
  it('stays free if the date is taken, and the date stays free if the time is', async () => {
    const first = await booked(alexei);

    await expect(clinic.book(alexei, january(7, '10:00'))).resolves.toMatchObject({
      kind: 'patient-day-taken',
      conflict: first,
    });
    await expect(clinic.book(ann, january(7))).resolves.toEqual(TAKEN);
    await expectStored([first], [first]);
    await expect(storedItems(table, ann)).resolves.toMatchObject({ appointments: [] });
  });

  it('is kept as free when its appointment ends, and taken by the next one', async () => {
    const first = await booked(alexei);
    const slotItem = async () => {
      const { PK, SK } = slotItemOf(first);
      const command = new GetCommand({ TableName: table.name, Key: { PK, SK } });
      return (await table.client.send(command)).Item;
    };

    await clinic.cancel(first);
    await expect(slotItem()).resolves.toEqual({ ...slotItemOf(first), status: 'free' });
    const second = await booked(ann);
    await expect(slotItem()).resolves.toEqual(slotItemOf(second));
  });

  it('is not mentioned if the date is taken too', async () => {
    const first = await booked(alexei);
    await booked(ann, january(7, '10:00'));

    await expect(clinic.book(alexei, january(7, '10:00'))).resolves.toMatchObject({
      kind: 'patient-day-taken',
      conflict: first,
    });
  });

  it.each([
    ['within the date', january(7, '10:00')],
    ['to another date', january(8)],
  ])('that is taken leaves an appointment as it is, if it is rescheduled %s', async (_name, to) => {
    const first = await booked(alexei);
    const other = await booked(ann, to);

    await expect(clinic.reschedule(first, to)).resolves.toEqual(TAKEN);
    await expectStored([first], [first, other]);
  });

  it('stays free if a date to which an appointment is rescheduled is taken', async () => {
    const first = await booked(alexei);
    const second = await booked(alexei, january(8));

    await expect(clinic.reschedule(first, january(8, '10:00'))).resolves.toMatchObject({
      kind: 'patient-day-taken',
      conflict: second,
    });
    await expectStored([first, second], [first, second]);
  });

  describe.each<
    [string, (first: Appointment) => Promise<{ kind: string; appointment?: Appointment }>]
  >([
    ['cancelled', async (first) => clinic.cancel(first)],
    ['rescheduled within the date', async (first) => clinic.reschedule(first, january(7, '10:00'))],
    ['rescheduled to another date', async (first) => clinic.reschedule(first, january(8))],
  ])(
    'of an appointment that was booked while double booking was allowed, and is %s',
    (_name, end) => {
      it.each([
        ['stays free', 0],
        ['is still the other appointment that has it', 1],
      ])('%s', async (_name, others) => {
        const first = await booked(alexei, january(7), allowing);
        const other = others === 0 ? [] : [await booked(ann)];

        const appointment = appointmentOf(await end(first));

        const taken = hasEnded(appointment) ? [] : [appointment];
        await expect(storedItems(table, alexei)).resolves.toMatchObject({
          slots: [...other, ...taken].map(slotItemOf),
        });
        const { appointmentId } = first;
        const reference = { date: slotDate(first.slot), appointmentId };
        await expect(
          clinic.repositories.appointments.find(alexei.patientId, reference),
        ).resolves.toMatchObject({ ending: expect.anything() });
      });
    },
  );
});

describe("a practitioner's slots of a date", () => {
  const busySlots = async (by = clinic, date = '2021-01-07') => {
    const outcome = await slots(by.repositories, alexei.practitionerId, date as UtcDate);
    if (outcome.kind !== 'found') throw new Error(outcome.kind);
    expect(outcome.slots).toHaveLength(48);
    return outcome.slots.filter(({ status }) => status === 'busy').map(({ slot }) => slot);
  };

  it('are busy as soon as they are booked, from the first of the date to its last', async () => {
    const other = { ...alexei, practitionerId: (await newPeople(table)).practitionerId };
    const times: [People, Slot][] = [
      [ann, january(6, '23:30')],
      [alexei, january(7, '00:00')],
      [ann, january(7, '23:30')],
      [alexei, january(8, '00:00')],
      [other, january(9, '10:00')],
    ];
    for (const [people, slot] of times) await booked(people, slot);

    await expect(busySlots()).resolves.toEqual([january(7, '00:00'), january(7, '23:30')]);
    await expect(busySlots(clinic, '2021-01-09')).resolves.toEqual([]);
    await expect(busySlots(allowing)).resolves.toEqual([]);
  });

  it('are free as soon as their appointments are cancelled or rescheduled', async () => {
    const first = await booked(alexei);
    const second = await booked(ann, january(7, '10:00'));
    await expect(busySlots()).resolves.toEqual([january(7), january(7, '10:00')]);

    await clinic.cancel(first);
    await clinic.reschedule(second, january(7, '11:00'));
    await expect(busySlots()).resolves.toEqual([january(7, '11:00')]);

    await booked(alexei);
    await expect(busySlots()).resolves.toEqual([january(7), january(7, '11:00')]);
  });
});
