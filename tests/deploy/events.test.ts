import { randomUUID } from 'node:crypto';
import { UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { connectTo, withConnection } from '../../scripts/local/connection.ts';
import { createTable } from '../../scripts/local/create-table.ts';
import { openStore } from '../../scripts/local/open-store.ts';
import { stopPrograms } from '../../scripts/local/program.ts';
import { putPeople } from '../../scripts/people-import/put-people.ts';
import type { Id, Name } from '../../src/domain/people.ts';
import {
  PRACTITIONER_DOUBLE_BOOKING,
  type PractitionerDoubleBooking,
} from '../../src/domain/ports.ts';
import type { OperationName } from '../../src/handlers/http/access.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/store.ts';
import { captureLog } from '../support/capture-log.ts';
import { type FaultProxy, startFaultProxy, uniform } from '../support/fault-proxy.ts';
import type { Answer } from '../support/http-event.ts';
import { requestFor, send } from '../support/operations.ts';
import { packageService } from '../support/packaging.ts';
import { type Detail, eventsOf, type Pipe, pipeOf, recordsOf } from './pipe.ts';

jest.setTimeout(300_000);
captureLog();

/** In every name. No event may contain it. */
const CANARY = 'CANARYe7';
const PATIENTS = ['1', '2', '3'];
const PRACTITIONERS = ['1', '2'];
const DATES = ['2030-01-01', '2030-01-02', '2030-01-03'] as const;

interface Appointment {
  readonly appointment_id: string;
  readonly start_time: string;
}

/** An appointment in a list. */
type Listed = Omit<Detail, 'attendance' | 'rescheduled_from' | 'rescheduled_to'> &
  Partial<Pick<Detail, 'rescheduled_from' | 'rescheduled_to'>> & {
    readonly attendance: string | null;
  };

let endpoint = '';
let proxy: FaultProxy;
let pipe: Pipe;
let stream: object;

beforeAll(async () => {
  const { template } = await packageService({ eventBus: 'clinic' });
  pipe = pipeOf(template);
  stream = template['AppointmentsTable']?.Properties['StreamSpecification'] as object;
  ({ endpoint } = await openStore({ engine: 'java' }));
  proxy = await startFaultProxy(endpoint);
  process.env = withConnection(process.env, connectTo(proxy.endpoint));
});

afterAll(async () => {
  await proxy.close();
  await stopPrograms();
});

/** A table with a stream, people, and a way to call each operation on it. */
async function openClinic(doubleBooking: PractitionerDoubleBooking) {
  const table = openTable(`events-${randomUUID()}`);
  await createTable(table.name);
  const StreamSpecification = { StreamEnabled: true, ...stream };
  await table.client.send(new UpdateTableCommand({ TableName: table.name, StreamSpecification }));
  const name = { firstName: CANARY as Name, lastName: CANARY as Name };
  // As an import does.
  const people = [
    ...PATIENTS.map((id) => ({ patientId: id as Id, ...name })),
    ...PRACTITIONERS.map((id) => ({ practitionerId: id as Id, npi: CANARY, ...name })),
  ];
  await putPeople(table, people, false);
  const call = async (
    operation: OperationName,
    pathParameters: Record<string, string>,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<Answer> => {
    const event = requestFor(operation, {
      pathParameters,
      body,
      headers: { 'content-type': 'application/json', ...headers },
      ...(operation === 'list' && { queryStringParameters: { status: 'all' } }),
    });
    const requestContext = { ...event.requestContext, requestId: randomUUID() };
    return send({ ...event, requestContext }, createRepositories(table, doubleBooking));
  };
  return {
    call,
    /** The events of everything that happened so far. */
    events: async () => eventsOf(pipe, await recordsOf(table.name, endpoint)),
    /** All appointments, as the API lists them. */
    lists: async (): Promise<Listed[]> => {
      const answers = PATIENTS.map(async (patient_id) => call('list', { patient_id }));
      return (await Promise.all(answers)).flatMap(({ body }) => body as Listed[]);
    },
  };
}

/** The copy that a consumer keeps by the rules of docs/events.md. */
function replay(events: readonly Detail[]): Detail[] {
  const copy = new Map<string, Detail>();
  for (const event of events) {
    const { appointment_id, start_time, rescheduled_from } = event;
    const known = copy.get(appointment_id);
    if (known !== undefined && known.status !== 'booked') continue;
    copy.set(appointment_id, event);
    const old = copy.get(rescheduled_from.appointment_id);
    if (old) {
      const rescheduled_to = { date: start_time.slice(0, 10), appointment_id };
      copy.set(old.appointment_id, { ...old, status: 'rescheduled', rescheduled_to });
    }
  }
  return [...copy.values()];
}

/** The details of events that match a list of appointments. */
function asEvents(listed: readonly Listed[]): Detail[] {
  const nothing = { date: '', appointment_id: '' };
  return listed.map((one) => {
    const { appointment_id, series_id, patient_id, practitioner_id, start_time, status } = one;
    return {
      ...{ appointment_id, series_id, patient_id, practitioner_id, start_time, status },
      attendance: one.attendance ?? '',
      rescheduled_from: one.rescheduled_from ?? nothing,
      rescheduled_to: one.rescheduled_to ?? nothing,
    };
  });
}

const byId = (details: readonly Detail[]) =>
  details.toSorted((a, b) => a.appointment_id.localeCompare(b.appointment_id));

describe.each(PRACTITIONER_DOUBLE_BOOKING)('with practitionerDoubleBooking: %s', (mode) => {
  it('sends one event per change to an appointment, and no others', async () => {
    const { call, events, lists } = await openClinic(mode);
    const booked = async (patient_id: string, date: string, practitioner_id = '1') => {
      const body = { practitioner_id, start_time: `${date} 09:00:00` };
      const { body: appointment } = await call('book', { patient_id }, body, {
        'idempotency-key': `${CANARY}-${practitioner_id}`,
      });
      return appointment as Appointment;
    };
    const to = async (
      operation: 'cancel' | 'reschedule' | 'recordAttendance',
      patient_id: string,
      { appointment_id, start_time }: Appointment,
      more: object = {},
    ) => {
      const path = { patient_id, date: start_time.slice(0, 10) };
      return (await call(operation, path, { appointment_id, ...more })).body as Appointment;
    };

    const first = await booked('1', DATES[0]);
    await booked('1', DATES[0]); // a repeated request
    await booked('1', DATES[0], '2'); // a conflict
    for (const attendance of ['arrived', 'arrived', null, 'fulfilled']) {
      await to('recordAttendance', '1', first, { attendance });
    }
    const second = await booked('2', DATES[1]);
    await to('cancel', '2', second);
    await to('cancel', '2', second);
    const third = await booked('2', DATES[1], '2');
    const later = await to('reschedule', '2', third, { start_time: `${DATES[1]} 10:00:00` });
    const moved = await to('reschedule', '2', later, { start_time: `${DATES[2]} 10:00:00` });
    await to('reschedule', '2', moved, { start_time: `${DATES[1]} 11:00:00` });
    await call('putPatient', { patient_id: '3' }, { first_name: CANARY, last_name: 'Lee' });
    await call(
      'putPractitioner',
      { practitioner_id: '2' },
      { first_name: CANARY, last_name: 'Lo' },
    );
    await call('putSchedule', { practitioner_id: '2' }, { hours: null, time_off: [] });
    await call('erasePatient', { patient_id: '1' });

    const all = await events();
    expect(
      all.map(({ patient_id, start_time, status, attendance, rescheduled_from, rescheduled_to }) =>
        [
          `${patient_id} ${start_time.slice(8, 13)} ${status}`,
          attendance,
          rescheduled_from.date && `from ${rescheduled_from.date.slice(8)}`,
          rescheduled_to.date && `to ${rescheduled_to.date.slice(8)}`,
        ]
          .filter(Boolean)
          .join(' '),
      ),
    ).toEqual([
      '1 01T09 booked',
      '1 01T09 booked arrived',
      '1 01T09 booked',
      '1 01T09 booked fulfilled',
      '2 02T09 booked',
      '2 02T09 cancelled',
      '2 02T09 booked',
      // Within a date, the new appointment takes the place of the old one.
      '2 02T10 booked from 02',
      ...['2 02T10 rescheduled from 02 to 03', '2 03T10 booked from 02'],
      ...['2 03T10 rescheduled from 02 to 02', '2 02T11 booked from 03'],
    ]);
    expect(byId(replay(all))).toEqual(byId(asEvents(await lists())));
    expect(JSON.stringify(all)).not.toContain(CANARY);
  });

  it('the events of a random day, with lost responses and repeated batches, reproduce the day', async () => {
    const { call, events, lists } = await openClinic(mode);
    let calls = 0;
    proxy.choose(() => (uniform(`${mode} ${calls++}`) < 0.1 ? 'drop-response' : undefined));
    const client = async (number: number) => {
      for (let step = 0; step < 40; step += 1) {
        const draw = <T>(what: string, from: readonly T[]) =>
          from[Math.floor(uniform(`${mode} ${number} ${step} ${what}`) * from.length)] as T;
        const patient_id = draw('patient', PATIENTS);
        const date = draw('date', DATES);
        const start = {
          practitioner_id: draw('practitioner', PRACTITIONERS),
          start_time: `${draw('new date', DATES)} ${draw('time', ['09:00:00', '09:30:00', '10:00:00'])}`,
        };
        const { body } = await call('get', { patient_id, date });
        const { appointment_id } = body as Partial<Appointment>;
        const operation = draw('operation', ['book', 'cancel', 'reschedule', 'attend'] as const);
        if (appointment_id === undefined || operation === 'book') {
          await call('book', { patient_id }, start);
        } else if (operation === 'attend') {
          const attendance = draw('attendance', ['arrived', 'noshow', null]);
          await call('recordAttendance', { patient_id, date }, { appointment_id, attendance });
        } else {
          const more = operation === 'reschedule' && start;
          await call(operation, { patient_id, date }, { appointment_id, ...more });
        }
      }
    };
    await Promise.all([1, 2, 3].map(client));
    proxy.choose(() => undefined);

    const all = await events();
    // A pipe delivers a batch again if it does not know that it was delivered.
    const batches = Array.from({ length: Math.ceil(all.length / 10) }, (_, i) =>
      all.slice(10 * i, 10 * i + 10),
    );
    const delivered = batches.flatMap((batch) => [...batch, ...batch]);
    expect(all.length).toBeGreaterThan(30);
    expect(byId(replay(delivered))).toEqual(byId(asEvents(await lists())));
    expect(JSON.stringify(all)).not.toContain(CANARY);
  });
});
