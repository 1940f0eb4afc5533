import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Appointment, AppointmentReference } from '../../domain/appointment.ts';
import type { Id, Patient } from '../../domain/people.ts';
import { type Slot, slotDate, slotEnd } from '../../domain/slot.ts';
import type { AppointmentResponse } from './response-schemas.ts';

export type Response = Required<
  Pick<APIGatewayProxyStructuredResultV2, 'statusCode' | 'headers' | 'body'>
>;

/** Two years. The preload lists of browsers require at least one (hstspreload.org). */
const HSTS_SECONDS = 63_072_000;

/** A response with the headers that every response carries. Health data must not be cached, nor its type guessed. */
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
 * The JSON form of an appointment. All times are UTC: `start_time` and `end_time` are `YYYY-MM-DDThh:mm:00Z`, the
 * others have milliseconds. The practitioner's names are those at the time of booking, and the patient's are
 * current.
 */
export function representAppointment(
  appointment: Appointment,
  patient: Patient,
): AppointmentResponse {
  const { appointmentId, patientId, practitioner, slot, createdAt } = appointment;
  const { rescheduledFrom, ending } = appointment;
  return {
    appointment_id: appointmentId,
    status: ending?.status ?? 'booked',
    patient_id: patientId,
    patient_first_name: patient.firstName,
    patient_last_name: patient.lastName,
    practitioner_id: practitioner.practitionerId,
    practitioner_first_name: practitioner.firstName,
    practitioner_last_name: practitioner.lastName,
    practitioner_npi: practitioner.npi,
    start_time: slot,
    end_time: slotEnd(slot),
    created_at: createdAt,
    ...(rescheduledFrom && { rescheduled_from: representReference(rescheduledFrom) }),
    ...(ending?.status === 'cancelled' && {
      cancelled_at: ending.cancelledAt,
      cancellation_reason: ending.reason,
    }),
    ...(ending?.status === 'rescheduled' && {
      rescheduled_at: ending.rescheduledAt,
      rescheduled_to: representReference(ending.rescheduledTo),
    }),
  };
}

function representReference({ date, appointmentId }: AppointmentReference) {
  return { date, appointment_id: appointmentId };
}

/** The URL of an appointment, relative to the host. */
export function appointmentUrl({ patientId, slot }: { patientId: Id; slot: Slot }): string {
  return `/api/patients/${patientId}/appointments/${slotDate(slot)}`;
}

/** A link to the next page of a list, with its query parameters in alphabetical order, relative to the host. */
export function linkToNext(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): { readonly Link: string } {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  search.sort();
  return { Link: `<${path}?${search.toString()}>; rel="next"` };
}
