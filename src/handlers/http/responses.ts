import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

export type Response = Required<
  Pick<APIGatewayProxyStructuredResultV2, 'statusCode' | 'headers' | 'body'>
>;

/** Two years. The preload lists of browsers require at least one (hstspreload.org). */
const HSTS_SECONDS = 63_072_000;

/** The headers that every response carries. Health data must not be cached, nor its type guessed. */
const EVERYWHERE = {
  'Cache-Control': 'no-store',
  'Strict-Transport-Security': `max-age=${HSTS_SECONDS}; includeSubDomains`,
  'X-Content-Type-Options': 'nosniff',
};

export function respond(
  statusCode: number,
  contentType: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return {
    statusCode,
    headers: { 'Content-Type': contentType, ...EVERYWHERE, ...headers },
    body: JSON.stringify(body),
  };
}

/** A 200 with text. */
export function respondText(contentType: string, body: string): Response {
  return { statusCode: 200, headers: { 'Content-Type': contentType, ...EVERYWHERE }, body };
}

/** A 204, which has no body. */
export function respondNothing(): Response {
  return { statusCode: 204, headers: EVERYWHERE, body: '' };
}

/** A link to the next page of a list, with its query parameters in alphabetical order, relative to the host. */
export function linkToNext(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): { readonly Link: string } {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  search.sort();
  return { Link: `<${path}?${search.toString()}>; rel="next"` };
}
