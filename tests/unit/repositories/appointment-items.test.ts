import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type Appointment,
  type AppointmentId,
  ATTENDANCE_CODES,
  CANCELLATION_REASONS,
  hasEnded,
  IDEMPOTENCY_KEY,
  type IdempotencyKey,
} from '../../../src/domain/appointment.ts';
import { ID, type Id, NAME, type Name } from '../../../src/domain/people.ts';
import { FIRST_DATE, LAST_DATE, type Slot, slotDate } from '../../../src/domain/slot.ts';
import { itemOf, parseAppointment } from '../../../src/repositories/appointment-items.ts';
import type { Item } from '../../../src/repositories/store.ts';
import {
  ALEXEI_ITEM,
  APPOINTMENT_ITEM,
  CANCELLED,
  cancelled,
  NOSHOW_ITEM,
  OTHER_ID,
  RESCHEDULED,
} from '../../support/people.ts';

/** Items with all attributes of each status. */
const BOOKED = {
  ...APPOINTMENT_ITEM,
  ...NOSHOW_ITEM,
  idempotency_key: 'a key',
  rescheduled_from: { date: '2021-01-06', appointment_id: OTHER_ID },
};
const ITEMS = [BOOKED, { ...BOOKED, ...CANCELLED }, { ...BOOKED, ...RESCHEDULED }];

/** Not read from an item: the first two are its key, and the index is sorted by the last one. */
const WRITTEN_ONLY = ['PK', 'SK', 'agenda_key'];
const NULLABLE = /^(?:practitioner_npi|cancellation_reason|attendance|.*_by)$/;
const OPTIONAL = ['idempotency_key', 'rescheduled_from', 'attendance_request_id'];

/** Parses an item with one attribute changed, and expects an error that names the attribute. */
function expectRejected(item: Item, changes: Item, path = Object.keys(changes)[0] ?? ''): void {
  expect(() => parseAppointment({ ...item, ...changes })).toThrow(
    expect.objectContaining({
      name: 'InvalidItemError',
      message: expect.stringMatching(`^The stored attribute ${path}(\\.date)? must be `),
    }),
  );
}

describe('a stored item', () => {
  it('is what is read', () => {
    for (const item of ITEMS) expect(itemOf(parseAppointment(item))).toEqual(item);
  });

  it('is rejected if an attribute is missing, is null, or is not text', () => {
    for (const item of ITEMS) {
      for (const name of Object.keys(item).filter((name) => !WRITTEN_ONLY.includes(name))) {
        expectRejected(item, { [name]: name === 'series_position' ? -1 : 100 });
        if (!NULLABLE.test(name)) expectRejected(item, { [name]: null });
        if (!OPTIONAL.includes(name)) expectRejected(item, { [name]: undefined });
      }
    }
  });

  it.each<[string, Item]>([
    ['appointment_id', { appointment_id: '1' }],
    ['patient_id', { patient_id: 'a#b' }],
    ['practitioner_id', { practitioner_id: '' }],
    ['practitioner_first_name', { practitioner_first_name: '' }],
    ['practitioner_last_name', { practitioner_last_name: 'a\nb' }],
    ['start_time', { start_time: '2021-01-07T00:15:00Z' }],
    ['idempotency_key', { idempotency_key: '' }],
    ['status', { status: 'fulfilled' }],
    ['attendance', { attendance: 'late' }],
    ['cancellation_reason', { ...CANCELLED, cancellation_reason: 'flu' }],
    ['rescheduled_from.date', { rescheduled_from: { date: '2021-02-30' } }],
    ['rescheduled_to.appointment_id', { ...RESCHEDULED, rescheduled_to: { date: '2021-01-07' } }],
  ])('is rejected if %s is invalid', (path, changes) => {
    expectRejected(BOOKED, changes, path);
  });

  it('is rejected if there is none, or if it is of another kind', () => {
    for (const item of [undefined, ALEXEI_ITEM]) {
      expect(() => parseAppointment(item)).toThrow('The stored attribute appointment_id must be ');
    }
  });
});

describe('any appointment', () => {
  const id = fc.stringMatching(ID.pattern) as fc.Arbitrary<Id>;
  const appointmentId = fc.uuid() as fc.Arbitrary<AppointmentId>;
  const name = fc
    .string({ minLength: 1, maxLength: 100, unit: 'grapheme' })
    .map((text) => text.normalize('NFC'))
    .filter((text) => 'value' in NAME.parse(text)) as fc.Arbitrary<Name>;
  const slot = fc
    .integer({ min: 0, max: (Date.parse(LAST_DATE) - Date.parse(FIRST_DATE)) / 1_800_000 })
    .map((halfHours) => new Date(Date.parse(FIRST_DATE) + halfHours * 1_800_000))
    .map((start) => start.toISOString().replace('.000Z', 'Z') as Slot);
  const time = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  const origin = fc.record({ requestId: fc.string(), caller: fc.option(fc.string()) });
  const reference = fc.record({ date: slot.map(slotDate), appointmentId });
  const ending = fc.oneof(
    fc.record({
      status: fc.constant('cancelled' as const),
      cancelledAt: time,
      reason: fc.option(fc.constantFrom(...CANCELLATION_REASONS)),
      endedBy: origin,
    }),
    fc.record({
      status: fc.constant('rescheduled' as const),
      rescheduledAt: time,
      rescheduledTo: reference,
      endedBy: origin,
    }),
  );
  const anyAppointment: fc.Arbitrary<Appointment> = fc.record({
    appointmentId,
    patientId: id,
    practitioner: fc.record({
      practitionerId: id,
      firstName: name,
      lastName: name,
      npi: fc.option(fc.constant('1234567893')),
    }),
    slot,
    createdAt: time,
    bookedBy: origin,
    idempotencyKey: fc.option(
      fc.stringMatching(IDEMPOTENCY_KEY.pattern) as fc.Arbitrary<IdempotencyKey>,
    ),
    rescheduledFrom: fc.option(reference),
    series: fc.record({ id: appointmentId, position: fc.nat() }),
    attendance: fc.option(
      fc.record({
        code: fc.option(fc.constantFrom(...ATTENDANCE_CODES)),
        recordedAt: time,
        recordedBy: origin,
      }),
    ),
    ending: fc.option(ending),
  });

  it('is read from what is written, and is in the index only if it is booked', () => {
    fc.assert(
      fc.property(anyAppointment, (any) => {
        const item = itemOf(any);
        expect(parseAppointment(item)).toEqual(any);
        expect('agenda_key' in item && item.agenda_key !== undefined).toBe(!hasEnded(any));
      }),
    );
  });

  it('is not written if it could not be read', () => {
    const broken: Partial<Record<keyof Appointment, unknown>>[] = [
      { bookedBy: { requestId: undefined, caller: null } },
      { bookedBy: { requestId: '1', caller: undefined } },
      { createdAt: undefined },
      { slot: '2021-01-07T00:15:00Z' },
      { rescheduledFrom: { date: '2021-02-30', appointmentId: OTHER_ID } },
      { ending: { ...cancelled().ending, endedBy: {} } },
    ];
    fc.assert(
      fc.property(anyAppointment, fc.constantFrom(...broken), (any, changes) => {
        expect(() => itemOf({ ...any, ...changes } as Appointment)).toThrow(
          expect.objectContaining({ name: 'InvalidItemError' }),
        );
      }),
    );
  });
});
