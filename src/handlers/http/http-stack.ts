import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { problemDetails } from './problem-details.ts';
import type { Response } from './response.ts';

/** What is left of a function's time for answering once the deadline has passed. */
const MILLISECONDS_TO_ANSWER = 500;

/** The stack that every function of the API stands on: what it throws is answered as problem details. */
export function httpStack() {
  // Middy's own early timeout is off: its signal is shared by all the requests of a process.
  return middy<APIGatewayProxyEventV2, Response>({ timeoutEarlyInMillis: 0 }).use(problemDetails());
}

/** The deadline of a request: shortly before Lambda would end the function. */
export function deadlineOf(context: Context): AbortSignal {
  return AbortSignal.timeout(
    Math.max(0, context.getRemainingTimeInMillis() - MILLISECONDS_TO_ANSWER),
  );
}
