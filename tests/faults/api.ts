import type { UtcDate } from '../../src/domain/slot.ts';
import type { HttpFront } from '../support/http-front.ts';

export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface AppointmentBody {
  readonly appointment_id: string;
  readonly patient_id: string;
  readonly practitioner_id: string;
  readonly start_time: string;
}

export interface BookingRequest {
  readonly patientId: string;
  readonly practitionerId: string;
  /** `YYYY-MM-DDThh:mm:00Z` */
  readonly start: string;
  readonly idempotencyKey?: string;
}

export async function book(
  { url }: HttpFront,
  { patientId, practitionerId, start, idempotencyKey }: BookingRequest,
): Promise<ApiResponse> {
  return read(
    await fetch(`${url}/api/patients/${patientId}/appointments`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      body: JSON.stringify({ practitioner_id: practitionerId, start_time: start }),
    }),
  );
}

export async function list({ url }: HttpFront, patientId: string): Promise<ApiResponse> {
  return read(await fetch(`${url}/api/patients/${patientId}/appointments`));
}

async function read(response: Response): Promise<ApiResponse> {
  const { status, headers } = response;
  return { status, headers, body: await response.json() };
}

/** The start of one of the 48 slots of a date, from 0. */
export function startOn(date: UtcDate, slot: number): string {
  return `${date}T${String(Math.floor(slot / 2)).padStart(2, '0')}:${slot % 2 === 0 ? '00' : '30'}:00Z`;
}

/** The id of the appointment that holds the date according to a response: the new one of a 201, the other one of a 409. */
export function holderOf({ status, body }: ApiResponse): string | undefined {
  if (status === 201) return (body as AppointmentBody).appointment_id;
  const { type, conflict } = body as { type?: string; conflict?: AppointmentBody };
  const isTaken = status === 409 && type === 'urn:problem:patient-day-taken';
  return isTaken ? conflict?.appointment_id : undefined;
}

/** Compares a response with the id of the appointment that is stored: `503, but an appointment is stored`. */
export function outcomeOf(response: ApiResponse, stored: string | undefined): string {
  const { status } = response;
  const named = holderOf(response);
  if (named === undefined) {
    return `${status}, ${stored === undefined ? 'and nothing' : 'but an appointment'} is stored`;
  }
  if (stored === undefined) return `${status} with an appointment that is not stored`;
  return `${status} with ${named === stored ? 'the stored' : 'a different'} appointment`;
}

/** Counts responses by status: `201: 1, 409: 199`. */
export function statuses(responses: readonly { readonly status: number }[]): string {
  const counts = Map.groupBy(responses, ({ status }) => status);
  return [...counts.entries()]
    .sort(([a], [b]) => a - b)
    .map(([status, { length }]) => `${status}: ${length}`)
    .join(', ');
}
