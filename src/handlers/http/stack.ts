import middy from '@middy/core';
import { storeUnavailable } from '../../domain/booking-error.ts';
import { type AuthMode, access, type Operation } from './access.ts';
import type { ApiEvent } from './api-event.ts';
import { requestLog } from './log.ts';
import { problemDetails } from './problem-details.ts';
import type { Response } from './responses.ts';

/** What is left of a function's time for answering once the deadline of a request has passed. */
const MILLISECONDS_TO_ANSWER = 500;

/**
 * The stack that every function of the API stands on: a request is logged, what is thrown is answered
 * as problem details, and only who may do the operation gets further. A request that would outlive the
 * function is ended before, through the `signal` that Middy hands to the handler.
 */
export function httpStack(mode: AuthMode, operation: Operation) {
  return middy<ApiEvent, Response>({
    timeoutEarlyInMillis: MILLISECONDS_TO_ANSWER,
    timeoutEarlyResponse() {
      throw storeUnavailable({
        cause: new DOMException('the deadline has passed', 'TimeoutError'),
      });
    },
  })
    .use(requestLog())
    .use(problemDetails())
    .use(access(mode, operation));
}
