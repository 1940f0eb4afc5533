import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Id, Name } from '../../../../src/domain/people.ts';
import { slotDate } from '../../../../src/domain/slot.ts';
import { reschedule } from '../../../../src/domain/use-cases/reschedule.ts';
import {
  appointmentOf,
  type openClinic,
  openMemoryClinic,
  PEOPLE,
  RESCHEDULE,
  withMethods,
} from '../../../support/clinic.ts';
import type { MemoryStore } from '../../../support/memory-store.ts';
import { ALEXEI, alwaysOpen, appointment, BOB, january } from '../../../support/people.ts';

const OLD = appointment();
const ANN = { ...BOB, practitionerId: '2' as Id, firstName: 'Ann' as Name };

let store: MemoryStore;
let clinic: ReturnType<typeof openClinic>;

beforeEach(async () => {
  ({ store, clinic } = openMemoryClinic());
  store.practitioners.set(ANN.practitionerId, alwaysOpen(ANN));
  await store.appointments.create(OLD);
});

describe('reschedule', () => {
  it('books the practitioner as they are now', async () => {
    const renamed = { ...BOB, lastName: 'Now' as Name };
    store.practitioners.set(BOB.practitionerId, alwaysOpen(renamed));

    await expect(reschedule(store, RESCHEDULE)).resolves.toMatchObject({
      appointment: { practitioner: renamed },
    });
  });

  it('needs the practitioner of the old appointment, unless it names another', async () => {
    store.practitioners.delete(BOB.practitionerId);

    await expect(reschedule(store, RESCHEDULE)).resolves.toEqual({
      kind: 'practitioner-not-found',
    });
    const { practitionerId } = ANN;
    await expect(reschedule(store, { ...RESCHEDULE, practitionerId })).resolves.toMatchObject({
      kind: 'rescheduled',
    });
  });

  it('takes a date that was freed twice, and keeps its history', async () => {
    for (let i = 0; i < 2; i += 1) {
      await clinic.cancel(appointmentOf(await clinic.book(PEOPLE, january(8))));
    }

    await expect(reschedule(store, RESCHEDULE)).resolves.toMatchObject({ kind: 'rescheduled' });
    const date = slotDate(january(8));
    expect(await store.appointments.listReplaced(ALEXEI.patientId, date)).toHaveLength(2);
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
      const next = appointmentOf(await clinic.reschedule(OLD, RESCHEDULE.slot));

      await expect(reschedule(repositories(), RESCHEDULE)).resolves.toEqual({
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
        async () => clinic.reschedule(OLD, RESCHEDULE.slot, ANN.practitionerId),
      ],
      [
        'rescheduled',
        'the same start, and its cancellation',
        async () => clinic.cancel(appointmentOf(await clinic.reschedule(OLD, RESCHEDULE.slot))),
      ],
    ])('reports that it was %s: %s', async (status, _how, end) => {
      await end();

      await expect(reschedule(repositories(), RESCHEDULE)).resolves.toEqual({
        kind: `appointment-${status}`,
        conflict: await store.appointments.find(ALEXEI.patientId, RESCHEDULE.from),
        patient: ALEXEI,
      });
    });
  });
});
