import type { MiddlewareObj } from '@middy/core';
import { BookingError } from '../../domain/booking-error.ts';
import { slotDate } from '../../domain/slot.ts';
import type { ApiEvent } from './api-event.ts';
import { PROBLEM_TYPES } from './problem-types.ts';
import { RequestError } from './request-error.ts';
import type { Explanation } from './response-schemas.ts';
import { type Response, representAppointment, respond } from './responses.ts';

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

function explain(error: unknown, mayList: boolean): Explanation {
  if (error instanceof RequestError) {
    const { code, message: detail, faults } = error;
    return code === 'invalid-request' ? { code, detail, errors: [...faults] } : { code, detail };
  }
  if (error instanceof BookingError) {
    const { details, message: detail } = error;
    const { code } = details;
    if (code !== 'patient-day-taken') return { code, detail };
    const { conflict, patient } = details;
    return {
      code,
      detail,
      date: slotDate(conflict.slot),
      ...(mayList && { conflict: representAppointment(conflict, patient) }),
    };
  }
  return {
    code: 'internal',
    detail:
      'The request was not the reason. Try again, and report the request_id if it happens again.',
  };
}
