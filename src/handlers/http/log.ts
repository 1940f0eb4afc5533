import type { MiddlewareObj, Request } from '@middy/core';
import type { ApiEvent } from './api-event.ts';
import type { Response } from './responses.ts';

let coldStart = true;

/**
 * Logs one line of JSON for each request, built from what cannot hold patient data: the route and never
 * the path, codes and never messages (JSON.parse quotes the body, DynamoDB quotes values).
 *
 * Written to the standard output, where Lambda's JSON log format takes it as it is.
 */
export function requestLog(): MiddlewareObj<ApiEvent, Response, unknown> {
  return {
    before({ event }) {
      event.record = { began: performance.now(), coldStart, attempts: 0 };
      coldStart = false;
    },
    after: writeLine,
    onError: writeLine,
  };
}

/** Counts an attempt of the SDK to reach the store, for the line of its request. */
export function attemptCounter({ record }: ApiEvent): (attempts: number) => void {
  return (attempts) => {
    if (record) record.attempts += attempts;
  };
}

function writeLine({ event, response }: Request<ApiEvent, Response, unknown>): void {
  const { record } = event;
  const failure = record?.failure;
  const line = {
    timestamp: new Date().toISOString(),
    level: failure === undefined ? 'INFO' : 'ERROR',
    request_id: event.requestContext.requestId,
    route: event.routeKey,
    status: response?.statusCode,
    code: record?.code,
    duration_ms: record && Math.round(performance.now() - record.began),
    cold_start: record?.coldStart,
    attempts: record?.attempts,
    ...(failure !== undefined && { errors: causes(failure).map(describe) }),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** An error and its causes, as deep as they can be meant: a cycle must not end in no answer. */
function causes(error: unknown, depth = 5): Error[] {
  return depth > 0 && Error.isError(error) ? [error, ...causes(error.cause, depth - 1)] : [];
}

function describe(error: Error & { code?: unknown; $metadata?: { httpStatusCode?: number } }) {
  const heading = error.message === '' ? error.name : `${error.name}: ${error.message}`;
  // A heading that is not the present one is of a message that was changed, and may hold anything.
  const frames =
    error.stack?.startsWith(`${heading}\n`) === true ? error.stack.slice(heading.length) : '';
  return {
    name: error.name,
    // Of the system, like ECONNRESET; what else a library may put there is not known.
    code: /^E[A-Z_]+$/.exec(String(error.code))?.[0],
    http_status: error.$metadata?.httpStatusCode,
    stack: frames.trim().split(/\n\s*/),
  };
}
