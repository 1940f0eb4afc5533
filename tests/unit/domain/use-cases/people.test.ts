import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type AppointmentId,
  hasEnded,
  type IdempotencyKey,
} from '../../../../src/domain/appointment.ts';
import type { Id, Name } from '../../../../src/domain/people.ts';
import { ALWAYS_OPEN, type Schedule } from '../../../../src/domain/schedule.ts';
import { FIRST_DATE, LAST_DATE, slotDate } from '../../../../src/domain/slot.ts';
import { agenda } from '../../../../src/domain/use-cases/agenda.ts';
import { type Booking, book } from '../../../../src/domain/use-cases/book.ts';
import { cancel } from '../../../../src/domain/use-cases/cancel.ts';
import { erasePatient } from '../../../../src/domain/use-cases/erase-patient.ts';
import { get } from '../../../../src/domain/use-cases/get.ts';
import { getPatient } from '../../../../src/domain/use-cases/get-patient.ts';
import { list } from '../../../../src/domain/use-cases/list.ts';
import { putPatient } from '../../../../src/domain/use-cases/put-patient.ts';
import { type RescheduleRequest, reschedule } from '../../../../src/domain/use-cases/reschedule.ts';
import { createMemoryStore, type MemoryStore } from '../../../support/memory-store.ts';
import {
  ALEXEI,
  appointment,
  BOB,
  cancelled,
  ID,
  january,
  OTHER_ID,
  rescheduled,
} from '../../../support/people.ts';

const KEY = 'a key' as IdempotencyKey;
const ORIGIN = { requestId: 'JKJerased=', caller: null };
const ERASED = { kind: 'patient-erased' };
const UNAVAILABLE = { kind: 'practitioner-unavailable' };
const CLOSED = { hours: {}, timeOff: [] } satisfies Schedule;
const OFF = {
  hours: null,
  timeOff: [{ from: january(1, '00:00'), to: january(31, '00:00') }],
} satisfies Schedule;
const NEW_ID = '0ddba11e-7d1f-4a6e-9a3f-0d9b0f7f2c33' as AppointmentId;

const { practitioner: _, rescheduledFrom: __, ending: ___, ...request } = appointment();
const BOOKING: Booking = {
  ...request,
  appointmentId: NEW_ID,
  practitionerId: BOB.practitionerId,
  idempotencyKey: KEY,
};
const RESCHEDULE: RescheduleRequest = {
  patientId: ALEXEI.patientId,
  from: { date: slotDate(appointment().slot), appointmentId: ID },
  practitionerId: undefined,
  appointmentId: NEW_ID,
  slot: january(8),
  createdAt: '2021-01-05T09:15:30.000Z',
  bookedBy: ORIGIN,
};
const REPLACEMENT = appointment({ appointmentId: OTHER_ID, slot: RESCHEDULE.slot });

let store: MemoryStore;

beforeEach(() => {
  store = createMemoryStore('allow');
  store.patients.set(ALEXEI.patientId, ALEXEI);
  setSchedule(ALWAYS_OPEN);
});

function setSchedule(schedule: Schedule) {
  store.practitioners.set(BOB.practitionerId, { ...BOB, schedule });
}

/** Stores appointments of one date each, or after one that ended. */
async function given(...appointments: readonly (typeof REPLACEMENT)[]) {
  for (const one of appointments) {
    const holder = await store.appointments.findByDate(one.patientId, slotDate(one.slot));
    await store.appointments.create(one, holder && hasEnded(holder) ? holder : undefined);
  }
}

describe.each([
  ['outside the hours', CLOSED],
  ['within time off', OFF],
])('%s of the practitioner', (_name, schedule) => {
  beforeEach(() => {
    setSchedule(schedule);
  });

  it.each([null, KEY])('nothing is booked: key %s', async (idempotencyKey) => {
    await expect(book(store, { ...BOOKING, idempotencyKey })).resolves.toEqual(UNAVAILABLE);
    expect([...store.days]).toEqual([]);
  });

  it('nobody learns whether the date or the slot is taken', async () => {
    await given(appointment({ idempotencyKey: 'another key' as IdempotencyKey }));

    for (const idempotencyKey of [null, KEY]) {
      await expect(book(store, { ...BOOKING, idempotencyKey })).resolves.toEqual(UNAVAILABLE);
    }
  });

  const keyed = { idempotencyKey: KEY };
  it.each([
    ['is booked', [appointment(keyed)], { kind: 'replayed', appointment: appointment(keyed) }],
    [
      'was cancelled',
      [cancelled(keyed)],
      { kind: 'appointment-cancelled', conflict: cancelled(keyed) },
    ],
    [
      'was cancelled before the date was booked again',
      [cancelled(keyed), appointment({ appointmentId: OTHER_ID })],
      { kind: 'appointment-cancelled', conflict: cancelled(keyed) },
    ],
    [
      'was rescheduled',
      [rescheduled(keyed)],
      { kind: 'appointment-rescheduled', conflict: rescheduled(keyed) },
    ],
  ])('the retry of a booking gets its usual answer if it %s', async (_how, stored, outcome) => {
    await given(...stored);
    const before = [...store.days];

    await expect(book(store, BOOKING)).resolves.toEqual({ ...outcome, patient: ALEXEI });
    expect([...store.days]).toEqual(before);
  });

  it('a key of another booking stays reserved for it', async () => {
    await given(appointment(keyed));

    await expect(book(store, { ...BOOKING, slot: january(7, '10:00') })).resolves.toEqual({
      kind: 'idempotency-key-reused',
    });
  });

  it('no appointment is rescheduled to there, and the old one stays', async () => {
    await given(appointment());

    await expect(reschedule(store, RESCHEDULE)).resolves.toEqual(UNAVAILABLE);
    expect([...store.days.values()]).toEqual([appointment()]);
  });

  it.each([
    ['has ended', [cancelled()], {}, 'appointment-cancelled'],
    ['is a repeat', [rescheduled(), REPLACEMENT], {}, 'replayed'],
    ['is unchanged', [appointment()], { slot: appointment().slot }, 'unchanged'],
  ])('a reschedule first says that it %s', async (_what, stored, changes, kind) => {
    await given(...stored);

    await expect(reschedule(store, { ...RESCHEDULE, ...changes })).resolves.toMatchObject({ kind });
  });

  it('an appointment can be rescheduled to another practitioner, whose schedule counts', async () => {
    const ann = { ...BOB, practitionerId: '2' as Id };
    store.practitioners.set(ann.practitionerId, { ...ann, schedule: ALWAYS_OPEN });
    await given(appointment());
    const toAnn = { ...RESCHEDULE, practitionerId: ann.practitionerId };

    await expect(reschedule(store, toAnn)).resolves.toMatchObject({
      kind: 'rescheduled',
      appointment: { practitioner: ann },
    });
    await expect(
      reschedule(store, {
        ...RESCHEDULE,
        from: { date: slotDate(january(8)), appointmentId: NEW_ID },
        appointmentId: OTHER_ID,
        practitionerId: BOB.practitionerId,
      }),
    ).resolves.toEqual(UNAVAILABLE);
  });
});

it('an appointment does not keep the schedule of its practitioner', async () => {
  await book(store, BOOKING);
  await reschedule(store, {
    ...RESCHEDULE,
    from: { ...RESCHEDULE.from, appointmentId: NEW_ID },
    appointmentId: OTHER_ID,
  });

  expect([...store.days.values()].map(({ practitioner }) => practitioner)).toEqual([BOB, BOB]);
});

describe('an erased patient', () => {
  const erase = async () =>
    erasePatient(
      store,
      { patientId: ALEXEI.patientId, erasedAt: '2021-01-05T09:15:30.000Z' },
      ORIGIN,
    );

  beforeEach(async () => {
    await given(appointment({ idempotencyKey: KEY }));
    await expect(erase()).resolves.toEqual({ kind: 'erased' });
  });

  it('stays erased', async () => {
    await expect(erase()).resolves.toEqual({ kind: 'erased' });
    await expect(
      putPatient(store, { ...ALEXEI, firstName: 'Ann' as Name }, ORIGIN),
    ).resolves.toEqual(ERASED);
    await expect(getPatient(store, ALEXEI.patientId)).resolves.toEqual(ERASED);
  });

  it('cannot be booked, also not with the key of a booking before', async () => {
    const before = [...store.days];

    await expect(book(store, BOOKING)).resolves.toEqual(ERASED);
    await expect(
      book(store, { ...BOOKING, practitionerId: 'nobody' as Id, idempotencyKey: null }),
    ).resolves.toEqual(ERASED);
    await expect(reschedule(store, RESCHEDULE)).resolves.toEqual(ERASED);
    expect([...store.days]).toEqual(before);
  });

  it('has appointments without a name', async () => {
    const { patientId } = ALEXEI;
    const found = appointment({ idempotencyKey: KEY });
    const range = { from: FIRST_DATE, to: LAST_DATE, order: 'asc', limit: 10 } as const;

    await expect(get(store, patientId, slotDate(found.slot))).resolves.toEqual({
      kind: 'found',
      appointment: found,
      patient: null,
    });
    await expect(list(store, { ...range, patientId, status: 'all' })).resolves.toEqual({
      kind: 'listed',
      appointments: [found],
      patient: null,
    });
    await expect(agenda(store, { ...range, practitionerId: BOB.practitionerId })).resolves.toEqual({
      kind: 'found',
      entries: [{ appointment: found, patient: null }],
    });
  });

  it('has appointments that can be cancelled', async () => {
    const cancellation = {
      ...RESCHEDULE.from,
      patientId: ALEXEI.patientId,
      reason: null,
      cancelledAt: RESCHEDULE.createdAt,
      endedBy: ORIGIN,
    };

    await expect(cancel(store, cancellation)).resolves.toMatchObject({
      kind: 'cancelled',
      patient: null,
    });
    await expect(cancel(store, cancellation)).resolves.toMatchObject({
      kind: 'replayed',
      patient: null,
    });
  });
});

it('a patient who never existed cannot be erased', async () => {
  const erasure = { patientId: 'nobody' as Id, erasedAt: '2021-01-05T09:15:30.000Z' };

  await expect(erasePatient(store, erasure, ORIGIN)).resolves.toEqual({
    kind: 'patient-not-found',
  });
  await expect(getPatient(store, erasure.patientId)).resolves.toEqual({
    kind: 'patient-not-found',
  });
});
