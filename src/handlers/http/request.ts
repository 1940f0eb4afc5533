import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type * as z from 'zod/mini';
import { type Fault, MAX_BODY_BYTES, ProblemError } from './problems.ts';

/** The members of a request's schema. `body` is there only if the operation takes one. */
export interface RequestShape extends z.core.$ZodShape {
  readonly path: z.ZodMiniType;
  readonly query: z.ZodMiniType;
  readonly headers?: z.ZodMiniType;
  readonly body?: z.ZodMiniType;
}

/**
 * Reads a request by its schema.
 *
 * @throws ProblemError `body-too-large`, `unsupported-media-type`, or `invalid-request` with every fault
 */
export function readRequest<Shape extends RequestShape>(
  schema: z.ZodMiniObject<Shape>,
  event: APIGatewayProxyEventV2,
): z.output<z.ZodMiniObject<Shape>> {
  const { data, error } = schema.safeParse({
    path: event.pathParameters ?? {},
    query: event.queryStringParameters ?? {},
    headers: headersOf(event),
    ...('body' in schema.shape && { body: readJsonObject(event) }),
  });
  if (error !== undefined) throw invalidRequest(error.issues.flatMap(faultsOf));
  return data;
}

/** The headers of a request, if there are any. API Gateway always sends some, but not every caller of a function does. */
function headersOf({ headers }: { readonly headers?: APIGatewayProxyEventV2['headers'] | null }) {
  return headers ?? {};
}

/** `application/json` or `application/*+json`, with or without parameters (RFC 9110, 8.3.1; RFC 6839, 3.1). */
const JSON_MEDIA_TYPE = /^application\/(?:[!#$&^_.+a-z0-9-]+\+)?json[ \t]*(?:;|$)/i;

/**
 * Why not `@middy/http-json-body-parser`: it responds to malformed JSON with 422, accepts arrays and text,
 * replaces bytes that are not UTF-8, and attaches the body to its error, which may then be logged.
 */
function readJsonObject(event: APIGatewayProxyEventV2): Record<string, unknown> {
  const { body, isBase64Encoded }: { body?: string | null; isBase64Encoded: boolean } = event;
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.length > MAX_BODY_BYTES) throw new ProblemError({ code: 'body-too-large' });
  if (!JSON_MEDIA_TYPE.test(headersOf(event)['content-type'] ?? '')) {
    throw new ProblemError({ code: 'unsupported-media-type' });
  }
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw invalidRequest([{ pointer: '', detail: 'must be valid JSON in UTF-8' }]);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalidRequest([{ pointer: '', detail: 'must be a JSON object' }]);
  }
  return json as Record<string, unknown>;
}

function invalidRequest(errors: readonly Fault[]): ProblemError {
  return new ProblemError({ code: 'invalid-request', errors });
}

function faultsOf({ message, path, ...issue }: z.core.$ZodIssue): Fault[] {
  const [place, ...members] = path.map(String);
  const places =
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...members, key]) : [members];
  return places.map((names) => {
    if (place === 'body') return { pointer: jsonPointer(names), detail: message };
    const name = names.join('.');
    return place === 'headers'
      ? { header: canonicalHeader(name), detail: message }
      : { parameter: name, detail: message };
  });
}

/** The usual spelling of a header's name. API Gateway passes names in lower case. */
export function canonicalHeader(header: string): string {
  return header.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** RFC 6901, section 3: `~` is written `~0` and `/` is written `~1`. */
function jsonPointer(members: readonly string[]): string {
  return members.map((member) => `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
