import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { storeUnavailable } from '../../domain/booking-error.ts';
import { problemDetails } from './problem-details.ts';
import type { Response } from './response.ts';

/** What is left of a function's time for answering once the deadline of a request has passed. */
const MILLISECONDS_TO_ANSWER = 500;

/**
 * The stack that every function of the API stands on: what is thrown is answered as problem details,
 * and a request that would outlive the function is ended before, through the `signal` that Middy hands
 * to the handler.
 */
export function httpStack() {
  return middy<APIGatewayProxyEventV2, Response>({
    timeoutEarlyInMillis: MILLISECONDS_TO_ANSWER,
    timeoutEarlyResponse() {
      throw storeUnavailable();
    },
  }).use(problemDetails());
}
