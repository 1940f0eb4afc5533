import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { newAppointmentId } from '../../src/domain/appointment.ts';
import type { Id } from '../../src/domain/people.ts';
import { appointmentCommands } from '../../src/handlers/appointment-commands.ts';
import { connect } from '../../src/handlers/environment.ts';
import { patientKey } from '../../src/repositories/keys.ts';
import { createReads } from '../../src/repositories/reads.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/store.ts';
import { addPeople } from '../support/add-people.ts';
import { type Fault, type FaultProxy, keyOf, startFaultProxy } from '../support/fault-proxy.ts';
import { bookingEvent, invoke } from '../support/http-event.ts';
import { ALEXEI, appointment, BOB } from '../support/people.ts';

jest.setTimeout(30_000);

const UNAVAILABLE = { name: 'StoreUnavailableError' };

/** Longer than any attempt may take. */
const SILENCE = 20_000;

const tableName = `appointments-${randomUUID()}`;
let proxy: FaultProxy;
/** The operations of all requests for each partition key, attempt by attempt. */
const requests = new Map<string, string[]>();
const scripts = new Map<string, { operation: string; fault: Fault | undefined }>();

beforeAll(async () => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  // The longest pauses between attempts, so that no attempt begins just before a deadline.
  jest.spyOn(Math, 'random').mockReturnValue(0.99);
  proxy = await startFaultProxy(process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '', SILENCE);
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] = proxy.endpoint;
  await createTable(tableName);
  await addPeople(openTable(tableName), [BOB]);
  proxy.choose(({ operation, body }) => {
    const { PK } = keyOf(body);
    requests.set(PK, [...(requests.get(PK) ?? []), operation]);
    const script = scripts.get(PK);
    return operation === script?.operation ? script.fault : undefined;
  });
});

afterAll(async () => {
  await proxy.close();
});

/**
 * A patient whose requests for the operation meet the fault.
 * Each test has its own patient, so that all can run at once.
 */
function patientWith(operation: 'PutItem' | 'GetItem' | 'BatchGetItem', fault?: Fault) {
  const patientId = randomUUID() as Id;
  const { PK } = patientKey(patientId);
  scripts.set(PK, { operation, fault });
  return {
    patientId,
    requests: () => requests.get(PK) ?? [],
    read: async (table = openTable(tableName)) => createReads(table).get(patientKey(patientId)),
  };
}

describe('a store', () => {
  it.concurrent.each([
    ['stays silent', 'delay'],
    ['throttles every attempt', 'throttle'],
  ] as const)('that %s is unavailable after three attempts', async (_name, fault) => {
    const { read, requests } = patientWith('GetItem', fault);

    await expect(read()).rejects.toMatchObject(UNAVAILABLE);
    expect(requests()).toHaveLength(3);
  });

  it.concurrent('that stops inside each response is given up at each attempt, then asked what it stored', async () => {
    const { patientId, requests } = patientWith('PutItem', 'stall-response');
    const { appointments } = createRepositories(openTable(tableName), 'allow');
    const booking = appointment({ appointmentId: newAppointmentId(), patientId });

    await expect(appointments.create(booking)).resolves.toEqual({ kind: 'booked' });
    expect(requests()).toEqual(['PutItem', 'PutItem', 'PutItem', 'GetItem']);
  });

  it.concurrent('that rejects connections is unavailable', async () => {
    const table = openTable(tableName);
    table.client.config.endpointProvider = () => ({ url: new URL('http://127.0.0.1:1') });

    await expect(patientWith('GetItem').read(table)).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe('the deadline of a request', () => {
  it.concurrent.each([
    ['PutItem', 'delay'],
    ['BatchGetItem', 'delay'],
    ['PutItem', 'throttle'],
    ['BatchGetItem', 'throttle'],
  ] as const)(
    'ends a booking whose %s meets %s, and all its attempts',
    async (operation, fault) => {
      const { patientId, requests } = patientWith(operation);
      await addPeople(openTable(tableName), [{ ...ALEXEI, patientId }]);
      scripts.set(patientKey(patientId).PK, { operation, fault });
      const attempts = () => requests().filter((sent) => sent === operation).length;
      const before = attempts();
      const { status, headers } = await invoke(
        appointmentCommands(
          connect({ auth: 'none', tableName, doubleBooking: 'allow' }, createRepositories),
        ),
        bookingEvent(undefined, { pathParameters: { patient_id: patientId } }),
        800,
      );

      expect([status, headers?.['Retry-After']]).toEqual([503, '1']);
      // Longer than an attempt of 2 s and the pause after it.
      await sleep(2500);
      // On a slow machine, the read before it can use up the time, and there is no attempt.
      expect(attempts()).toBeLessThanOrEqual(before + 1);
    },
  );
});
