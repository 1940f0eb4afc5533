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
import {
  FIRST_DATE,
  LAST_DATE,
  type Slot,
  slotDate,
  type UtcDate,
} from '../../../src/domain/slot.ts';
import { itemOf, parseAppointment } from '../../../src/repositories/appointment-items.ts';
import {
  ALEXEI_ITEM,
  APPOINTMENT_ITEM,
  appointment,
  BOB,
  CANCELLED,
  cancelled,
  OTHER_ID,
  RESCHEDULED,
  rescheduled,
} from '../../support/people.ts';

const withoutReason: Appointment = {
  ...appointment(),
  ending: {
    status: 'cancelled',
    cancelledAt: '2021-01-05T09:15:30.000Z',
    reason: null,
    endedBy: { requestId: 'JKJcancelled=', caller: null },
  },
};

describe('an appointment', () => {
  it.each<[string, Appointment, object]>([
    ['that is booked', appointment(), APPOINTMENT_ITEM],
    [
      'with an idempotency key',
      appointment({ idempotencyKey: 'a key' as IdempotencyKey }),
      { ...APPOINTMENT_ITEM, idempotency_key: 'a key' },
    ],
    [
      'with a practitioner without an NPI',
      appointment({ practitioner: { ...BOB, npi: null } }),
      { ...APPOINTMENT_ITEM, practitioner_npi: null },
    ],
    [
      'that replaced another',
      appointment({
        rescheduledFrom: { date: '2021-01-06' as UtcDate, appointmentId: OTHER_ID },
      }),
      {
        ...APPOINTMENT_ITEM,
        rescheduled_from: { date: '2021-01-06', appointment_id: OTHER_ID },
      },
    ],
    ['that was cancelled', cancelled(), { ...APPOINTMENT_ITEM, ...CANCELLED }],
    [
      'that was cancelled without a reason',
      withoutReason,
      { ...APPOINTMENT_ITEM, ...CANCELLED, cancellation_reason: null },
    ],
    ['that was rescheduled', rescheduled(), { ...APPOINTMENT_ITEM, ...RESCHEDULED }],
  ])('%s has an item and is read from it', (_name, booked, item) => {
    expect(itemOf(booked)).toEqual(item);
    expect(parseAppointment({ ...item })).toEqual(booked);
  });
});

describe('an item is rejected', () => {
  it.each<[string, Record<string, unknown> | undefined, string]>([
    ['that is missing', undefined, 'appointment_id'],
    ['of a patient', ALEXEI_ITEM, 'appointment_id'],
    [
      'with a start off the half hour',
      { ...APPOINTMENT_ITEM, start_time: '2021-01-07T00:15:00Z' },
      'start_time',
    ],
    [
      'with an id that is not a UUID',
      { ...APPOINTMENT_ITEM, appointment_id: '1' },
      'appointment_id',
    ],
    [
      'without an NPI, even a null one',
      { ...APPOINTMENT_ITEM, practitioner_npi: undefined },
      'practitioner_npi',
    ],
    ['without created_at', { ...APPOINTMENT_ITEM, created_at: undefined }, 'created_at'],
    ['without request_id', { ...APPOINTMENT_ITEM, request_id: undefined }, 'request_id'],
    ['with a null key', { ...APPOINTMENT_ITEM, idempotency_key: null }, 'idempotency_key'],
    ['with an unknown status', { ...APPOINTMENT_ITEM, status: 'fulfilled' }, 'status'],
    ['with an empty status', { ...APPOINTMENT_ITEM, status: null }, 'status'],
    [
      'that was cancelled, without a time',
      { ...APPOINTMENT_ITEM, ...CANCELLED, cancelled_at: null },
      'cancelled_at',
    ],
    [
      'that was cancelled for an unknown reason',
      { ...APPOINTMENT_ITEM, ...CANCELLED, cancellation_reason: 'flu' },
      'cancellation_reason',
    ],
    [
      'that was cancelled, without a request ID',
      { ...APPOINTMENT_ITEM, ...CANCELLED, ended_request_id: undefined },
      'ended_request_id',
    ],
    [
      'that was cancelled, without a reason, even a null one',
      { ...APPOINTMENT_ITEM, ...CANCELLED, cancellation_reason: undefined },
      'cancellation_reason',
    ],
    [
      'that was rescheduled, without a time',
      { ...APPOINTMENT_ITEM, ...RESCHEDULED, rescheduled_at: undefined },
      'rescheduled_at',
    ],
    [
      'that was rescheduled, without the new appointment',
      { ...APPOINTMENT_ITEM, ...RESCHEDULED, rescheduled_to: null },
      'rescheduled_to.date',
    ],
    [
      'that was rescheduled to a date that does not exist',
      {
        ...APPOINTMENT_ITEM,
        ...RESCHEDULED,
        rescheduled_to: { date: '2021-02-30', appointment_id: OTHER_ID },
      },
      'rescheduled_to.date',
    ],
  ])('%s', (_name, item, attribute) => {
    expect(() => parseAppointment(item)).toThrow(
      expect.objectContaining({
        name: 'InvalidItemError',
        message: expect.stringMatching(`^The stored attribute ${attribute} must be `),
      }),
    );
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
      { ending: { ...withoutReason.ending, endedBy: {} } },
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
