import type { BookingErrorCode } from '../../domain/booking-error.ts';
import type { RequestErrorCode } from './request-error.ts';

/** Why a request was not carried out; the type of its problem details is `urn:problem:` and the code. */
export type ProblemCode = BookingErrorCode | RequestErrorCode | 'internal';

interface ProblemType {
  readonly status: number;
  readonly title: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export const PROBLEM_TYPES: Readonly<Record<ProblemCode, ProblemType>> = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Who calls is not known' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'patient-not-found': { status: 404, title: 'No such patient' },
  'practitioner-not-found': { status: 404, title: 'No such practitioner' },
  'patient-day-taken': { status: 409, title: 'The patient has an appointment on this date' },
  'practitioner-slot-taken': { status: 409, title: 'The practitioner is taken at this time' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body is not JSON' },
  'idempotency-key-reused': {
    status: 422,
    title: 'The Idempotency-Key was used for another booking',
  },
  internal: { status: 500, title: 'Something went wrong inside the service' },
  'store-unavailable': {
    status: 503,
    title: 'The appointment store is not available',
    headers: { 'Retry-After': '1' },
  },
};
