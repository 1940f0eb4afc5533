import { beforeEach, describe, expect, it } from '@jest/globals';
import { cancel } from '../../../../src/domain/use-cases/cancel.ts';
import {
  appointmentOf,
  type openClinic,
  openMemoryClinic,
  PEOPLE,
  RESCHEDULE,
  withMethods,
} from '../../../support/clinic.ts';
import type { MemoryStore } from '../../../support/memory-store.ts';
import { ALEXEI, appointment, january } from '../../../support/people.ts';

const REQUEST = {
  ...RESCHEDULE.from,
  patientId: ALEXEI.patientId,
  cancelledAt: '2021-01-05T09:15:30.000Z',
  reason: 'pat',
  endedBy: { requestId: 'JKJcancelled=', caller: null },
} as const;

let store: MemoryStore;
let clinic: ReturnType<typeof openClinic>;

beforeEach(async () => {
  ({ store, clinic } = openMemoryClinic());
  await store.appointments.create(appointment());
});

const stored = async () => store.appointments.find(ALEXEI.patientId, REQUEST);

/** Another request has ended the appointment: before this one looks for it, or in between. */
describe.each([
  ['before', async () => stored()],
  ['in between', async () => Promise.resolve(appointment())],
])('cancel, of an appointment that another request ended %s', (_name, find) => {
  it.each([false, true])('reports its cancellation, even if it was replaced: %s', async (again) => {
    const first = appointmentOf(await clinic.cancel(appointment(), 'prov'));
    if (again) await clinic.book(PEOPLE, january(7));

    await expect(cancel(withMethods(store, { find }), REQUEST)).resolves.toEqual({
      kind: 'replayed',
      appointment: first,
      patient: ALEXEI,
    });
  });

  it.each([january(7, '10:00'), january(8)])('reports its reschedule to %s', async (to) => {
    await clinic.reschedule(appointment(), to);
    const conflict = await stored();

    await expect(cancel(withMethods(store, { find }), REQUEST)).resolves.toEqual({
      kind: 'appointment-rescheduled',
      conflict,
      patient: ALEXEI,
    });
    expect(conflict).toMatchObject({ ending: { status: 'rescheduled' } });
  });
});
