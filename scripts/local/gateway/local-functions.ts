// The functions of a local run: the deployed ones, behind what API Gateway does and serverless-offline does not.
import type { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { handler as commands } from '../../../src/handlers/appointment-commands.ts';
import { handler as queries } from '../../../src/handlers/appointment-queries.ts';
import { FAILURES } from '../../../src/handlers/http/log.ts';
import type { ApiHandler } from '../../../src/handlers/http/operation.ts';
import { receivedRequest } from './received-request.ts';

export const appointmentCommands = locally(commands);
export const appointmentQueries = locally(queries);

/** The response of an HTTP API that has no such route. The one of serverless-offline differs. */
export const unknownRoute: ApiHandler = async () =>
  Promise.resolve({
    statusCode: 404,
    headers: { 'content-type': 'application/json' },
    body: '{"message":"Not Found"}\n',
  });

// Log lines have no error messages, because those may quote patient data. A developer needs them.
subscribe(FAILURES, (failure) => {
  console.error(failure);
});

/** The HTTP request that is being handled. local-run-plugin.cjs sets it. */
const { localRequests } = globalThis as unknown as {
  localRequests: AsyncLocalStorage<{
    readonly url: string;
    /** serverless-offline adds the bytes of the body. */
    readonly incoming: IncomingMessage & { readonly payload?: Buffer | null };
  }>;
};

function locally(handler: ApiHandler): ApiHandler {
  return async ({ body: _parsed, queryStringParameters: _, ...event }, context) => {
    const { url, incoming } = localRequests.getStore() ?? {};
    if (url === undefined || incoming === undefined) throw new Error('there is no HTTP request');
    const received = receivedRequest(
      event.routeKey,
      url,
      incoming,
      incoming.payload ?? Buffer.of(),
    );
    // serverless-offline gives every request the same id.
    const requestContext = { ...event.requestContext, requestId: randomUUID() };
    const response = await handler({ ...event, ...received, requestContext }, context);
    // A terminal shows the next prompt, or the next response, on a line of its own.
    return { ...response, body: `${response.body}\n` };
  };
}
