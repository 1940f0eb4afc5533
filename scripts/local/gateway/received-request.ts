import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** The members of an event that say what was received. */
type ReceivedRequest = Pick<
  APIGatewayProxyEventV2,
  | 'rawPath'
  | 'rawQueryString'
  | 'headers'
  | 'queryStringParameters'
  | 'pathParameters'
  | 'body'
  | 'isBase64Encoded'
>;

/**
 * What an HTTP API of API Gateway passes on of a request (payload format 2.0), or `undefined` if the route,
 * such as `GET /api/patients/{patient_id}/appointments`, does not match it.
 *
 * @param url as it was sent. `URL` would resolve `..` and `%2e%2e`, but API Gateway passes the path on unchanged
 */
export function receivedRequest(
  routeKey: string,
  url: string,
  incoming: IncomingMessage,
  body: Buffer,
): ReceivedRequest | undefined {
  const [, rawPath = '', rawQueryString = ''] = /^([^?]*)\??(.*)$/.exec(url) ?? [];
  const pattern = new RegExp(`^${routeKey.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`);
  const match = pattern.exec(`${incoming.method} ${rawPath}`);
  const pathParameters = match && decoded(match.groups ?? {});
  if (!pathParameters) return undefined;
  const query = queryOf(new URLSearchParams(rawQueryString));
  return {
    rawPath,
    rawQueryString,
    headers: headersOf(incoming),
    pathParameters,
    ...(query && { queryStringParameters: query }),
    ...bodyOf(body, incoming.headersDistinct['content-type']?.join(',') ?? ''),
  };
}

/** API Gateway decodes path parameters. */
function decoded(parameters: Readonly<Record<string, string>>) {
  try {
    return Object.fromEntries(
      Object.entries(parameters).map(([name, value]) => [name, decodeURIComponent(value)]),
    );
  } catch {
    return undefined;
  }
}

/** API Gateway joins the values of a repeated header with commas. */
function headersOf({ headersDistinct }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headersDistinct).map(([name, values = []]) => [name, values.join(',')]),
  );
}

/** API Gateway joins the values of a repeated parameter with commas. */
function queryOf(search: URLSearchParams): Record<string, string> | undefined {
  const names = new Set(search.keys());
  if (names.size === 0) return undefined;
  return Object.fromEntries([...names].map((name) => [name, search.getAll(name).join(',')]));
}

/** Text if the media type is textual and the bytes are UTF-8, base64 otherwise. No `body` if there are no bytes. */
function bodyOf(body: Buffer, type: string) {
  if (body.length === 0) return { isBase64Encoded: false };
  const text = body.toString('utf8');
  const isText = /^(?:text\/|application\/(?:json|xml|javascript))/.test(type);
  return isText && Buffer.from(text).equals(body)
    ? { body: text, isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}
