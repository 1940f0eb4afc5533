import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Appointment,
  hasEnded,
  type IdempotencyKey,
  newAppointmentId,
} from '../../../../src/domain/appointment.ts';
import type { Id } from '../../../../src/domain/people.ts';
import { slotDate } from '../../../../src/domain/slot.ts';
import { book } from '../../../../src/domain/use-cases/book.ts';
import {
  appointmentOf,
  BOOKING,
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

let store: MemoryStore;
let clinic: ReturnType<typeof openClinic>;

beforeEach(() => {
  ({ store, clinic } = openMemoryClinic());
});

const holder = async () => store.appointments.findByDate(ALEXEI.patientId, DATE);

describe('book', () => {
  it('finds who has the date, even for a request with another key', async () => {
    const conflict = appointmentOf(await clinic.book(PEOPLE, january(7), 'another key'));

    await expect(book(store, { ...BOOKING, idempotencyKey: KEY })).resolves.toEqual({
      kind: 'patient-day-taken',
      conflict,
      patient: ALEXEI,
    });
  });

  it('does not read the history of a date that another request has booked', async () => {
    await clinic.book(PEOPLE, january(7));
    const listReplaced = async () => Promise.reject(new Error('not needed'));

    await expect(book(withMethods(store, { listReplaced }), BOOKING)).resolves.toMatchObject({
      kind: 'patient-day-taken',
    });
  });

  it.each([1, 2])('replaces an appointment that has ended, after %i endings', async (endings) => {
    for (let i = 0; i < endings; i += 1) {
      await clinic.cancel(appointmentOf(await clinic.book(PEOPLE, january(7))));
    }

    await expect(book(store, BOOKING)).resolves.toMatchObject({ kind: 'booked' });
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
      BOOKING,
    );

    expect(outcome).toMatchObject({ kind: 'patient-day-taken', conflict: rival });
    expect(await holder()).toEqual(rival);
  });

  it('does not book again what ended before its write was sent again', async () => {
    const rival = appointment({ appointmentId: OTHER_ID });
    await store.appointments.create(cancelled());
    await store.appointments.create(rival, cancelled());
    const retried = withMethods(store, {
      create: async () =>
        Promise.resolve({ kind: 'patient-day-taken', holder: rival, isRetried: true }),
    });

    await expect(book(retried, BOOKING)).resolves.toEqual({
      kind: 'appointment-cancelled',
      conflict: cancelled(),
      patient: ALEXEI,
    });
    const other = { ...BOOKING, appointmentId: newAppointmentId() };
    await expect(book(retried, other)).resolves.toMatchObject({
      kind: 'patient-day-taken',
      conflict: rival,
    });
  });
});

describe('a repeated request', () => {
  const first = () => [...store.days.values()][0] ?? appointment();

  beforeEach(async () => {
    await clinic.book(PEOPLE, january(7), KEY);
  });

  it('needs the same practitioner', async () => {
    const practitionerId = '2' as Id;
    store.practitioners.set(practitionerId, alwaysOpen({ ...BOB, practitionerId }));

    await expect(clinic.book({ ...PEOPLE, practitionerId }, january(7), KEY)).resolves.toEqual({
      kind: 'idempotency-key-reused',
    });
  });

  const rebook = async (key: string | null) =>
    appointmentOf(await clinic.book(PEOPLE, january(7), key));

  it.each<[string, string, () => Promise<unknown>]>([
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
        await rebook(null);
      },
    ],
    [
      'a cancellation and others',
      'cancelled',
      async () => {
        await clinic.cancel(first());
        for (const key of [null, 'another key']) await clinic.cancel(await rebook(key));
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
