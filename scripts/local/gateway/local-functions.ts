// The functions of a local run: the deployed ones, behind what API Gateway does and serverless-offline does not.
import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import { handler as commands } from '../../../src/handlers/appointment-commands.ts';
import { handler as queries } from '../../../src/handlers/appointment-queries.ts';
import { FAILURES } from '../../../src/handlers/http/log.ts';
import type { ApiHandler } from '../../../src/handlers/http/operation.ts';

export const appointmentCommands = locally(commands);
export const appointmentQueries = locally(queries);

/** The response of an HTTP API that has no such route. The one of serverless-offline differs. */
export const unknownRoute: ApiHandler = async () =>
  Promise.resolve({
    statusCode: 404,
    headers: { 'content-type': 'application/json' },
    body: '{"message":"Not Found"}',
  });

// Log lines have no error messages, because those may quote patient data. A developer needs them.
subscribe(FAILURES, (failure) => {
  console.error(failure);
});

function locally(handler: ApiHandler): ApiHandler {
  return async (event, context) => {
    // serverless-offline gives every request the same id.
    const requestContext = { ...event.requestContext, requestId: randomUUID() };
    return handler({ ...event, requestContext }, context);
  };
}
