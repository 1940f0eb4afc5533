import type * as z from 'zod/mini';
import type { ApiEvent } from './api-event.ts';
import { RequestError, type RequestFault } from './request-error.ts';

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
