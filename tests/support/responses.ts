import { PROBLEM_TYPES, type ProblemCode } from '../../src/handlers/http/problems.ts';
import { type Answer, REQUEST_ID } from './http-event.ts';

/** The headers of every response. */
export const ANY_HEADERS = {
  'Cache-Control': 'no-store',
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
};

export const JSON_HEADERS = { ...ANY_HEADERS, 'Content-Type': 'application/json' };
const PROBLEM_HEADERS = { ...ANY_HEADERS, 'Content-Type': 'application/problem+json' };

/** Alexei's appointment with Bob, 2021-01-07 at midnight, as a response has it. */
export const APPOINTMENT = {
  appointment_id: '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11',
  status: 'booked',
  patient_id: '1',
  patient_first_name: 'Alexei',
  patient_last_name: 'Isac',
  practitioner_id: '1',
  practitioner_first_name: 'Bob',
  practitioner_last_name: 'Dr',
  practitioner_npi: '100',
  start_time: '2021-01-07T00:00:00Z',
  end_time: '2021-01-07T00:30:00Z',
  created_at: '2021-01-01T12:00:00.000Z',
  series_id: '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11',
  attendance: null,
};

/** The responses with what exists, and with what a request made. */
export const ok = (body: object, headers: object = {}): Answer => ({
  status: 200,
  headers: { ...JSON_HEADERS, ...headers },
  body,
});
export const created = (Location: string, body: object, headers: object = {}): Answer => ({
  status: 201,
  headers: { ...JSON_HEADERS, Location, ...headers },
  body,
});

/** The response with a problem. Its texts are those in docs/problems.md. */
export function problem(status: number, code: ProblemCode, members: object = {}) {
  const { title, detail } = PROBLEM_TYPES[code];
  return {
    status,
    headers: PROBLEM_HEADERS,
    body: {
      type: `urn:problem:${code}`,
      title,
      status,
      detail,
      ...members,
      request_id: REQUEST_ID,
    },
  };
}

/** The response to a command whose outcome is unknown. */
export const UNAVAILABLE = {
  ...problem(503, 'store-unavailable', {
    detail:
      'The appointment store is unavailable, and the request may have been carried out. Send it again, with the same Idempotency-Key if it had one.',
  }),
  headers: { ...PROBLEM_HEADERS, 'Retry-After': '1' },
};
