import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Appointment, agendaPositionOf } from '../../../../src/domain/appointment.ts';
import type { Id } from '../../../../src/domain/people.ts';
import type { DateRange } from '../../../../src/domain/ports.ts';
import { FIRST_DATE, LAST_DATE, slotDate } from '../../../../src/domain/slot.ts';
import { agenda } from '../../../../src/domain/use-cases/agenda.ts';
import { get } from '../../../../src/domain/use-cases/get.ts';
import { list } from '../../../../src/domain/use-cases/list.ts';
import { slots } from '../../../../src/domain/use-cases/slots.ts';
import {
  appointmentOf,
  type openClinic,
  openMemoryClinic,
  PEOPLE,
} from '../../../support/clinic.ts';
import type { MemoryStore } from '../../../support/memory-store.ts';
import { ALEXEI, january } from '../../../support/people.ts';

const EVER = { from: FIRST_DATE, to: LAST_DATE, order: 'asc' } as const;
const NOBODY = 'nobody' as Id;
const { patientId, practitionerId } = PEOPLE;
const date = (day: number) => slotDate(january(day));

let store: MemoryStore;
let clinic: ReturnType<typeof openClinic>;
/** On January 7, where another one was cancelled, and on January 8. */
let booked: [Appointment, Appointment];
let cancelled: Appointment;

beforeEach(async () => {
  ({ store, clinic } = openMemoryClinic());
  const first = appointmentOf(await clinic.book(PEOPLE, january(7)));
  cancelled = appointmentOf(await clinic.cancel(first));
  booked = [
    appointmentOf(await clinic.book(PEOPLE, january(7, '10:00'))),
    appointmentOf(await clinic.book(PEOPLE, january(8))),
  ];
});

describe('get', () => {
  it('finds the appointment of a date', async () => {
    const found = (appointment: Appointment) => ({ kind: 'found', appointment, patient: ALEXEI });
    await expect(get(store, patientId, date(7))).resolves.toEqual(found(booked[0]));

    const ended = appointmentOf(await clinic.cancel(booked[0]));
    await expect(get(store, patientId, date(7))).resolves.toEqual(found(ended));
  });

  it('needs a patient and an appointment that exist', async () => {
    await expect(get(store, NOBODY, date(7))).resolves.toEqual({ kind: 'patient-not-found' });
    await expect(get(store, patientId, date(9))).resolves.toEqual({
      kind: 'appointment-not-found',
    });
  });
});

describe('list', () => {
  const range = { ...EVER, patientId, status: 'booked', limit: 10 } as const;

  it('needs a patient that exists', async () => {
    await expect(list(store, { ...range, patientId: NOBODY })).resolves.toEqual({
      kind: 'patient-not-found',
    });
  });

  it('lists all appointments on one page if they fit', async () => {
    await expect(list(store, { ...range, status: 'all', limit: 3 })).resolves.toEqual({
      kind: 'listed',
      patient: ALEXEI,
      appointments: [cancelled, ...booked],
    });
  });

  it.each<[DateRange['order'], DateRange['status'], object]>([
    ['asc', 'booked', { after: undefined, from: date(8) }],
    ['desc', 'booked', { after: undefined, to: date(7) }],
    ['asc', 'all', { from: date(7) }],
    ['desc', 'all', { to: date(8) }],
  ])('continues with the next page, %s, %s', async (order, status, next) => {
    const all = status === 'all' ? [cancelled, ...booked] : booked;
    const expected = order === 'asc' ? all : all.toReversed();

    const page = await list(store, { ...range, order, status, limit: 1 });

    const appointments = expected.slice(0, 1);
    const after = appointments[0]?.appointmentId;
    expect(page).toEqual({
      kind: 'listed',
      patient: ALEXEI,
      appointments,
      next: { after, ...next },
    });
    const { next: following } = page as { next?: object };
    await expect(
      list(store, { ...range, order, status, limit: 9, ...following }),
    ).resolves.toMatchObject({ appointments: expected.slice(1) });
  });
});

describe('agenda', () => {
  const range = { ...EVER, practitionerId, limit: 2 };

  it('needs a practitioner that exists', async () => {
    await expect(agenda(store, { ...range, practitionerId: NOBODY })).resolves.toEqual({
      kind: 'practitioner-not-found',
    });
  });

  it('has the patients of the booked appointments, as they are now', async () => {
    const entries = booked.map((appointment) => ({ appointment, patient: ALEXEI }));
    await expect(agenda(store, range)).resolves.toEqual({ kind: 'found', entries });

    store.patients.delete(patientId);
    const unnamed = booked.map((appointment) => ({ appointment, patient: null }));
    await expect(agenda(store, range)).resolves.toEqual({ kind: 'found', entries: unnamed });
  });

  it('continues after the last appointment of a page', async () => {
    const after = agendaPositionOf(booked[0]);

    await expect(agenda(store, { ...range, limit: 1 })).resolves.toMatchObject({ after });
    await expect(agenda(store, { ...range, after })).resolves.toEqual({
      kind: 'found',
      entries: [{ appointment: booked[1], patient: ALEXEI }],
    });
  });
});

describe('slots', () => {
  const SLOTS = { from: date(7), to: date(7), status: 'all', limit: 1000 } as const;

  it('are busy if they are booked', async () => {
    const outcome = await slots(store, { ...SLOTS, practitionerId });

    const all = outcome.kind === 'found' ? outcome.items : [];
    expect(all).toHaveLength(48);
    expect(all.filter(({ status }) => status !== 'free')).toEqual([
      { slot: january(7, '10:00'), status: 'busy' },
    ]);
  });

  it('need a practitioner that exists', async () => {
    await expect(slots(store, { ...SLOTS, practitionerId: NOBODY })).resolves.toEqual({
      kind: 'practitioner-not-found',
    });
  });
});
