import { STATUS_CODES } from 'node:http';
import { type Example, problemCodeOf } from './examples.ts';
import { type HeaderName, headersOf } from './headers.ts';
import { MAY_BE_DONE, PROBLEMS, problemName } from './problems.ts';
import { type Json, pascalCase, type RESULTS, ref } from './schemas.ts';

/** A successful response. */
export interface Success {
  readonly description: string;
  readonly schema: keyof typeof RESULTS;
  readonly headers: readonly HeaderName[];
}

/** When API Gateway returns its own responses, by status: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html */
const GATEWAY: Readonly<Record<number, string>> = {
  401: 'a token is missing or invalid.',
  403: 'a signature is missing or invalid, or its principal may not call the API.',
  429: 'all callers together send too many requests. Wait, then send the request again.',
  500: `the function crashes or times out. ${MAY_BE_DONE}`,
  503: `the function cannot be reached or does not respond in time. ${MAY_BE_DONE}`,
};

/** API Gateway's own responses, in a sentence. */
export const GATEWAY_RESPONSES =
  'API Gateway\'s own responses are `{"message": "..."}` in `application/json`. It returns them if it rejects a signature or token (401, 403), has no such route (404), receives more than 10 MB (413), throttles (429), or gets no valid response from a function (500, 503).';

type NamedExample = readonly [name: string, example: Example];

/** The responses of an operation by status: its successes, the recorded problems, and the gateway's own. */
export function responsesOf(
  successes: Readonly<Record<number, Success>>,
  examples: Readonly<Record<string, Example>>,
): Record<string, Json> {
  const recorded = Object.entries(examples);
  const problems = recorded.filter(([, example]) => problemCodeOf(example) !== undefined);
  const statuses = [
    ...problems.map(([, { status }]) => status),
    ...Object.keys({ ...successes, ...GATEWAY }).map(Number),
  ];
  return Object.fromEntries(
    [...new Set(statuses)].map((code) => {
      const ofStatus = recorded.filter(([, { status }]) => status === code);
      const success = successes[code];
      return [code, success ? successResponse(success, ofStatus) : errorResponse(code, ofStatus)];
    }),
  );
}

function successResponse(
  { description, schema, headers }: Success,
  examples: NamedExample[],
): Json {
  const json = { schema: ref('schemas', schema), examples: examplesOf(examples) };
  return { description, headers: headersOf(headers), content: { 'application/json': json } };
}

function errorResponse(status: number, examples: NamedExample[]): Json {
  const codes = [...new Set(examples.flatMap(([, example]) => problemCodeOf(example) ?? []))];
  const schemas = codes.map((code) => ref('schemas', problemName(code)));
  const problem = {
    schema: schemas.length === 1 ? schemas[0] : { oneOf: schemas },
    examples: examplesOf(examples),
  };
  const when = GATEWAY[status];
  const gateway = {
    schema: ref('schemas', 'GatewayMessage'),
    example: { message: STATUS_CODES[status] },
  };
  return {
    description: [
      ...codes.map((code) => `\`urn:problem:${code}\`: ${PROBLEMS[code].when}`),
      ...(when === undefined ? [] : [`API Gateway's own response: ${when}`]),
    ].join('\n\n'),
    ...(codes.length > 0 && {
      headers: headersOf(codes.flatMap((code) => PROBLEMS[code].headers ?? [])),
    }),
    content: {
      ...(codes.length > 0 && { 'application/problem+json': problem }),
      ...(when !== undefined && { 'application/json': gateway }),
    },
  };
}

const examplesOf = (examples: NamedExample[]): Json =>
  Object.fromEntries(
    examples.map(([name, { body }]) => [pascalCase(name), { summary: name, value: body }]),
  );
