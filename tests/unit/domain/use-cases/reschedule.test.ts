import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Appointment } from '../../../../src/domain/appointment.ts';
import type { Id, Name } from '../../../../src/domain/people.ts';
import { slotDate } from '../../../../src/domain/slot.ts';
import { type RescheduleRequest, reschedule } from '../../../../src/domain/use-cases/reschedule.ts';
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
  ID,
  january,
  OTHER_ID,
} from '../../../support/people.ts';

const OLD = appointment();
const FROM = { date: slotDate(OLD.slot), appointmentId: ID };
const REQUEST: RescheduleRequest = {
  patientId: ALEXEI.patientId,
  from: FROM,
  practitionerId: undefined,
  appointmentId: OTHER_ID,
  slot: january(8),
  createdAt: '2021-01-05T09:15:30.000Z',
  bookedBy: { requestId: 'JKJrescheduled=', caller: null },
};
const { from, practitionerId: _, ...rest } = REQUEST;
const NEXT = appointment({
  ...rest,
  rescheduledFrom: from,
  series: { id: OLD.series.id, position: 1 },
});
const ANN = { ...BOB, practitionerId: '2' as Id, firstName: 'Ann' as Name };

let store: MemoryStore;
let clinic: ReturnType<typeof openClinic>;

beforeEach(async () => {
  ({ store, clinic } = openMemoryClinic());
  store.practitioners.set(ANN.practitionerId, alwaysOpen(ANN));
  await store.appointments.create(OLD);
});

const find = async (reference = FROM) => store.appointments.find(ALEXEI.patientId, reference);

describe('reschedule', () => {
  it.each<[string, Partial<RescheduleRequest>, Partial<Appointment>]>([
    ['to another date', {}, {}],
    ['within the date', { slot: january(7) }, { slot: january(7) }],
    [
      'to another practitioner only',
      { slot: OLD.slot, practitionerId: ANN.practitionerId },
      { slot: OLD.slot, practitioner: ANN },
    ],
  ])('books a replacement: %s', async (_name, changes, expected) => {
    const next = { ...NEXT, ...expected };

    const outcome = await reschedule(store, { ...REQUEST, ...changes });

    expect(outcome).toEqual({ kind: 'rescheduled', appointment: next, patient: ALEXEI });
    expect(await store.appointments.findByDate(ALEXEI.patientId, slotDate(next.slot))).toEqual(
      next,
    );
    expect(await find()).toMatchObject({ ending: { status: 'rescheduled' } });
  });

  it('books the practitioner as they are now', async () => {
    const renamed = { ...BOB, lastName: 'Now' as Name };
    store.practitioners.set(BOB.practitionerId, alwaysOpen(renamed));

    await expect(reschedule(store, REQUEST)).resolves.toMatchObject({
      appointment: { practitioner: renamed },
    });
  });

  it.each<[string, Partial<RescheduleRequest>]>([
    ['patient', { patientId: 'nobody' as Id, practitionerId: 'nobody' as Id }],
    ['practitioner', { practitionerId: 'nobody' as Id }],
    ['appointment', { from: { ...FROM, appointmentId: OTHER_ID } }],
    ['appointment', { from: { ...FROM, date: slotDate(january(8)) } }],
  ])('needs a %s that exists: %j', async (what, changes) => {
    await expect(reschedule(store, { ...REQUEST, ...changes })).resolves.toEqual({
      kind: `${what}-not-found`,
    });
    expect(await find()).toEqual(OLD);
  });

  it('needs the practitioner of the old appointment, unless it names another', async () => {
    store.practitioners.delete(BOB.practitionerId);

    await expect(reschedule(store, REQUEST)).resolves.toEqual({ kind: 'practitioner-not-found' });
    const { practitionerId } = ANN;
    await expect(reschedule(store, { ...REQUEST, practitionerId })).resolves.toMatchObject({
      kind: 'rescheduled',
    });
  });

  it.each([undefined, BOB.practitionerId])('changes nothing if nothing changes', async (same) => {
    const unchanged = { kind: 'unchanged', appointment: OLD, patient: ALEXEI };
    const request = { ...REQUEST, slot: OLD.slot, practitionerId: same };

    await expect(reschedule(store, request)).resolves.toEqual(unchanged);
    expect(await find()).toEqual(OLD);
  });

  it('finds who has the new date', async () => {
    const conflict = appointmentOf(await clinic.book(PEOPLE, january(8)));

    await expect(reschedule(store, REQUEST)).resolves.toEqual({
      kind: 'patient-day-taken',
      conflict,
      patient: ALEXEI,
    });
    expect(await find()).toEqual(OLD);
  });

  it('takes a date that was freed twice, and keeps its history', async () => {
    for (let i = 0; i < 2; i += 1) {
      await clinic.cancel(appointmentOf(await clinic.book(PEOPLE, january(8))));
    }

    await expect(reschedule(store, REQUEST)).resolves.toMatchObject({ appointment: NEXT });
    const date = slotDate(january(8));
    expect(await store.appointments.listReplaced(ALEXEI.patientId, date)).toHaveLength(2);
  });

  it("finds that the practitioner's slot is taken", async () => {
    const patientId = 'ann' as Id;
    store.patients.set(patientId, { ...ALEXEI, patientId });
    await clinic.book({ ...PEOPLE, patientId }, january(8));

    await expect(reschedule(store, REQUEST)).resolves.toEqual({ kind: 'practitioner-slot-taken' });
  });

  /** Another request has ended the appointment: before this one looks for it, or in between. */
  describe.each([
    ['before', false],
    ['in between', true],
  ])('of an appointment that another request ended %s', (_name, isStale) => {
    const repositories = () => {
      let isFirst = isStale;
      return withMethods(store, {
        async find(...args) {
          const found = await store.appointments.find(...args);
          const stale = isFirst ? OLD : found;
          isFirst = false;
          return stale;
        },
      });
    };

    it('is a repetition if it was rescheduled to the same start and practitioner', async () => {
      const next = appointmentOf(await clinic.reschedule(OLD, REQUEST.slot));

      await expect(reschedule(repositories(), REQUEST)).resolves.toEqual({
        kind: 'replayed',
        appointment: next,
        patient: ALEXEI,
      });
    });

    it.each<[string, string, () => Promise<unknown>]>([
      ['cancelled', 'a cancellation', async () => clinic.cancel(OLD)],
      ['rescheduled', 'another start', async () => clinic.reschedule(OLD, january(8, '10:00'))],
      [
        'rescheduled',
        'another practitioner',
        async () => clinic.reschedule(OLD, REQUEST.slot, ANN.practitionerId),
      ],
      [
        'rescheduled',
        'the same start, and its cancellation',
        async () => clinic.cancel(appointmentOf(await clinic.reschedule(OLD, REQUEST.slot))),
      ],
    ])('reports that it was %s: %s', async (status, _how, end) => {
      await end();

      await expect(reschedule(repositories(), REQUEST)).resolves.toEqual({
        kind: `appointment-${status}`,
        conflict: await find(),
        patient: ALEXEI,
      });
    });
  });
});
