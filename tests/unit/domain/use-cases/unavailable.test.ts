import { describe, expect, it } from '@jest/globals';
import type { AppointmentId, IdempotencyKey } from '../../../../src/domain/appointment.ts';
import type { Id } from '../../../../src/domain/people.ts';
import type { Schedule } from '../../../../src/domain/schedule.ts';
import { slotDate } from '../../../../src/domain/slot.ts';
import { book } from '../../../../src/domain/use-cases/book.ts';
import { reschedule } from '../../../../src/domain/use-cases/reschedule.ts';
import { BOOKING, RESCHEDULE } from '../../../support/clinic.ts';
import type { MemoryStore } from '../../../support/memory-store.ts';
import { storeWith } from '../../../support/operations.ts';
import {
  appointment,
  BOB,
  cancelled,
  january,
  OTHER_ID,
  rescheduled,
} from '../../../support/people.ts';

const KEY = 'a key' as IdempotencyKey;
const NEW_ID = '0ddba11e-7d1f-4a6e-9a3f-0d9b0f7f2c33' as AppointmentId;
const KEYED = { ...BOOKING, appointmentId: NEW_ID, idempotencyKey: KEY };
const MOVING = { ...RESCHEDULE, appointmentId: NEW_ID };
const UNAVAILABLE = { kind: 'practitioner-unavailable' };

/** A store with these appointments and Bob's schedule. */
async function given(
  schedule: Schedule,
  ...appointments: readonly ReturnType<typeof appointment>[]
): Promise<MemoryStore> {
  const store = await storeWith(appointments);
  store.practitioners.set(BOB.practitionerId, { ...BOB, schedule });
  return store;
}

describe.each<[string, Schedule]>([
  ['outside the hours', { hours: {}, timeOff: [] }],
  [
    'within time off',
    { hours: null, timeOff: [{ from: january(1, '00:00'), to: january(31, '00:00') }] },
  ],
])('%s of the practitioner', (_name, schedule) => {
  it.each([null, KEY])(
    'nobody learns what is taken, and nothing is booked: key %s',
    async (key) => {
      const another = appointment({ idempotencyKey: 'another key' as IdempotencyKey });
      for (const stored of [[], [another]]) {
        const store = await given(schedule, ...stored);

        await expect(book(store, { ...KEYED, idempotencyKey: key })).resolves.toEqual(UNAVAILABLE);
        expect([...store.days.values()]).toEqual(stored);
      }
    },
  );

  const keyed = { idempotencyKey: KEY };
  const cancellation = { kind: 'appointment-cancelled', conflict: cancelled(keyed) };
  it.each([
    ['is booked', [appointment(keyed)], { kind: 'replayed', appointment: appointment(keyed) }],
    ['was cancelled', [cancelled(keyed)], cancellation],
    [
      'was cancelled before the date was booked again',
      [cancelled(keyed), appointment({ appointmentId: OTHER_ID })],
      cancellation,
    ],
    [
      'was rescheduled',
      [rescheduled(keyed)],
      { kind: 'appointment-rescheduled', conflict: rescheduled(keyed) },
    ],
  ])('the retry of a booking gets its usual answer if it %s', async (_how, stored, outcome) => {
    const store = await given(schedule, ...stored);
    const before = [...store.days];

    await expect(book(store, KEYED)).resolves.toMatchObject(outcome);
    expect([...store.days]).toEqual(before);
  });

  it('a key of another booking stays reserved for it', async () => {
    const store = await given(schedule, appointment(keyed));

    await expect(book(store, { ...KEYED, slot: january(7, '10:00') })).resolves.toEqual({
      kind: 'idempotency-key-reused',
    });
  });

  it.each([
    ['is unavailable', [appointment()], {}, 'practitioner-unavailable'],
    ['has ended', [cancelled()], {}, 'appointment-cancelled'],
    [
      'is a repeat',
      [rescheduled(), appointment({ appointmentId: OTHER_ID, slot: MOVING.slot })],
      {},
      'replayed',
    ],
    ['is unchanged', [appointment()], { slot: appointment().slot }, 'unchanged'],
  ])('a reschedule that %s changes nothing', async (_what, stored, changes, kind) => {
    const store = await given(schedule, ...stored);

    await expect(reschedule(store, { ...MOVING, ...changes })).resolves.toMatchObject({ kind });
    expect([...store.days.values()]).toEqual(stored);
  });

  it("a reschedule to another practitioner follows the new practitioner's schedule", async () => {
    const store = await given(schedule, appointment());
    const practitionerId = '2' as Id;

    const outcome = await reschedule(store, { ...MOVING, practitionerId });

    expect(outcome).toMatchObject({ appointment: { practitioner: { practitionerId } } });
    await expect(
      reschedule(store, {
        ...MOVING,
        from: { date: slotDate(MOVING.slot), appointmentId: NEW_ID },
        appointmentId: OTHER_ID,
        practitionerId: BOB.practitionerId,
      }),
    ).resolves.toEqual(UNAVAILABLE);
  });
});
