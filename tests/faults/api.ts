import type { HttpFront } from '../../scripts/local/http-front.ts';

export interface Answer {
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
  readonly key?: string;
}

/** Books over HTTP. */
export async function book({ url }: HttpFront, request: BookingRequest): Promise<Answer> {
  return answerOf(
    await fetch(`${url}/api/patients/${request.patientId}/appointments`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(request.key !== undefined && { 'idempotency-key': request.key }),
      },
      body: JSON.stringify({ practitioner_id: request.practitionerId, start_time: request.start }),
    }),
  );
}

/** Lists over HTTP. */
export async function list({ url }: HttpFront, patientId: string): Promise<Answer> {
  return answerOf(await fetch(`${url}/api/patients/${patientId}/appointments`));
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, headers, body: await response.json() };
}
