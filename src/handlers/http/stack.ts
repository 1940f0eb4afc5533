import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { StoreUnavailableError } from '../../domain/ports.ts';
import { type AuthMode, access, type Operation } from './access.ts';
import { requestLog } from './log.ts';
import { problems } from './problems.ts';
import type { Response } from './responses.ts';

/** The time that remains for a response after the deadline of a request. */
const MILLISECONDS_TO_RESPOND = 500;

export type ApiHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<Response>;

/**
 * The middleware of every operation: logs the request, turns errors into problems, and lets through only
 * callers who may do the operation. The `signal` that Middy hands to the handler is the request's deadline,
 * shortly before the function's timeout.
 */
export function operationStack(mode: AuthMode, operation: Operation) {
  return loggedStack().use(access(mode, operation));
}

function loggedStack() {
  return middy<APIGatewayProxyEventV2, Response>({
    timeoutEarlyInMillis: MILLISECONDS_TO_RESPOND,
    timeoutEarlyResponse() {
      const cause = new DOMException('the deadline has passed', 'TimeoutError');
      throw new StoreUnavailableError({ cause });
    },
  })
    .use(requestLog())
    .use(problems());
}

const unknownRoute = loggedStack().handler(() => {
  throw new Error('serverless.yml sends this function a route that it does not serve');
}) as unknown as ApiHandler;

/**
 * A function that looks up its operation by the route that API Gateway matched, such as
 * `GET /api/patients/{patient_id}/appointments`.
 */
export function routed(operations: Readonly<Record<string, unknown>>): ApiHandler {
  // Each operation's middleware adds to the event what its handler needs, so its own type asks for more.
  const handlers = new Map(Object.entries(operations as Readonly<Record<string, ApiHandler>>));
  return async (event, context) => (handlers.get(event.routeKey) ?? unknownRoute)(event, context);
}
