import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export type Response = Required<
  Pick<APIGatewayProxyStructuredResultV2, 'statusCode' | 'headers' | 'body'>
>;

/** Two years, the least that browsers' preload lists take (hstspreload.org asks for one). */
const HSTS_SECONDS = 63_072_000;

/** An answer with what every answer carries: health data is not for caches, and its type is not for guessing. */
export function respond(
  statusCode: number,
  contentType: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return {
    statusCode,
    headers: {
      'Content-Type': contentType,
      'Cache-Control': 'no-store',
      'Strict-Transport-Security': `max-age=${HSTS_SECONDS}; includeSubDomains`,
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    },
    body: JSON.stringify(body),
  };
}
