import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { assertDescribed } from './api-description.ts';

export const REQUEST_ID = 'JKJaXmPLvHcESHA=';

/** A request in API Gateway's payload format 2.0. */
export function httpEvent(changes: Partial<APIGatewayProxyEventV2> = {}): APIGatewayProxyEventV2 {
  const path = '/api/patients/1/appointments';
  return {
    version: '2.0',
    routeKey: 'GET /api/patients/{patient_id}/appointments',
    rawPath: path,
    rawQueryString: '',
    headers: { accept: '*/*', host: 'api.example.com' },
    pathParameters: { patient_id: '1' },
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.example.com',
      domainPrefix: 'api',
      http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: REQUEST_ID,
      routeKey: 'GET /api/patients/{patient_id}/appointments',
      stage: '$default',
      time: '07/Jan/2021:00:00:00 +0000',
      timeEpoch: 1_609_977_600_000,
    },
    isBase64Encoded: false,
    ...changes,
  };
}

/** A request to book. A body that is not text is sent as JSON. */
export function bookingEvent(
  body: unknown = { practitioner_id: 1, start_time: '2021-01-07 00:00:00' },
  changes: Partial<APIGatewayProxyEventV2> = {},
): APIGatewayProxyEventV2 {
  return httpEvent({
    routeKey: 'POST /api/patients/{patient_id}/appointments',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...changes,
  });
}

type Values = Record<string, string>;

/** A request as a client writes it, with its values by place. */
export function requestTo(
  routeKey: string,
  {
    path,
    query,
    header = {},
    body,
  }: { path: Values; query?: Values | undefined; header?: Values; body?: unknown },
): APIGatewayProxyEventV2 {
  const event = body === undefined ? httpEvent() : bookingEvent(body);
  const headers = { ...event.headers };
  for (const [name, value] of Object.entries(header)) headers[name.toLowerCase()] = value;
  const queryStringParameters = query && { queryStringParameters: query };
  return { ...event, routeKey, pathParameters: path, headers, ...queryStringParameters };
}

export interface Answer {
  readonly status: number | undefined;
  readonly headers: APIGatewayProxyStructuredResultV2['headers'];
  readonly body: unknown;
}

type Handler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Invokes a function as Lambda does, with the remaining time in milliseconds. An empty body is null. */
export async function answerOf(
  handler: Handler,
  event: APIGatewayProxyEventV2,
  remainingMilliseconds = 15_000,
): Promise<Answer> {
  const context = { getRemainingTimeInMillis: () => remainingMilliseconds } as Context;
  const { statusCode, headers, body } = await handler(event, context);
  const parsed = body === undefined || body === '' ? null : (JSON.parse(body) as unknown);
  return { status: statusCode, headers, body: parsed };
}

/** Invokes a function as Lambda does, and checks the response against openapi.json. */
export const invoke: typeof answerOf = async (handler, event, remainingMilliseconds) => {
  const answer = await answerOf(handler, event, remainingMilliseconds);
  const { status = 200, headers, body } = answer;
  assertDescribed(
    event.routeKey,
    { status, headers: new Headers(headers as Record<string, string>), body },
    { ofFunction: true },
  );
  return answer;
};
