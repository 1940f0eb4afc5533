import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Appointment } from '../../domain/appointment.ts';
import type { Id, Patient } from '../../domain/people.ts';
import { slotEnd } from '../../domain/slot.ts';
import type { AppointmentAnswer } from './response-schemas.ts';

export type Response = Required<
  Pick<APIGatewayProxyStructuredResultV2, 'statusCode' | 'headers' | 'body'>
>;

/** Two years, the least that browsers' preload lists take (hstspreload.org asks for one). */
const HSTS_SECONDS = 63_072_000;

/** An answer with what every answer carries: health data is not for caches, and its type is not for guessing. */
export function respond(
  statusCode: number,
  contentType: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return {
    statusCode,
    headers: {
      'Content-Type': contentType,
      'Cache-Control': 'no-store',
      'Strict-Transport-Security': `max-age=${HSTS_SECONDS}; includeSubDomains`,
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
    body: JSON.stringify(body),
  };
}

/**
 * An appointment as the answers show it. Times are UTC, `YYYY-MM-DDThh:mm:00Z`; the practitioner is as
 * when it was booked, the patient as now.
 */
export function representAppointment(
  appointment: Appointment,
  patient: Patient,
): AppointmentAnswer {
  const { appointmentId, patientId, practitioner, slot } = appointment;
  return {
    appointment_id: appointmentId,
    patient_id: patientId,
    patient_first_name: patient.firstName,
    patient_last_name: patient.lastName,
    practitioner_id: practitioner.practitionerId,
    practitioner_first_name: practitioner.firstName,
    practitioner_last_name: practitioner.lastName,
    practitioner_npi: practitioner.npi,
    start_time: slot,
    end_time: slotEnd(slot),
  };
}

/** The address of a patient's list, relative to the host, with its query's parameters in alphabetical order. */
export function appointmentsUrl(
  patientId: Id,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  search.sort();
  return `/api/patients/${patientId}/appointments?${search.toString()}`;
}
