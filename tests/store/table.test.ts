import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { createPeopleBatch } from '../../scripts/people-import/people-batch.ts';
import type { Id } from '../../src/domain/people.ts';
import { appointmentCommands } from '../../src/handlers/appointment-commands.ts';
import { connect } from '../../src/handlers/environment.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/table.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { bookingEvent, invoke } from '../support/http-event.ts';
import { ALEXEI, appointment, BOB } from '../support/people.ts';

jest.setTimeout(30_000);

const STORE_UNAVAILABLE = { name: 'StoreUnavailableError' };
const BOOKED = { kind: 'booked' };

/** Longer than any attempt may take. */
const SILENCE = 20_000;

const tableName = `appointments-${randomUUID()}`;
let proxy: FaultProxy;
/** What the store was asked for, attempt by attempt. */
let asked: string[];

function repositories() {
  return createRepositories(openTable(tableName), 'allow');
}

/** Makes the faults in their order, one an attempt; the last one for all that follow. */
function meet(operation: 'PutItem' | 'GetItem' | 'Query', ...faults: (Fault | undefined)[]): void {
  asked = [];
  proxy.choose((request) => {
    asked.push(request.operation);
    if (request.operation !== operation) return undefined;
    return faults.length > 1 ? faults.shift() : faults[0];
  });
}

function newAppointment() {
  return appointment({ appointmentId: randomUUID(), patientId: randomUUID() as Id });
}

beforeAll(async () => {
  proxy = await startFaultProxy(process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '', SILENCE);
  process.env['AWS_ENDPOINT_URL_DYNAMODB'] = proxy.endpoint;
  await createTable(tableName);
  await createPeopleBatch(openTable(tableName)).store([ALEXEI, BOB]);
});

afterEach(() => {
  proxy.choose(() => undefined);
});

afterAll(async () => {
  await proxy.close();
});

describe('a put whose', () => {
  it('first answer is lost is found to be its own by the second attempt', async () => {
    meet('PutItem', 'drop-answer', undefined);
    const booking = newAppointment();

    await expect(repositories().appointments.create(booking)).resolves.toEqual(BOOKED);
    expect(asked).toEqual(['PutItem', 'PutItem']);
  });

  it('answers are all lost is found to be its own by one read', async () => {
    meet('PutItem', 'drop-answer');
    const booking = newAppointment();

    await expect(repositories().appointments.create(booking)).resolves.toEqual(BOOKED);
    expect(asked).toEqual(['PutItem', 'PutItem', 'PutItem', 'GetItem']);
  });

  it('answers are all lost finds the appointment of another by one read', async () => {
    const first = newAppointment();
    await repositories().appointments.create(first);
    meet('PutItem', 'drop-answer');

    await expect(
      repositories().appointments.create({ ...first, appointmentId: randomUUID() }),
    ).resolves.toEqual({ kind: 'patient-day-taken', conflict: first });
  });

  it('attempts all get lost has an unknown outcome', async () => {
    meet('PutItem', 'drop-request');

    await expect(repositories().appointments.create(newAppointment())).rejects.toMatchObject(
      STORE_UNAVAILABLE,
    );
    expect(asked).toEqual(['PutItem', 'PutItem', 'PutItem', 'GetItem']);
  });

  it('first attempts meet throttling and an internal error is stored by the third', async () => {
    meet('PutItem', 'throttle', 'internal-error', undefined);
    const booking = newAppointment();

    await expect(repositories().appointments.create(booking)).resolves.toEqual(BOOKED);
    expect(asked).toEqual(['PutItem', 'PutItem', 'PutItem']);
  });
});

describe('a store that', () => {
  it('throttles every attempt is unavailable', async () => {
    meet('GetItem', 'throttle');

    await expect(repositories().people.findPatient(ALEXEI.patientId)).rejects.toMatchObject(
      STORE_UNAVAILABLE,
    );
    expect(asked).toHaveLength(3);
  });

  it('is silent is unavailable after three attempts of 2 s', async () => {
    meet('GetItem', 'delay');
    const began = performance.now();

    await expect(repositories().people.findPatient(ALEXEI.patientId)).rejects.toMatchObject(
      STORE_UNAVAILABLE,
    );
    expect(asked).toHaveLength(3);
    expect(performance.now() - began).toBeGreaterThan(5900);
    expect(performance.now() - began).toBeLessThan(8000);
  });

  it('stops in the middle of its answers is given up at each attempt, and asked once more what it stored', async () => {
    meet('PutItem', 'stall-answer');
    const booking = newAppointment();
    const began = performance.now();

    await expect(repositories().appointments.create(booking)).resolves.toEqual(BOOKED);
    expect(asked).toEqual(['PutItem', 'PutItem', 'PutItem', 'GetItem']);
    expect(performance.now() - began).toBeLessThan(8000);
  });

  it('refuses connections is unavailable at once', async () => {
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = 'http://127.0.0.1:1';
    const began = performance.now();

    await expect(repositories().people.findPatient(ALEXEI.patientId)).rejects.toMatchObject(
      STORE_UNAVAILABLE,
    );
    expect(performance.now() - began).toBeLessThan(2000);
    process.env['AWS_ENDPOINT_URL_DYNAMODB'] = proxy.endpoint;
  });
});

describe('the deadline of a request', () => {
  it.each([
    ['PutItem', 'delay'],
    ['GetItem', 'delay'],
    ['PutItem', 'throttle'],
    ['GetItem', 'throttle'],
  ] as const)(
    'ends a booking whose %s meets %s, and what the SDK does for it',
    async (operation, fault) => {
      const log = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
      meet(operation, fault);
      const began = performance.now();

      const { status, headers } = await invoke(
        appointmentCommands(connect({ auth: 'none', tableName, doubleBooking: 'allow' })),
        bookingEvent(),
        800,
      );

      expect([status, headers?.['Retry-After']]).toEqual([503, '1']);
      expect(performance.now() - began).toBeLessThan(700);
      // Nothing more is sent once the request was answered.
      const { length } = asked;
      await sleep(1500);
      expect(asked).toHaveLength(length);
      log.mockRestore();
    },
  );
});
