import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type {
  Appointment,
  AppointmentId,
  IdempotencyKey,
} from '../../../src/domain/appointment.ts';
import type { Id, Name } from '../../../src/domain/people.ts';
import type { Slot } from '../../../src/domain/slot.ts';
import { captureLog } from '../../support/capture-log.ts';
import { type Answer, REQUEST_ID } from '../../support/http-event.ts';
import type { MemoryStore } from '../../support/memory-store.ts';
import { appointmentsIn, requestFor, send, storeWith } from '../../support/operations.ts';
import {
  ALEXEI,
  appointment,
  BOB,
  cancelled,
  ID,
  NOSHOW,
  OTHER_ID,
  rescheduled,
} from '../../support/people.ts';
import { APPOINTMENT, created, ok, problem } from '../../support/responses.ts';

captureLog();

/** The id and the time that the service gives to what a request makes. */
const NEW_ID = '0ddba11e-7d1f-4a6e-9a3f-0d9b0f7f2c33' as AppointmentId;
const NOW = '2021-01-05T10:11:12.345Z';
const MADE = { appointment_id: NEW_ID, created_at: NOW, series_id: NEW_ID };
const MOVED = {
  ...MADE,
  series_id: ID,
  rescheduled_from: { date: '2021-01-07', appointment_id: ID },
};
const ORIGIN = { requestId: REQUEST_ID, caller: null };

/** What the service stores of what a request makes. */
const made = (changes: Partial<Appointment>): Appointment =>
  appointment({ appointmentId: NEW_ID, createdAt: NOW, bookedBy: ORIGIN, ...changes });

let newId: { mockRestore: () => void };

beforeEach(() => {
  jest.useFakeTimers({ now: new Date(NOW), doNotFake: ['setTimeout', 'setImmediate', 'nextTick'] });
  newId = jest.spyOn(crypto, 'randomUUID').mockReturnValue(NEW_ID as never);
});

const KEY = 'key 1' as IdempotencyKey;
const ANOTHER_PATIENT = '7' as Id;
/** The id of an appointment that ended. */
const ENDED = '0ddba11e-7d1f-4a6e-9a3f-0d9b0f7f2c44' as AppointmentId;
const on = (time: string) => ({ slot: `2021-01-${time}:00Z` as Slot });
const other = (time: string) => appointment({ appointmentId: OTHER_ID, ...on(time) });
const at = (date: string) => `/api/patients/1/appointments/2021-01-${date}`;
const REPLAYED = { 'Idempotency-Replayed': 'true' };

/** `other`, as a response has it, and the times of an appointment. */
const OTHER = { ...APPOINTMENT, appointment_id: OTHER_ID, series_id: OTHER_ID };
const times = (start: string, end: string) => ({
  start_time: `2021-01-${start}:00Z`,
  end_time: `2021-01-${end}:00Z`,
});

/** The endings of `cancelled` and `rescheduled`, as responses have them. */
const CANCELLED = {
  status: 'cancelled',
  cancelled_at: '2021-01-05T09:15:30.000Z',
  cancellation_reason: 'pat',
};
const RESCHEDULED = {
  status: 'rescheduled',
  rescheduled_at: '2021-01-05T09:15:30.000Z',
  rescheduled_to: { date: '2021-01-08', appointment_id: OTHER_ID },
};

/** `NOSHOW`, as responses have it. */
const MISSED = { attendance: 'noshow', attendance_recorded_at: NOSHOW.recordedAt };

const booking = (start_time = '2021-01-07 00:00:00', key?: string, practitioner_id: unknown = 1) =>
  requestFor('book', {
    body: { practitioner_id, start_time },
    ...(key && { headers: { 'content-type': 'application/json', 'idempotency-key': key } }),
  });
const cancelling = (members: object = {}) =>
  requestFor('cancel', { body: { appointment_id: ID, ...members } });
const recording = (attendance: string | null) =>
  requestFor('recordAttendance', { body: { appointment_id: ID, attendance } });
const rescheduling = (start_time: string, members: object = {}) =>
  requestFor('reschedule', { body: { appointment_id: ID, start_time, ...members } });
const TO_THE_8TH = rescheduling('2021-01-08 09:30:00');

interface Case {
  readonly stored?: readonly Appointment[];
  /** With double booking rejected. */
  readonly exclusive?: true;
  readonly request: APIGatewayProxyEventV2;
  readonly answer: Answer;
  /** What the store holds afterwards, if that differs. */
  readonly then?: readonly unknown[];
}

/** The answer to what conflicts with Alexei's appointment, as it is shown. */
const conflict = (code: Parameters<typeof problem>[1], shown: object, members: object = {}) =>
  problem(409, code, { ...members, conflict: { ...APPOINTMENT, ...shown } });

const CASES: Readonly<Record<string, Case>> = {
  'a booking gets 201 and its Location, and is stored': {
    request: booking(),
    answer: created(at('07'), { ...APPOINTMENT, ...MADE }),
    then: [made({})],
  },
  'a booking with an Idempotency-Key stores it': {
    request: booking(undefined, KEY),
    answer: created(at('07'), { ...APPOINTMENT, ...MADE }),
    then: [made({ idempotencyKey: KEY })],
  },
  'a booking belongs to the date that it starts on': {
    request: booking('2021-01-06 23:30:00'),
    answer: created(at('06'), { ...APPOINTMENT, ...MADE, ...times('06T23:30', '07T00:00') }),
    then: [made(on('06T23:30'))],
  },
  'a booking repeated with its Idempotency-Key gets the same again': {
    stored: [appointment({ idempotencyKey: KEY })],
    request: booking(undefined, KEY),
    answer: created(at('07'), APPOINTMENT, REPLAYED),
  },
  'a booking repeated with its Idempotency-Key after a reschedule gets 409': {
    stored: [rescheduled({ idempotencyKey: KEY })],
    request: booking(undefined, KEY),
    answer: conflict('appointment-rescheduled', RESCHEDULED),
  },
  'another booking with the same Idempotency-Key gets 422': {
    stored: [appointment({ idempotencyKey: KEY })],
    request: booking('2021-01-07 09:00:00', KEY),
    answer: problem(422, 'idempotency-key-reused'),
  },
  'a booking with an unknown practitioner gets 404': {
    request: booking(undefined, undefined, 3),
    answer: problem(404, 'practitioner-not-found'),
  },

  'a cancellation gets 200, and is stored, with the attendance': {
    stored: [appointment({ attendance: NOSHOW })],
    request: cancelling(),
    answer: ok({
      ...APPOINTMENT,
      ...MISSED,
      status: 'cancelled',
      cancelled_at: NOW,
      cancellation_reason: null,
    }),
    then: [
      appointment({
        attendance: NOSHOW,
        ending: { status: 'cancelled', cancelledAt: NOW, reason: null, endedBy: ORIGIN },
      }),
    ],
  },
  'a repeated cancellation gets the first one again, also with the same request id': {
    stored: [appointment({ ending: { ...cancelled().ending, endedBy: ORIGIN } as never })],
    request: cancelling({ reason: 'other' }),
    answer: ok({ ...APPOINTMENT, ...CANCELLED }, REPLAYED),
  },
  'a cancellation of a rescheduled appointment gets 409 and where it is now': {
    stored: [rescheduled()],
    request: cancelling(),
    answer: conflict('appointment-rescheduled', RESCHEDULED),
  },
  'a cancellation of an appointment that is not on the date gets 404': {
    stored: [other('07T00:00')],
    request: cancelling(),
    answer: problem(404, 'appointment-not-found'),
  },

  'a reschedule gets 201 and its Location, and both are stored, the old one with its attendance': {
    stored: [appointment({ attendance: NOSHOW, idempotencyKey: KEY })],
    request: TO_THE_8TH,
    answer: created(at('08'), {
      ...APPOINTMENT,
      ...MOVED,
      ...times('08T09:30', '08T10:00'),
    }),
    then: [
      appointment({
        attendance: NOSHOW,
        idempotencyKey: KEY,
        ending: {
          status: 'rescheduled',
          rescheduledAt: NOW,
          rescheduledTo: { date: '2021-01-08', appointmentId: NEW_ID } as never,
          endedBy: ORIGIN,
        },
      }),
      made({
        ...on('08T09:30'),
        rescheduledFrom: { date: '2021-01-07', appointmentId: ID } as never,
        series: { id: ID, position: 1 },
      }),
    ],
  },
  'a reschedule can change only the practitioner': {
    stored: [appointment()],
    request: rescheduling('2021-01-07T00:00:00Z', { practitioner_id: 2 }),
    answer: created(at('07'), {
      ...APPOINTMENT,
      ...MOVED,
      practitioner_id: '2',
      practitioner_first_name: 'Ann',
    }),
    then: [
      expect.objectContaining({ appointmentId: NEW_ID, slot: '2021-01-07T00:00:00Z' }),
      expect.objectContaining({ appointmentId: ID }),
    ],
  },
  'a repeated reschedule gets the new appointment again': {
    stored: [rescheduled(), other('08T09:30')],
    request: TO_THE_8TH,
    answer: created(at('08'), { ...OTHER, ...times('08T09:30', '08T10:00') }, REPLAYED),
  },
  'a reschedule to the same time and practitioner gets 200 and changes nothing': {
    stored: [appointment()],
    request: rescheduling('2021-01-07 00:00:00', { practitioner_id: '1' }),
    answer: ok(APPOINTMENT),
  },
  'a reschedule to a taken date gets 409, the date, and what has it': {
    stored: [appointment(), other('08T00:00')],
    request: TO_THE_8TH,
    answer: conflict(
      'patient-day-taken',
      { ...OTHER, ...times('08T00:00', '08T00:30') },
      { date: '2021-01-08' },
    ),
  },
  "a reschedule to a practitioner's taken time gets 409 without anything about the other patient": {
    stored: [
      appointment(),
      appointment({ appointmentId: OTHER_ID, patientId: ANOTHER_PATIENT, ...on('08T09:30') }),
    ],
    exclusive: true,
    request: TO_THE_8TH,
    answer: problem(409, 'practitioner-slot-taken'),
  },
  'a reschedule to an unknown practitioner gets 404': {
    stored: [appointment()],
    request: rescheduling('2021-01-08 09:30:00', { practitioner_id: 3 }),
    answer: problem(404, 'practitioner-not-found'),
  },
  'a reschedule of an appointment that is not on the date gets 404': {
    stored: [other('07T00:00')],
    request: TO_THE_8TH,
    answer: problem(404, 'appointment-not-found'),
  },

  'recording attendance gets 200, and is stored': {
    stored: [appointment({ attendance: NOSHOW })],
    request: recording('fulfilled'),
    answer: ok({ ...APPOINTMENT, attendance: 'fulfilled', attendance_recorded_at: NOW }),
    then: [appointment({ attendance: { code: 'fulfilled', recordedAt: NOW, recordedBy: ORIGIN } })],
  },
  'recording the same attendance again changes nothing': {
    stored: [appointment({ attendance: NOSHOW })],
    request: recording('noshow'),
    answer: ok({ ...APPOINTMENT, ...MISSED }),
  },
  'taking attendance back also removes its time': {
    stored: [appointment({ attendance: NOSHOW })],
    request: recording(null),
    answer: ok(APPOINTMENT),
    then: [appointment({ attendance: { code: null, recordedAt: NOW, recordedBy: ORIGIN } })],
  },
  'recording the attendance that an ended appointment has gets 409': {
    stored: [cancelled({ attendance: NOSHOW })],
    request: recording('noshow'),
    answer: conflict('appointment-cancelled', { ...CANCELLED, ...MISSED }),
  },
  'recording the attendance of a rescheduled appointment gets 409': {
    stored: [rescheduled()],
    request: recording('noshow'),
    answer: conflict('appointment-rescheduled', RESCHEDULED),
  },
  'recording the attendance of an appointment that is not on the date gets 404': {
    stored: [other('07T00:00')],
    request: recording('noshow'),
    answer: problem(404, 'appointment-not-found'),
  },

  'an agenda has the booked appointments of all patients, with null for a patient whose record is missing':
    {
      stored: [
        appointment({ appointmentId: OTHER_ID, patientId: ANOTHER_PATIENT, ...on('07T09:30') }),
        appointment(),
        cancelled({ appointmentId: ENDED, ...on('08T00:00') }),
      ],
      request: requestFor('agenda'),
      answer: ok([
        APPOINTMENT,
        {
          ...OTHER,
          ...times('07T09:30', '07T10:00'),
          patient_id: ANOTHER_PATIENT,
          patient_first_name: null,
          patient_last_name: null,
        },
      ]),
    },
};

describe('every outcome', () => {
  it.each(Object.entries(CASES))('%s', async (_name, { stored = [], request, answer, ...rest }) => {
    const store = await storeWith(stored, rest.exclusive ? 'reject' : 'allow');

    await expect(send(request, store)).resolves.toEqual(answer);
    expect(appointmentsIn(store)).toEqual(rest.then ?? stored);
  });
});

describe('an appointment', () => {
  const rescheduledFrom = { date: '2021-01-06', appointmentId: OTHER_ID } as never;
  const rescheduled_from = { date: '2021-01-06', appointment_id: OTHER_ID };

  it.each<[string, Appointment, object]>([
    ['booked', appointment(), {}],
    ['cancelled', cancelled(), CANCELLED],
    ['rescheduled twice', rescheduled({ rescheduledFrom }), { ...RESCHEDULED, rescheduled_from }],
    [
      'with a practitioner without an NPI',
      appointment({ practitioner: { ...BOB, npi: null } }),
      { practitioner_npi: null },
    ],
  ])('is shown if it is %s', async (_name, stored, shown) => {
    await expect(send(requestFor('get'), await storeWith([stored]))).resolves.toEqual(
      ok({ ...APPOINTMENT, ...shown }),
    );
  });

  it('has the practitioner as booked and the patient as of now, in every response', async () => {
    const then = appointment({
      practitioner: { ...BOB, lastName: 'Then' as Name },
      idempotencyKey: KEY,
    });
    const requests = [requestFor('get'), requestFor('list'), requestFor('agenda'), booking()];
    requests.push(booking(undefined, KEY), rescheduling('2021-01-07 00:00:00'), cancelling());
    const store = await storeWith([then]);
    store.patients.set(ALEXEI.patientId, { ...ALEXEI, lastName: 'Now' as Name });

    for (const request of requests) {
      const { body } = await send(request, store);
      expect(shownIn(body)).toMatchObject({
        patient_last_name: 'Now',
        practitioner_last_name: 'Then',
      });
    }
  });

  it('has a new id in each response', async () => {
    newId.mockRestore();
    const store: MemoryStore = await storeWith();

    const ids = new Set<unknown>();
    for (const day of ['01', '02']) {
      const { body } = await send(booking(`2021-01-${day} 00:00:00`), store);
      ids.add((body as { appointment_id: unknown }).appointment_id);
    }

    expect(ids.size).toBe(2);
  });
});

/** The appointment in a response: alone, in a list, or as a conflict. */
function shownIn(body: unknown): unknown {
  if (Array.isArray(body)) return body[0];
  return (body as { conflict?: unknown }).conflict ?? body;
}
