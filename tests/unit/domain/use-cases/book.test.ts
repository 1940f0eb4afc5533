import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Appointment,
  hasEnded,
  type IdempotencyKey,
  newAppointmentId,
} from '../../../../src/domain/appointment.ts';
import type { Id } from '../../../../src/domain/people.ts';
import { StoreUnavailableError } from '../../../../src/domain/ports.ts';
import { slotDate } from '../../../../src/domain/slot.ts';
import { type Booking, book } from '../../../../src/domain/use-cases/book.ts';
import {
  appointmentOf,
  type openClinic,
  openMemoryClinic,
  PEOPLE,
  withMethods,
} from '../../../support/clinic.ts';
import type { MemoryStore } from '../../../support/memory-store.ts';
import {
  ALEXEI,
  alwaysOpen,
  appointment,
  BOB,
  cancelled,
  january,
  OTHER_ID,
} from '../../../support/people.ts';

const DATE = slotDate(january(7));
const KEY = 'a key' as IdempotencyKey;
const { practitioner: _, rescheduledFrom: __, ending: ___, ...request } = appointment();
const REQUEST: Booking = { ...request, practitionerId: BOB.practitionerId };

let store: MemoryStore;
let clinic: ReturnType<typeof openClinic>;

beforeEach(() => {
  ({ store, clinic } = openMemoryClinic());
});

const holder = async () => store.appointments.findByDate(ALEXEI.patientId, DATE);

describe('book', () => {
  it('books a practitioner for a patient', async () => {
    const outcome = await book(store, REQUEST);

    expect(outcome).toEqual({ kind: 'booked', appointment: appointment(), patient: ALEXEI });
    expect(await holder()).toEqual(appointment());
  });

  it.each([
    ['patient', { patientId: 'nobody' as Id, practitionerId: 'nobody' as Id }],
    ['practitioner', { practitionerId: 'nobody' as Id }],
  ])('needs a %s that exists', async (who, changes) => {
    await expect(book(store, { ...REQUEST, ...changes })).resolves.toEqual({
      kind: `${who}-not-found`,
    });
    expect([...store.days]).toEqual([]);
  });

  it('finds who has the date', async () => {
    const conflict = appointmentOf(await clinic.book(PEOPLE, january(7), 'another key'));

    for (const idempotencyKey of [null, KEY]) {
      await expect(book(store, { ...REQUEST, idempotencyKey })).resolves.toEqual({
        kind: 'patient-day-taken',
        conflict,
        patient: ALEXEI,
      });
    }
  });

  it('does not read the history of a date that another request has booked', async () => {
    await clinic.book(PEOPLE, january(7));
    const listReplaced = async () => Promise.reject(new Error('not needed'));

    await expect(book(withMethods(store, { listReplaced }), REQUEST)).resolves.toMatchObject({
      kind: 'patient-day-taken',
    });
  });

  it("finds that the practitioner's slot is taken", async () => {
    const ann = { ...ALEXEI, patientId: 'ann' as Id };
    store.patients.set(ann.patientId, ann);
    await clinic.book({ ...PEOPLE, patientId: ann.patientId }, REQUEST.slot);

    await expect(book(store, REQUEST)).resolves.toEqual({ kind: 'practitioner-slot-taken' });
  });

  it.each([1, 2])('replaces an appointment that has ended, after %i endings', async (endings) => {
    for (let i = 0; i < endings; i += 1) {
      await clinic.cancel(appointmentOf(await clinic.book(PEOPLE, january(7))));
    }

    await expect(book(store, REQUEST)).resolves.toMatchObject({ kind: 'booked' });
    expect(await holder()).toEqual(appointment());
    expect(await store.appointments.listReplaced(ALEXEI.patientId, DATE)).toHaveLength(endings);
  });

  it('finds who took a freed date in between', async () => {
    await clinic.cancel(appointmentOf(await clinic.book(PEOPLE, january(7))));
    let rival: Appointment | undefined;

    const outcome = await book(
      withMethods(store, {
        async create(...args) {
          if (args[1]) rival ??= appointmentOf(await clinic.book(PEOPLE, january(7)));
          return store.appointments.create(...args);
        },
      }),
      REQUEST,
    );

    expect(outcome).toMatchObject({ kind: 'patient-day-taken', conflict: rival });
    expect(await holder()).toEqual(rival);
  });

  it('does not book again what ended before its write was sent again', async () => {
    const rival = appointment({ appointmentId: OTHER_ID });
    await store.appointments.create(cancelled());
    await store.appointments.create(rival, cancelled());
    const retried = (isRetried: boolean) =>
      withMethods(store, {
        create: async () =>
          Promise.resolve({ kind: 'patient-day-taken', holder: rival, isRetried }),
      });

    await expect(book(retried(true), REQUEST)).resolves.toEqual({
      kind: 'appointment-cancelled',
      conflict: cancelled(),
      patient: ALEXEI,
    });
    const other = { ...REQUEST, appointmentId: newAppointmentId() };
    await expect(book(retried(true), other)).resolves.toMatchObject({
      kind: 'patient-day-taken',
      conflict: rival,
    });
  });

  it('does not know the outcome if the store is unavailable', async () => {
    const create = async () => Promise.reject(new StoreUnavailableError());

    await expect(book(withMethods(store, { create }), REQUEST)).rejects.toThrow(
      StoreUnavailableError,
    );
  });
});

describe('a repeated request', () => {
  const first = () => [...store.days.values()][0] ?? appointment();

  beforeEach(async () => {
    await clinic.book(PEOPLE, january(7), KEY);
  });

  it('is recognized by its idempotency key', async () => {
    await expect(clinic.book(PEOPLE, january(7), KEY)).resolves.toEqual({
      kind: 'replayed',
      appointment: first(),
      patient: ALEXEI,
    });
  });

  it.each([
    ['start', PEOPLE, january(7, '10:00')],
    ['practitioner', { ...PEOPLE, practitionerId: '2' as Id }, january(7)],
  ])('needs the same %s', async (_name, people, slot) => {
    store.practitioners.set('2' as Id, alwaysOpen({ ...BOB, practitionerId: '2' as Id }));

    const outcome = await clinic.book(people, slot, KEY);

    expect(outcome).toEqual({ kind: 'idempotency-key-reused' });
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['a cancellation', 'cancelled', async () => clinic.cancel(first())],
    [
      'a reschedule to another date',
      'rescheduled',
      async () => clinic.reschedule(first(), january(8)),
    ],
    [
      'a reschedule within the date',
      'rescheduled',
      async () => clinic.reschedule(first(), january(7, '10:00')),
    ],
    [
      'a cancellation and another booking',
      'cancelled',
      async () => {
        await clinic.cancel(first());
        await clinic.book(PEOPLE, january(7));
      },
    ],
    [
      'a cancellation and others',
      'cancelled',
      async () => {
        await clinic.cancel(first());
        for (const key of [null, 'another key']) {
          await clinic.cancel(appointmentOf(await clinic.book(PEOPLE, january(7), key)));
        }
      },
    ],
  ])('books nothing after %s', async (_name, status, end) => {
    const { appointmentId, patientId } = first();
    await end();
    const before = [...store.days];
    const conflict = await store.appointments.find(patientId, { date: DATE, appointmentId });

    await expect(clinic.book(PEOPLE, january(7), KEY)).resolves.toEqual({
      kind: `appointment-${status}`,
      conflict,
      patient: ALEXEI,
    });
    expect(conflict && hasEnded(conflict)).toBe(true);
    expect([...store.days]).toEqual(before);
  });
});
