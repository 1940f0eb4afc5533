import type { MiddlewareObj } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { StoreUnavailableError } from '../../domain/ports.ts';
import type { WithRecord } from './log.ts';
import type { AppointmentResponse } from './response-schemas.ts';
import { type Response, respond } from './responses.ts';

/** The most bytes of a request body. */
export const MAX_BODY_BYTES = 16_384;

/** The most faults that a response lists. A body of 16 KiB has room for thousands. */
export const MAX_FAULTS = 100;

/** One fault of a request and its place: a JSON Pointer (RFC 6901) into the body, or a parameter or header by name. */
export type Fault = { readonly detail: string } & (
  | { readonly pointer: string }
  | { readonly parameter: string }
  | { readonly header: string }
);

/** A problem, with the members that do not follow from its type. */
export type Problem =
  | { readonly code: 'invalid-request'; readonly errors: readonly Fault[] }
  | { readonly code: 'unauthenticated'; readonly scheme: 'AWS4-HMAC-SHA256' | 'Bearer' }
  | {
      readonly code: 'patient-day-taken' | 'appointment-cancelled' | 'appointment-rescheduled';
      /** The UTC date that is taken, `YYYY-MM-DD`. */
      readonly date?: string;
      readonly conflict?: AppointmentResponse;
    }
  | {
      readonly code:
        | 'forbidden'
        | 'patient-not-found'
        | 'practitioner-not-found'
        | 'appointment-not-found'
        | 'patient-erased'
        | 'practitioner-unavailable'
        | 'practitioner-slot-taken'
        | 'body-too-large'
        | 'unsupported-media-type'
        | 'idempotency-key-reused'
        | 'internal'
        | 'store-unavailable';
    };

export type ProblemCode = Problem['code'];

interface ProblemType {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Every problem type. Its `type` is `urn:problem:` and the code. */
export const PROBLEM_TYPES = {
  'invalid-request': {
    status: 400,
    title: 'Invalid request',
    detail: 'The request is invalid. Correct every error listed in "errors".',
  },
  unauthenticated: {
    status: 401,
    title: 'Authentication required',
    detail: 'The request has no valid identity. Sign it, or send a token.',
  },
  forbidden: {
    status: 403,
    title: 'Access denied',
    detail: "The token's scopes do not allow this request.",
  },
  'patient-not-found': {
    status: 404,
    title: 'Patient not found',
    detail: 'No patient has this patient_id.',
  },
  'practitioner-not-found': {
    status: 404,
    title: 'Practitioner not found',
    detail: 'No practitioner has this practitioner_id.',
  },
  'appointment-not-found': {
    status: 404,
    title: 'Appointment not found',
    detail: 'The patient has no such appointment on this UTC date.',
  },
  'patient-day-taken': {
    status: 409,
    title: 'Patient already booked on this date',
    detail: 'The patient already has an appointment on this UTC date. Choose another date.',
  },
  'practitioner-unavailable': {
    status: 409,
    title: 'Practitioner unavailable at this time',
    detail:
      "The time is outside the practitioner's hours or within their time off. Choose another time or practitioner.",
  },
  'practitioner-slot-taken': {
    status: 409,
    title: 'Practitioner already booked at this time',
    detail:
      'The practitioner already has an appointment at this time. Choose another time or practitioner.',
  },
  'appointment-cancelled': {
    status: 409,
    title: 'Appointment already cancelled',
    detail:
      'The appointment was cancelled, and stays cancelled. To book its date again, send a new booking with a new Idempotency-Key.',
  },
  'appointment-rescheduled': {
    status: 409,
    title: 'Appointment already rescheduled',
    detail:
      'The appointment was rescheduled. To change the appointment that replaced it, use the date and appointment_id in "rescheduled_to".',
  },
  'patient-erased': {
    status: 410,
    title: 'Patient erased',
    detail:
      'The patient was erased, and cannot be added, read, or booked. To register the person again, use another patient_id.',
  },
  'body-too-large': {
    status: 413,
    title: 'Request body too large',
    detail: `The request body is larger than ${MAX_BODY_BYTES} bytes. Send only the members that the operation defines.`,
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    detail: 'Send the body as JSON, with the header Content-Type: application/json.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency key reused',
    detail:
      'This Idempotency-Key was already used on this date to book a different practitioner or start time. Use a new key for each booking.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    detail:
      'Something failed inside the service. Try again, and report the request_id if the error persists.',
  },
  'store-unavailable': {
    status: 503,
    title: 'Appointment store unavailable',
    detail: 'The appointment store is unavailable. Send the request again.',
    headers: { 'Retry-After': '1' },
  },
} as const satisfies Readonly<Record<ProblemCode, ProblemType>>;

/** The detail of a 503 to a command, whose outcome is unknown. */
const UNKNOWN_OUTCOME =
  'The appointment store is unavailable, and the request may have been carried out. Send it again, with the same Idempotency-Key if it had one.';

/** An error whose response is a problem. It ends a request early. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(PROBLEM_TYPES[problem.code].detail);
    this.problem = problem;
  }
}

/** The RFC 9457 response for a problem. */
export function respondProblem(
  event: APIGatewayProxyEventV2 & WithRecord,
  problem: Problem,
): Response {
  const { code } = problem;
  const { status, title, detail, headers }: ProblemType = PROBLEM_TYPES[code];
  const { requestId } = event.requestContext;
  event.record.code = code;
  return respond(
    status,
    'application/problem+json',
    {
      type: `urn:problem:${code}`,
      title,
      status,
      detail,
      ...membersOf(problem, event.routeKey),
      request_id: requestId,
    },
    {
      ...headers,
      ...(code === 'unauthenticated' && { 'WWW-Authenticate': problem.scheme }),
    },
  );
}

/** The members of a problem that do not follow from its type. */
function membersOf(problem: Problem, routeKey: string): object {
  if (problem.code === 'invalid-request') {
    const { errors } = problem;
    if (errors.length <= MAX_FAULTS) return { errors };
    return {
      detail: `The request is invalid. "errors" lists the first ${MAX_FAULTS} of its ${errors.length} errors.`,
      errors: errors.slice(0, MAX_FAULTS),
    };
  }
  if ('date' in problem || 'conflict' in problem) {
    const { code: _code, ...members } = problem;
    return members;
  }
  if (problem.code === 'store-unavailable' && !routeKey.startsWith('GET ')) {
    return { detail: UNKNOWN_OUTCOME };
  }
  return {};
}

/** Turns every error into a problem response, and never exposes internal details. */
export function problems(): MiddlewareObj<APIGatewayProxyEventV2 & WithRecord, Response, unknown> {
  return {
    onError(request) {
      const { event, error } = request;
      if (error instanceof ProblemError) {
        request.response = respondProblem(event, error.problem);
        return;
      }
      event.record.failure = error;
      const code = error instanceof StoreUnavailableError ? 'store-unavailable' : 'internal';
      request.response = respondProblem(event, { code });
    },
  };
}
