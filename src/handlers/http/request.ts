import type { MiddlewareObj } from '@middy/core';
import type * as z from 'zod/mini';
import type { ApiEvent } from './api-event.ts';
import { RequestError, type RequestFault } from './request-error.ts';
import type { Response } from './responses.ts';

/**
 * Reads a request by its schema, whose members are `path`, `query`, `headers` and `body`.
 *
 * @throws RequestError `invalid-request` with every fault of the request
 */
export function parseRequest<Schema extends z.ZodMiniType>(
  schema: Schema,
  { pathParameters, queryStringParameters, headers, jsonBody }: ApiEvent,
): z.output<Schema> {
  const { data, error } = schema.safeParse({
    path: pathParameters ?? {},
    query: queryStringParameters ?? {},
    headers,
    body: jsonBody,
  });
  if (error === undefined) return data;
  throw new RequestError(
    'invalid-request',
    'The request is not valid; "errors" says what is wrong, and where.',
    error.issues.flatMap(faultsOf),
  );
}

function faultsOf({ message, path, ...issue }: z.core.$ZodIssue): RequestFault[] {
  const [place, ...members] = path.map(String);
  if (place === 'headers') return [{ header: canonicalHeader(members.join('.')), detail: message }];
  if (place !== 'body') return [{ parameter: members.join('.'), detail: message }];
  const pointers =
    issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...members, key]) : [members];
  return pointers.map((pointer) => ({ pointer: jsonPointer(pointer), detail: message }));
}

/** A header's name as it is written in documents; API Gateway hands it over in lower case. */
export function canonicalHeader(header: string): string {
  return header.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

/** RFC 6901, section 3: `~` is written `~0` and `/` is written `~1`. */
function jsonPointer(members: readonly string[]): string {
  return members.map((member) => `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** Some 70 times what a booking needs, and nothing that costs anything to read. */
export const MAX_BODY_BYTES = 16 * 1024;

/** `application/json` or `application/*+json`, with or without parameters (RFC 9110, 8.3.1; RFC 6839, 3.1). */
const JSON_MEDIA_TYPE = /^application\/(?:[!#$&^_.+a-z0-9-]+\+)?json[ \t]*(?:;|$)/i;

/**
 * Reads the body of a request, a JSON object, into `jsonBody`.
 *
 * Not `@middy/http-json-body-parser`: it answers malformed JSON with 422, takes arrays and text too,
 * replaces bytes that are not UTF-8, and hangs the body on its error, from where it can get logged.
 *
 * @throws RequestError `body-too-large`, `unsupported-media-type`, `invalid-request`
 */
export function jsonBody(): MiddlewareObj<ApiEvent, Response> {
  return {
    before({ event }) {
      const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
      if (bytes.length > MAX_BODY_BYTES) {
        throw new RequestError(
          'body-too-large',
          `The body has ${bytes.length} bytes; the most that is taken is ${MAX_BODY_BYTES}.`,
        );
      }
      if (!JSON_MEDIA_TYPE.test(event.headers['content-type'] ?? '')) {
        throw new RequestError(
          'unsupported-media-type',
          'Send the body as JSON, with the header Content-Type: application/json.',
        );
      }
      event.jsonBody = parseObject(bytes);
    },
  };
}

function parseObject(bytes: Uint8Array): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw notAnObject('The body is not valid JSON in UTF-8.');
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw notAnObject('The body is not a JSON object.');
  }
  return json as Record<string, unknown>;
}

function notAnObject(detail: string): RequestError {
  return new RequestError('invalid-request', detail, [
    { pointer: '', detail: 'must be a JSON object' },
  ]);
}
