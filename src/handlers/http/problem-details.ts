import type { MiddlewareObj } from '@middy/core';
import {
  BookingError,
  type BookingErrorCode,
  type BookingErrorDetails,
} from '../../domain/booking-error.ts';
import { slotDate } from '../../domain/slot.ts';
import type { ApiEvent } from './api-event.ts';
import { representAppointment } from './appointment-representation.ts';
import { RequestError, type RequestErrorCode } from './request-error.ts';
import { type Response, respond } from './response.ts';

type ProblemCode = BookingErrorCode | RequestErrorCode | 'internal';

interface ProblemType {
  readonly status: number;
  readonly title: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Each code's status and title; its type is `urn:problem:` and the code. */
const PROBLEM_TYPES: Readonly<Record<ProblemCode, ProblemType>> = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  unauthenticated: { status: 401, title: 'Who calls is not known' },
  forbidden: { status: 403, title: 'The caller may not do this' },
  'patient-not-found': { status: 404, title: 'No such patient' },
  'practitioner-not-found': { status: 404, title: 'No such practitioner' },
  'patient-day-taken': { status: 409, title: 'The patient has an appointment on this date' },
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

/** Answers every error as RFC 9457 problem details; of what is not meant for the caller it says nothing. */
export function problemDetails(): MiddlewareObj<ApiEvent, Response, unknown> {
  return {
    onError(request) {
      const { event, error } = request;
      const { requestId } = event.requestContext;
      const { code, ...members } = explain(error, event.mayList === true);
      const { status, title, headers } = PROBLEM_TYPES[code];
      if (event.record) {
        event.record.code = code;
        if (status >= 500) event.record.failure = error;
      }
      request.response = respond(
        status,
        'application/problem+json',
        { type: `urn:problem:${code}`, title, status, ...members, request_id: requestId },
        headers,
      );
    },
  };
}

type Explanation = { readonly code: ProblemCode; readonly detail: string } & Record<
  string,
  unknown
>;

function explain(error: unknown, mayList: boolean): Explanation {
  if (error instanceof RequestError) {
    const { code, message, faults } = error;
    return { code, detail: message, ...(faults.length > 0 && { errors: faults }) };
  }
  if (error instanceof BookingError) {
    const { details, message } = error;
    return { code: details.code, detail: message, ...conflictOf(details, mayList) };
  }
  return {
    code: 'internal',
    detail:
      'The request was not the reason. Try again, and report the request_id if it happens again.',
  };
}

function conflictOf(details: BookingErrorDetails, mayList: boolean) {
  if (details.code !== 'patient-day-taken') return {};
  const { conflict, patient } = details;
  return {
    date: slotDate(conflict.slot),
    ...(mayList && { conflict: representAppointment(conflict, patient) }),
  };
}
