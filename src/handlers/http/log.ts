import { channel } from 'node:diagnostics_channel';
import type { MiddlewareObj, Request } from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { InvalidItemError } from '../../repositories/attributes.ts';
import { release } from '../release.ts';
import type { Response } from './responses.ts';

/** What the log line of a request says beyond what the event itself does. */
export interface WithRecord {
  record: {
    /** Milliseconds since the process started. */
    readonly began: number;
    readonly coldStart: boolean;
    /** Calls to the store, and the SDK's retries of them. */
    storeCalls: number;
    storeRetries: number;
    /** The code of the problem in the response. */
    code?: string;
    /** What failed inside the service. */
    failure?: unknown;
  };
}

type LoggedEvent = APIGatewayProxyEventV2 & WithRecord;

/** The diagnostics channel that gets each failure with its message. Only local runs subscribe to it. */
export const FAILURES = 'appointment-service.failures';

const failures = channel(FAILURES);

let coldStart = true;

/**
 * Logs one line of JSON per request. The line holds only what can never contain patient data: the route
 * but not the path, and codes but not messages, because JSON.parse and DynamoDB quote values in theirs.
 *
 * Writes to standard output, which Lambda's JSON log format passes on unchanged.
 */
export function requestLog(): MiddlewareObj<LoggedEvent, Response, unknown> {
  return {
    before({ event }) {
      event.record = { began: performance.now(), coldStart, storeCalls: 0, storeRetries: 0 };
      coldStart = false;
    },
    after: writeLine,
    onError: writeLine,
  };
}

/** Counts a call to the store for the log line of its request. */
export function countCall({ record }: LoggedEvent): (attempts: number) => void {
  return (attempts) => {
    record.storeCalls += 1;
    record.storeRetries += attempts - 1;
  };
}

function writeLine({ event, response }: Request<LoggedEvent, Response, unknown>): void {
  const { began, coldStart, storeCalls, storeRetries, code, failure } = event.record;
  const line = {
    timestamp: new Date().toISOString(),
    level: failure === undefined ? 'INFO' : 'ERROR',
    request_id: event.requestContext.requestId,
    route: event.routeKey,
    status: response?.statusCode,
    code,
    duration_ms: Math.round(performance.now() - began),
    cold_start: coldStart,
    store_calls: storeCalls,
    store_retries: storeRetries,
    ...release,
    ...(failure !== undefined && { errors: causes(failure).map(describe) }),
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
  if (failure !== undefined) failures.publish(failure);
}

/** An error and its causes, up to five levels, to survive cyclic causes. */
function causes(error: unknown, depth = 5): Error[] {
  return depth > 0 && Error.isError(error) ? [error, ...causes(error.cause, depth - 1)] : [];
}

function describe(error: Error & { code?: unknown; $metadata?: { httpStatusCode?: number } }) {
  return {
    name: error.name,
    // Codes of the system and of Node, such as ECONNRESET. Libraries may put anything here.
    code: /^E[A-Z_]+$/.exec(String(error.code))?.[0],
    http_status: error.$metadata?.httpStatusCode,
    attribute: error instanceof InvalidItemError ? error.attribute : undefined,
    stack: framesOf(error).trim().split(/\n\s*/),
  };
}

/**
 * The stack without its heading, which holds the message. If the heading is not the expected one, the
 * message was changed after the stack was made, and the stack may hold anything.
 */
function framesOf({ name, message, stack = '', code }: Error & { code?: unknown }): string {
  // Node puts the code of its own errors into the heading: "TypeError [ERR_X]: message".
  const names = [name, `${name} [${String(code)}]`];
  const headings = message === '' ? names : names.map((heading) => `${heading}: ${message}`);
  const heading = headings.find((text) => stack.startsWith(`${text}\n`));
  return heading === undefined ? '' : stack.slice(heading.length);
}
