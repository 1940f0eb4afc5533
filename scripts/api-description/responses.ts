import { STATUS_CODES } from 'node:http';
import type * as z from 'zod/mini';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { ID } from '../../src/domain/people.ts';
import { UTC_DATE } from '../../src/domain/slot.ts';
import { PROBLEM_TYPES, type ProblemCode } from '../../src/handlers/http/problems.ts';
import { MAY_BE_DONE, pascalCase, problemName, ref } from './problems.ts';

const [ID_SOURCE, DATE_SOURCE] = [ID.pattern, UTC_DATE.pattern].map(({ source }) =>
  source.replace(/^\^|\$$/g, ''),
);

const header = (description: string, schema: object) => ({
  description,
  schema: { type: 'string' as const, ...schema },
});

/** The headers of every response of the functions. */
const EVERYWHERE = {
  'Cache-Control': header('Health data must not be cached.', { const: 'no-store' }),
  'Strict-Transport-Security': header('Tells browsers to use only HTTPS for two years.', {
    const: 'max-age=63072000; includeSubDomains',
  }),
  'X-Content-Type-Options': header('Tells browsers not to guess the content type.', {
    const: 'nosniff',
  }),
};

/** The headers that only some responses have. */
const SOMEWHERE = {
  Location: {
    required: true,
    ...header('The URL of the appointment or person, relative to the host.', {
      format: 'uri-reference',
      pattern: `^/api/(?:patients/${ID_SOURCE}(?:/appointments/${DATE_SOURCE})?|practitioners/${ID_SOURCE})$`,
    }),
  },
  'Idempotency-Replayed': header(
    'Present if an earlier request already did this. Nothing was written, and the response is the stored appointment.',
    { const: 'true' },
  ),
  Link: header(
    'The URL of the next page (RFC 8288), relative to the host. Present only if more remain.',
    {
      pattern: `^</api/(?:patients|practitioners)/${ID_SOURCE}/(?:appointments|slots)\\?[^>]+>; rel="next"$`,
    },
  ),
  'WWW-Authenticate': header('The scheme to authenticate with.', {
    enum: ['AWS4-HMAC-SHA256', 'Bearer'],
  }),
  'Retry-After': header('Seconds to wait before the next attempt.', { const: '1' }),
};
type HeaderName = keyof typeof SOMEWHERE;

export const HEADERS = { ...EVERYWHERE, ...SOMEWHERE };

const headersOf = (names: readonly HeaderName[]) =>
  Object.fromEntries(
    [...Object.keys(EVERYWHERE), ...names].map((name) => [name, ref('headers', name)]),
  );

/** The headers of a successful response. A created resource has `Location`, and a list has `Link`. */
export function successHeaders(
  schema: z.core.$ZodType | undefined,
  status: string,
  isReplayed: boolean,
) {
  return headersOf([
    ...(status === '201' ? (['Location'] as const) : []),
    ...(isReplayed ? (['Idempotency-Replayed'] as const) : []),
    ...(schema?._zod.def.type === 'array' ? (['Link'] as const) : []),
  ]);
}

/** When API Gateway returns its own responses, by status: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html */
const GATEWAY: Readonly<Record<number, string>> = {
  401: 'a token is missing or invalid.',
  403: 'a signature is missing or invalid, or its principal cannot call the API.',
  429: 'all callers together send too many requests. Wait, then send the request again.',
  500: `the function crashes or times out. ${MAY_BE_DONE}`,
  503: `the function cannot be reached or does not respond in time. ${MAY_BE_DONE}`,
};

/** API Gateway's own responses, in a sentence. */
export const GATEWAY_RESPONSES =
  'API Gateway\'s own responses are `{"message": "..."}` in `application/json`. It returns them if it rejects a signature or token (401, 403), has no such route (404), receives more than 10 MB (413), throttles (429), or gets no valid response from a function (500, 503).';

const EVERY_OPERATION = [
  'invalid-request',
  'unauthenticated',
  'forbidden',
  'internal',
  'store-unavailable',
] as const;
const EVERY_BODY = ['body-too-large', 'unsupported-media-type'] as const;

/** The headers that a problem has, besides those of every response. */
const PROBLEM_HEADERS: Partial<Record<ProblemCode, HeaderName>> = {
  unauthenticated: 'WWW-Authenticate',
  'store-unavailable': 'Retry-After',
};

const shared = new Map<string, ZodOpenApiResponseObject>();

/** The error responses of an operation, by status. Operations share those that have the same problems. */
export function errorResponses(problems: readonly ProblemCode[], hasBody: boolean) {
  const codes = [...EVERY_OPERATION, ...(hasBody ? EVERY_BODY : []), ...problems];
  const statuses = [...codes.map((code) => PROBLEM_TYPES[code].status), 429];
  return Object.fromEntries(
    [...new Set<number>(statuses)].sort().map((status) => {
      const ofStatus = codes.filter((code) => PROBLEM_TYPES[code].status === status);
      const id = ofStatus.map(pascalCase).join('-') || pascalCase(STATUS_CODES[status] ?? '');
      const response = shared.get(id) ?? { id, ...errorResponse(status, ofStatus) };
      shared.set(id, response);
      return [status, response];
    }),
  );
}

function errorResponse(status: number, codes: readonly ProblemCode[]): ZodOpenApiResponseObject {
  const [first, ...others] = codes.map((code) => ref('schemas', problemName(code)));
  const when = GATEWAY[status];
  return {
    description: [
      ...codes.map((code) => `\`urn:problem:${code}\`: ${PROBLEM_TYPES[code].title}.`),
      ...(when === undefined ? [] : [`API Gateway's own response: ${when}`]),
    ].join('\n\n'),
    ...(first && { headers: headersOf(codes.flatMap((code) => PROBLEM_HEADERS[code] ?? [])) }),
    content: {
      ...(first && {
        'application/problem+json': {
          schema: others.length === 0 ? first : { oneOf: [first, ...others] },
          examples: Object.fromEntries(
            codes.map(pascalCase).map((name) => [name, ref('examples', name)]),
          ),
        },
      }),
      ...(when !== undefined && {
        'application/json': {
          schema: ref('schemas', 'GatewayMessage'),
          example: { message: STATUS_CODES[status] },
        },
      }),
    },
  };
}
