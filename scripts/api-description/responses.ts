import { ID_PATTERN } from '../../src/domain/people.ts';
import { PROBLEM_TYPES, type ProblemCode } from '../../src/handlers/http/problems.ts';
import { type Example, isOk, problemCodeOf } from './examples.ts';
import { type JsonSchema, jsonSchema } from './json-schemas.ts';
import { problemSchema } from './problem-schemas.ts';
import { PROBLEM_TEXTS } from './problem-texts.ts';

type Json = Readonly<Record<string, unknown>>;

const ID = ID_PATTERN.source.replace(/^\^|\$$/g, '');

const EVERYWHERE = {
  'Cache-Control': {
    description: 'Health data must not be cached. On every response of the functions.',
    schema: { type: 'string', const: 'no-store' },
  },
  'Strict-Transport-Security': {
    description:
      'Tells browsers to use only HTTPS for two years. On every response of the functions.',
    schema: { type: 'string', const: 'max-age=63072000; includeSubDomains' },
  },
  'X-Content-Type-Options': {
    description:
      'Tells browsers not to guess the content type. On every response of the functions.',
    schema: { type: 'string', const: 'nosniff' },
  },
};

/** The response headers, by name. */
export const HEADERS = {
  ...EVERYWHERE,
  Location: {
    required: true,
    description: 'The list with the appointment, relative to the host.',
    schema: {
      type: 'string',
      format: 'uri-reference',
      pattern: `^/api/patients/${ID}/appointments\\?from=[0-9-]{10}&to=[0-9-]{10}$`,
    },
  },
  'Idempotency-Replayed': {
    description:
      'Present if an earlier request with the same Idempotency-Key made this booking. Nothing was written, and the response is the stored appointment.',
    schema: { type: 'string', const: 'true' },
  },
  Link: {
    description:
      'The next page (RFC 8288), relative to the host. Present only if more appointments remain. The link repeats the query, with `from` (or `to`, in descending order) moved past the last date of this page.',
    schema: {
      type: 'string',
      pattern: `^</api/patients/${ID}/appointments\\?[^>]+>; rel="next"$`,
    },
  },
  'WWW-Authenticate': {
    description: 'The scheme to authenticate with.',
    schema: { type: 'string', enum: ['AWS4-HMAC-SHA256', 'Bearer'] },
  },
  'Retry-After': {
    description: 'Seconds to wait before the next attempt.',
    schema: { type: 'string', const: '1' },
  },
};

/** The headers of every response of the functions, and these. */
export const headersOf = (...names: string[]) => ({
  headers: Object.fromEntries(
    [...Object.keys(EVERYWHERE), ...names].map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ]),
  ),
});

/** API Gateway's own responses, by status: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html */
const GATEWAY: ReadonlyMap<number, { readonly message: string; readonly when: string }> = new Map([
  [401, { message: 'Unauthorized', when: 'a token is missing or invalid.' }],
  [
    403,
    {
      message: 'Forbidden',
      when: 'a signature is missing or invalid, or its principal may not call the API.',
    },
  ],
  [
    429,
    {
      message: 'Too Many Requests',
      when: 'all callers together send too many requests. Wait, then send the request again.',
    },
  ],
  [
    500,
    {
      message: 'Internal Server Error',
      when: 'the function crashes or times out. A booking may have been stored.',
    },
  ],
  [
    503,
    {
      message: 'Service Unavailable',
      when: 'the function cannot be reached or does not respond in time. A booking may have been stored.',
    },
  ],
]);

/** API Gateway's own responses, in a sentence. */
export const GATEWAY_RESPONSES =
  'API Gateway\'s own responses are `{"message": "..."}` in `application/json`. It returns them if it rejects a signature or token (401, 403), has no such route (404), receives more than 10 MB (413), throttles (429), or gets no valid response from a function (500, 503).';

const pascalCase = (code: string) =>
  code.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
const problemName = (code: ProblemCode) => `${pascalCase(code)}Problem`;

/** The errors of an operation by status: the recorded ones of the function, and the gateway's. */
export function errorResponses(examples: Readonly<Record<string, Example>>): Record<string, Json> {
  const problems = Object.entries(examples).filter((entry) => !isOk(entry));
  const statuses = new Set([...problems.map(([, { status }]) => status), ...GATEWAY.keys()]);
  return Object.fromEntries(
    [...statuses].map((code) => [
      code,
      errorResponse(
        problems.filter(([, { status }]) => status === code),
        GATEWAY.get(code),
      ),
    ]),
  );
}

function errorResponse(
  problems: [string, Example][],
  gateway: { message: string; when: string } | undefined,
): Json {
  const codes = [...new Set(problems.map(([, example]) => problemCodeOf(example)))];
  const schemas = codes.map((code) => ({ $ref: `#/components/schemas/${problemName(code)}` }));
  return {
    description: [
      ...codes.map((code) => `\`urn:problem:${code}\`: ${PROBLEM_TEXTS[code].when}`),
      ...(gateway ? [`API Gateway's own response: ${gateway.when}`] : []),
    ].join('\n\n'),
    ...(codes.length > 0 &&
      headersOf(...codes.flatMap((code) => Object.keys(headersOfProblem(code))))),
    content: {
      ...(codes.length > 0 && {
        'application/problem+json': {
          schema: schemas.length === 1 ? schemas[0] : { oneOf: schemas },
          examples: examplesOf(problems),
        },
      }),
      ...(gateway && {
        'application/json': {
          schema: { $ref: '#/components/schemas/GatewayMessage' },
          example: { message: gateway.message },
        },
      }),
    },
  };
}

/** The headers that only responses with this problem carry. */
function headersOfProblem(code: ProblemCode): object {
  const type = PROBLEM_TYPES[code];
  if (code === 'unauthenticated') return { 'WWW-Authenticate': '' };
  return 'headers' in type ? type.headers : {};
}

export function examplesOf(examples: [string, Example][]): Json {
  return Object.fromEntries(
    examples.map(([name, { body }]) => [
      pascalCase(name.toLowerCase().replaceAll(/[^a-z]+/g, '-')),
      { summary: name, value: body },
    ]),
  );
}

/** The schema of each problem type. */
export function problemSchemas(): Json {
  return Object.fromEntries(
    (Object.keys(PROBLEM_TYPES) as ProblemCode[]).map((code) => {
      const { properties, ...schema } = jsonSchema(problemSchema(code));
      const texts: Record<string, string> = {
        type: 'The problem type. It is stable.',
        title: 'The problem type in a few words.',
        status: 'The HTTP status.',
        detail: 'What is wrong, and what to do.',
        request_id: "API Gateway's id of the request. The operator finds it in the log.",
        errors:
          'The faults, each with its place: a `pointer` into the body (RFC 6901, empty for the whole body), or the name of a `parameter` or `header`.',
        date: 'The UTC date that is taken.',
        conflict: 'The appointment on that date. Omitted for callers who may book but not list.',
      };
      const described = Object.entries(properties ?? {}).map(([name, member]) => {
        const description = texts[name];
        if (description === undefined) throw new Error(`The member ${name} has no description.`);
        return [name, { ...(member as JsonSchema), description }];
      });
      return [
        problemName(code),
        {
          ...schema,
          title: PROBLEM_TYPES[code].title,
          description: `Returned if ${PROBLEM_TEXTS[code].when}\n\n${PROBLEM_TEXTS[code].remedy}`,
          properties: Object.fromEntries(described) as Json,
        },
      ];
    }),
  );
}
