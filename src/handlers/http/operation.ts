import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import type * as z from 'zod/mini';
import type { Origin } from '../../domain/appointment.ts';
import { StoreUnavailableError } from '../../domain/ports.ts';
import type { RequestScope } from '../../repositories/store.ts';
import { type AuthMode, type Grant, grantOf, type OperationName } from './access.ts';
import { countCall, requestLog, type WithRecord } from './log.ts';
import { type Problem, problems, respondProblem } from './problems.ts';
import { type RequestShape, readRequest } from './request.ts';
import type { Response } from './responses.ts';

/** What an operation gets besides its input. */
export interface Call<Repositories> {
  /** The repositories for this request. */
  readonly repositories: Repositories;
  /** Who sent the request. */
  readonly origin: Origin;
  /** What the caller can do for the patient of the request. */
  readonly may: Grant['may'];
}

/** An operation of the API. */
export interface Operation<Repositories> {
  /** The name by which access is checked. */
  readonly name: OperationName;
  /** The schema of its request. The API description is generated from it. */
  readonly request: z.core.$ZodObject;
  /** @throws ProblemError if the event does not match the schema */
  readonly run: (
    event: APIGatewayProxyEventV2,
    call: Call<Repositories>,
  ) => Promise<Response | Problem>;
}

/**
 * Defines an operation.
 *
 * @param run maps the parsed request to a response, or to a problem as a value
 */
export function operation<Shape extends RequestShape, Repositories>(
  name: OperationName,
  request: z.ZodMiniObject<Shape>,
  run: (
    input: z.output<z.ZodMiniObject<Shape>>,
    call: Call<Repositories>,
  ) => Promise<Response | Problem>,
): Operation<Repositories> {
  return { name, request, run: async (event, call) => run(readRequest(request, event), call) };
}

/** What the operations of a function share. */
export interface Dependencies<Repositories> {
  readonly auth: AuthMode;
  /** The repositories for one request. */
  readonly repositoriesFor: (scope: RequestScope) => Repositories;
}

/** The operations of a function by the route that API Gateway matched. */
export type Routes<Repositories> = Readonly<
  Record<`${'GET' | 'POST' | 'PUT' | 'DELETE'} /api/${string}`, Operation<Repositories>>
>;

export type ApiHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<Response>;

/** The time that remains for a response after the deadline of a request. */
const MILLISECONDS_TO_RESPOND = 500;

/**
 * A function that looks up its operation by the route that API Gateway matched. It logs the request, turns
 * errors into problems, lets through only callers who can do the operation, and then parses and runs it. The
 * `signal` that Middy passes is the request's deadline, shortly before the function's timeout.
 */
export function routed<Repositories>(
  { auth, repositoriesFor }: Dependencies<Repositories>,
  routes: Routes<Repositories>,
): ApiHandler {
  const operations = new Map(Object.entries(routes));
  return middy<APIGatewayProxyEventV2 & WithRecord, Response>({
    timeoutEarlyInMillis: MILLISECONDS_TO_RESPOND,
    timeoutEarlyResponse() {
      const cause = new DOMException('the deadline has passed', 'TimeoutError');
      throw new StoreUnavailableError({ cause });
    },
  })
    .use(requestLog())
    .use(problems())
    .handler(async (event, _context, { signal }) => {
      const found = operations.get(event.routeKey);
      if (found === undefined) {
        throw new Error('serverless.yml sends this function a route that it does not serve');
      }
      const { caller, may } = grantOf(auth, event);
      if (!may(found.name)) return respondProblem(event, { code: 'forbidden' });
      const result = await found.run(event, {
        repositories: repositoriesFor({ signal, onCall: countCall(event) }),
        origin: { requestId: event.requestContext.requestId, caller },
        may,
      });
      return 'code' in result ? respondProblem(event, result) : result;
    });
}
