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
    description: 'Health data is not for caches. On every answer of the functions.',
    schema: { type: 'string', const: 'no-store' },
  },
  'Strict-Transport-Security': {
    description:
      'Browsers use HTTPS only, for two years (in seconds). On every answer of the functions.',
    schema: { type: 'string', const: 'max-age=63072000; includeSubDomains' },
  },
  'X-Content-Type-Options': {
    description: 'The Content-Type is to be taken as it is. On every answer of the functions.',
    schema: { type: 'string', const: 'nosniff' },
  },
};

/** The headers of the answers, by name. */
export const HEADERS = {
  ...EVERYWHERE,
  Location: {
    required: true,
    description: 'The list that shows the appointment, relative to the host.',
    schema: {
      type: 'string',
      format: 'uri-reference',
      pattern: `^/api/patients/${ID}/appointments\\?from=[0-9-]{10}&to=[0-9-]{10}$`,
    },
  },
  'Idempotency-Replayed': {
    description:
      'There where the Idempotency-Key had been used for this booking: nothing was written, and the answer shows what is stored.',
    schema: { type: 'string', const: 'true' },
  },
  Link: {
    description:
      'The next page (RFC 8288), relative to the host; there only where more appointments remain. The address is the same query, of the parameters that are listed here, with `from`, or in descending order `to`, moved past the last date of this page.',
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

/** The headers that every answer of the functions carries, and these. */
export const headersOf = (...names: string[]) => ({
  headers: Object.fromEntries(
    [...Object.keys(EVERYWHERE), ...names].map((name) => [
      name,
      { $ref: `#/components/headers/${name}` },
    ]),
  ),
});

/** What API Gateway answers by itself, by status: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html */
const GATEWAY: ReadonlyMap<number, { readonly message: string; readonly when: string }> = new Map([
  [401, { message: 'Unauthorized', when: 'a token is missing or not valid.' }],
  [403, { message: 'Forbidden', when: 'a signature is missing or not valid, or not allowed.' }],
  [
    429,
    {
      message: 'Too Many Requests',
      when: 'there are too many requests of all callers together. Wait, and send the request again.',
    },
  ],
  [
    500,
    {
      message: 'Internal Server Error',
      when: 'the function fails as a whole, or runs out of its time. Whether a booking was stored, if it was one, is not known.',
    },
  ],
  [
    503,
    {
      message: 'Service Unavailable',
      when: 'the function cannot be reached, or does not answer API Gateway in time. Whether a booking was stored, if it was one, is not known.',
    },
  ],
]);

/** The answers of API Gateway itself, in a sentence. */
export const GATEWAY_ANSWERS =
  'Answers of API Gateway itself are `{"message": "..."}` in `application/json`: where it refuses a signature or a token (401, 403), knows no such route (404), is sent more than 10 MB (413), throttles (429), or gets no answer of a function that it can give (500, 503).';

const pascalCase = (code: string) =>
  code.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
const problemName = (code: ProblemCode) => `${pascalCase(code)}Problem`;

/** The errors of an operation by status: those of the function as they were recorded, and the gateway's. */
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
      ...(gateway ? [`API Gateway's own answer: ${gateway.when}`] : []),
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
        type: 'What kind of problem this is; clients tell problems apart by it.',
        title: 'The kind of problem in a few words.',
        status: 'The status of the answer.',
        detail: 'What was wrong with this request, and what to do.',
        request_id: "API Gateway's id of the request, for asking the operator about it.",
        errors:
          'All that is wrong, each with its place: `pointer` into the body (RFC 6901; empty for the whole), or the name of a `parameter` or `header`.',
        date: 'The UTC calendar date that is taken.',
        conflict: 'The appointment on that date. Left out for a caller who may book but not list.',
      };
      const described = Object.entries(properties ?? {}).map(([name, member]) => {
        const description = texts[name];
        if (description === undefined) throw new Error(`the member ${name} has no description`);
        return [name, { ...(member as JsonSchema), description }];
      });
      return [
        problemName(code),
        {
          ...schema,
          title: PROBLEM_TYPES[code].title,
          description: `Answered when ${PROBLEM_TEXTS[code].when}\n\n${PROBLEM_TEXTS[code].remedy}`,
          properties: Object.fromEntries(described) as Json,
        },
      ];
    }),
  );
}
