/** The headers of every response. */
const ANY_HEADERS = {
  'Cache-Control': 'no-store',
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
};

export const JSON_HEADERS = { ...ANY_HEADERS, 'Content-Type': 'application/json' };
export const PROBLEM_HEADERS = { ...ANY_HEADERS, 'Content-Type': 'application/problem+json' };

/** Alexei's appointment with Bob, 2021-01-07 at midnight, as a response has it. */
export const APPOINTMENT = {
  appointment_id: '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11',
  patient_id: '1',
  patient_first_name: 'Alexei',
  patient_last_name: 'Isac',
  practitioner_id: '1',
  practitioner_first_name: 'Bob',
  practitioner_last_name: 'Dr',
  practitioner_npi: '100',
  start_time: '2021-01-07T00:00:00Z',
  end_time: '2021-01-07T00:30:00Z',
};
