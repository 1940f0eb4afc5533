import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePorts } from '../../scripts/local/free-ports.ts';
import { fetchDescribed } from '../support/api-description.ts';
import { endLocalRuns, npmStart, removeLocalData, untilUp } from '../support/local-run.ts';

jest.setTimeout(90_000);

let port: number;

beforeAll(async () => {
  port = await freePorts(4);
  const run = npmStart({
    PORT: String(port),
    DYNAMODB_PORT: String(port + 3),
    PRACTITIONER_DOUBLE_BOOKING: 'reject',
  });
  await untilUp(run);
});

afterAll(async () => {
  await endLocalRuns();
  await removeLocalData(port);
});

async function book(patientId: number, practitionerId: number, start: string, key?: string) {
  const response = await fetchDescribed(
    `http://localhost:${port}/api/patients/${patientId}/appointments`,
    {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      body: JSON.stringify({ practitioner_id: practitionerId, start_time: start }),
    },
  );
  const { type, ...body } = (await response.json()) as Record<string, unknown>;
  return {
    status: response.status,
    type,
    replayed: response.headers.get('idempotency-replayed'),
    body,
  };
}

describe('an API that rejects double booking', () => {
  it('allows one patient per practitioner and time, and one appointment per patient and date', async () => {
    const first = await book(1, 1, '2021-01-07 09:00:00', 'a key');
    expect(first.status).toBe(201);

    const taken = await book(2, 1, '2021-01-07 09:00:00');
    expect(taken).toMatchObject({ status: 409, type: 'urn:problem:practitioner-slot-taken' });
    expect(JSON.stringify(taken.body)).not.toMatch(/Alexei|appointment_id|patient_id/);

    expect(await book(2, 1, '2021-01-07 09:30:00')).toMatchObject({ status: 201 });
    expect(await book(2, 1, '2021-01-07 09:00:00')).toMatchObject({
      status: 409,
      type: 'urn:problem:patient-day-taken',
      body: { conflict: { start_time: '2021-01-07T09:30:00Z' } },
    });
    expect(await book(1, 1, '2021-01-07 09:00:00', 'a key')).toEqual({
      ...first,
      replayed: 'true',
    });
    expect(await book(1, 2, '2021-01-07 09:00:00', 'a key')).toMatchObject({ status: 422 });
  });

  it('gives a time to one of two concurrent requests', async () => {
    const start = '2021-01-08 09:00:00';
    const responses = await Promise.all([1, 2].map(async (patient) => book(patient, 2, start)));

    expect(responses.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
});
