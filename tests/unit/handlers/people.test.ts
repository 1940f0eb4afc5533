import { beforeEach, describe, expect, it } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { IdempotencyKey } from '../../../src/domain/appointment.ts';
import type { Id, Name } from '../../../src/domain/people.ts';
import { ALWAYS_OPEN, type Schedule } from '../../../src/domain/schedule.ts';
import type { OperationName } from '../../../src/handlers/http/access.ts';
import { captureLog } from '../../support/capture-log.ts';
import type { Answer } from '../../support/http-event.ts';
import type { MemoryStore } from '../../support/memory-store.ts';
import { appointmentsIn, requestFor, send, storeWith } from '../../support/operations.ts';
import { ALEXEI, appointment, BOB } from '../../support/people.ts';
import { ANY_HEADERS, APPOINTMENT, created, ok, problem } from '../../support/responses.ts';

captureLog();

const ALEXEI_BODY = { patient_id: '1', first_name: 'Alexei', last_name: 'Isac' };
const BOB_BODY = {
  practitioner_id: '1',
  first_name: 'Bob',
  last_name: 'Dr',
  npi: '100',
  hours: null,
  time_off: [],
};
const ANN = { first_name: 'Ann', last_name: 'Isac' };

const HOURS = {
  thu: [
    { from: '20:00', to: '24:00' },
    { from: '09:00', to: '12:30' },
  ],
};
const TIME_OFF = [{ from: '2021-01-07T09:30:00Z', to: '2021-01-09T00:00:00Z' }];
const SCHEDULE = { hours: HOURS, timeOff: TIME_OFF } as unknown as Schedule;

const NO_CONTENT: Answer = { status: 204, headers: ANY_HEADERS, body: null };
const ERASED = problem(410, 'patient-erased');

let store: MemoryStore;

beforeEach(async () => {
  store = await storeWith([appointment()]);
  store.patients.set('erased' as Id, 'erased');
});

const on = (name: OperationName, id: string, body?: object) =>
  requestFor(name, { pathParameters: { patient_id: id, practitioner_id: id }, body });

describe('a patient', () => {
  const renamed = { ...ALEXEI, firstName: 'Ann' as Name };

  it.each<[string, APIGatewayProxyEventV2, Answer, unknown]>([
    [
      'is added',
      on('putPatient', '3', ANN),
      created('/api/patients/3', { patient_id: '3', ...ANN }),
      { ...renamed, patientId: '3' },
    ],
    ['is renamed', on('putPatient', '1', ANN), ok({ patient_id: '1', ...ANN }), renamed],
    [
      'stays the same',
      on('putPatient', '1', { first_name: 'Alexei', last_name: 'Isac' }),
      ok(ALEXEI_BODY),
      ALEXEI,
    ],
    [
      'gets names in Unicode form NFC',
      on('putPatient', '1', { first_name: 'Zoe\u0308', last_name: 'A\u030angstro\u0308m' }),
      ok({ patient_id: '1', first_name: 'Zo\u00eb', last_name: '\u00c5ngstr\u00f6m' }),
      { ...ALEXEI, firstName: 'Zo\u00eb', lastName: '\u00c5ngstr\u00f6m' },
    ],
    ['is not added again after the erasure', on('putPatient', 'erased', ANN), ERASED, 'erased'],
    ['is found', on('getPatient', '1'), ok(ALEXEI_BODY), ALEXEI],
    ['is gone after the erasure', on('getPatient', 'erased'), ERASED, 'erased'],
    ['is erased', on('erasePatient', '1'), NO_CONTENT, 'erased'],
    ['is erased only once', on('erasePatient', 'erased'), NO_CONTENT, 'erased'],
  ])('%s', async (_name, request, answer, then) => {
    await expect(send(request, store)).resolves.toEqual(answer);
    expect(store.patients.get(request.pathParameters?.['patient_id'] as Id)).toEqual(then);
  });

  it('is nameless in every response after the erasure', async () => {
    await send(requestFor('erasePatient'), store);
    const nameless = { ...APPOINTMENT, patient_first_name: null, patient_last_name: null };

    for (const name of ['get', 'list', 'agenda', 'cancel', 'cancel'] as const) {
      const { status, body } = await send(requestFor(name), store);
      expect([name, status, [body].flat()]).toMatchObject([
        name,
        200,
        [name === 'cancel' ? { ...nameless, status: 'cancelled' } : nameless],
      ]);
    }
    const { body } = await send(requestFor('reschedule'), store);
    expect(body).toMatchObject({ type: 'urn:problem:patient-erased' });
  });

  it('is not booked after the erasure, also not by a retry', async () => {
    store = await storeWith([appointment({ idempotencyKey: 'key 1' as IdempotencyKey })]);
    await send(requestFor('erasePatient'), store);
    const before = appointmentsIn(store);
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'key 1' };
    const same = { practitioner_id: 1, start_time: APPOINTMENT.start_time };

    for (const request of [
      requestFor('book'),
      requestFor('book', { headers, body: same }),
      requestFor('book', { body: { ...same, practitioner_id: 'nobody' } }),
      requestFor('reschedule'),
      requestFor('reschedule', { body: { appointment_id: APPOINTMENT.appointment_id, ...same } }),
    ]) {
      await expect(send(request, store)).resolves.toEqual(ERASED);
    }
    expect(appointmentsIn(store)).toEqual(before);
  });
});

describe('a practitioner', () => {
  const ANN_STORED = { ...BOB, firstName: 'Ann', lastName: 'Isac' };

  it.each<[string, APIGatewayProxyEventV2, Answer, unknown]>([
    [
      'is added, always open and without an NPI by default',
      on('putPractitioner', '3', ANN),
      created('/api/practitioners/3', { ...BOB_BODY, practitioner_id: '3', ...ANN, npi: null }),
      { ...ANN_STORED, practitionerId: '3', npi: null, schedule: ALWAYS_OPEN },
    ],
    [
      'gets another name and NPI, and keeps the schedule',
      on('putPractitioner', '1', { ...ANN, npi: '1234567893' }),
      ok({ ...BOB_BODY, ...ANN, npi: '1234567893', hours: HOURS, time_off: TIME_OFF }),
      { ...ANN_STORED, npi: '1234567893', schedule: SCHEDULE },
    ],
    [
      'loses the NPI if it is null',
      on('putPractitioner', '1', { ...ANN, npi: null }),
      ok({ ...BOB_BODY, ...ANN, npi: null, hours: HOURS, time_off: TIME_OFF }),
      { ...ANN_STORED, npi: null, schedule: SCHEDULE },
    ],
    [
      'is found with the schedule',
      on('getPractitioner', '1'),
      ok({ ...BOB_BODY, hours: HOURS, time_off: TIME_OFF }),
      { ...BOB, schedule: SCHEDULE },
    ],
    [
      'gets a schedule, whose times are written in one form',
      on('putSchedule', '2', {
        hours: HOURS,
        time_off: [{ from: '2021-01-07 09:30:00', to: '2021-01-09T00:00:00.0+00:00' }],
      }),
      ok({
        ...BOB_BODY,
        practitioner_id: '2',
        first_name: 'Ann',
        hours: HOURS,
        time_off: TIME_OFF,
      }),
      expect.objectContaining({ schedule: SCHEDULE }),
    ],
    [
      'is always open without hours',
      on('putSchedule', '1', { hours: null, time_off: [] }),
      ok(BOB_BODY),
      { ...BOB, schedule: ALWAYS_OPEN },
    ],
    [
      'is never open without days',
      on('putSchedule', '1', { hours: {}, time_off: [] }),
      ok({ ...BOB_BODY, hours: {} }),
      { ...BOB, schedule: { hours: {}, timeOff: [] } },
    ],
  ])('%s', async (_name, request, answer, then) => {
    store.practitioners.set(BOB.practitionerId, { ...BOB, schedule: SCHEDULE });

    await expect(send(request, store)).resolves.toEqual(answer);
    expect(store.practitioners.get(request.pathParameters?.['practitioner_id'] as Id)).toEqual(
      then,
    );
  });
});

it('a schedule can have 10 adjacent ranges per day, and 100 overlapping ranges of time off', async () => {
  const touching = Array.from({ length: 10 }, (_, i) => ({
    from: `${14 + i}:00`,
    to: `${15 + i}:00`,
  }));
  const body = {
    hours: { sun: touching, sat: touching.toReversed() },
    time_off: Array<object>(100).fill(TIME_OFF[0] ?? {}),
  };

  await expect(send(requestFor('putSchedule', { body }), store)).resolves.toMatchObject({
    status: 200,
    body,
  });
});
