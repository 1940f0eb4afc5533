import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { ROOT } from '../../scripts/local/local-folder.ts';

export type Schema = Readonly<Record<string, unknown>>;

interface ApiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

interface ApiResponse {
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  /** None if the response has no body. */
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

export interface ApiOperation {
  readonly operationId: string;
  readonly parameters: readonly ({ readonly $ref: string } | ApiParameter)[];
  readonly requestBody?: {
    readonly content: {
      readonly 'application/json': {
        readonly schema: { readonly $ref: string };
        readonly example: object;
      };
    };
  };
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly responses: Readonly<Record<string, { readonly $ref: string }>>;
}

interface ApiDescription {
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters: Readonly<Record<string, ApiParameter>>;
    readonly headers: Readonly<Record<string, { readonly required?: boolean }>>;
    readonly responses: Readonly<Record<string, ApiResponse>>;
  };
}

export const DESCRIPTION = JSON.parse(
  readFileSync(join(ROOT, 'openapi.json'), 'utf8'),
) as ApiDescription;

/** The operation of a route like `POST /api/patients/{patient_id}/appointments`. */
export function operationOf(route: string): ApiOperation {
  const [method = '', path = ''] = route.split(' ');
  const operation = DESCRIPTION.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error(`${route} is not described`);
  return operation;
}

/** The parameters of a route. */
export function parametersOf(route: string): ApiParameter[] {
  return operationOf(route).parameters.map((parameter) =>
    '$ref' in parameter ? named(DESCRIPTION.components.parameters, parameter.$ref) : parameter,
  );
}

/** The described responses of an operation: each status with its content, by media type. */
export function responsesOf(operation: ApiOperation): [status: number, ApiResponse][] {
  return Object.entries(operation.responses).map(([status, { $ref }]) => [
    Number(status),
    named(DESCRIPTION.components.responses, $ref),
  ]);
}

/** The schema of a route's body, if it takes one. */
export function bodyOf(route: string): Schema | undefined {
  const schema = operationOf(route).requestBody?.content['application/json'].schema;
  return schema && named(DESCRIPTION.components.schemas, schema.$ref);
}

function named<Component>(components: Readonly<Record<string, Component>>, pointer: string) {
  const component = components[pointer.slice(pointer.lastIndexOf('/') + 1)];
  if (component === undefined) throw new Error(`${pointer} points to nothing`);
  return component;
}

/** The published schemas of responses are open, so that they can grow. Today's responses have nothing else. */
function closed(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== 'object' || node === null) return node;
  const members = Object.fromEntries(
    Object.entries(node).map(([name, member]) => [name, closed(member)]),
  );
  return members['type'] === 'object' ? { unevaluatedProperties: false, ...members } : members;
}

const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
addFormats.default(ajv);
// Each problem extends `Problem`.
const { GatewayMessage, Problem, ...schemas } = DESCRIPTION.components.schemas;
const components = {
  ...DESCRIPTION.components,
  schemas: { GatewayMessage, Problem, ...(closed(schemas) as object) },
};
ajv.addSchema({ components }, 'openapi.json');

/** The headers of every response of a function. The description cannot require them, because API Gateway's own responses lack them. */
const EVERYWHERE = ['Cache-Control', 'Strict-Transport-Security', 'X-Content-Type-Options'];

const validators = new Map<string, ValidateFunction>();

/** A validator for a schema of the description, by its JSON Pointer, or for another schema. */
export function validatorOf(schema: string | Schema): ValidateFunction {
  const key = JSON.stringify(schema);
  const validate =
    validators.get(key) ??
    ajv.compile(typeof schema === 'string' ? { $ref: `openapi.json#${schema}` } : schema);
  validators.set(key, validate);
  return validate;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/**
 * Checks a response against the description of its route. A function's response has no other headers. Over
 * HTTP, there are those of the connection too.
 *
 * @throws Error that names the difference
 */
export function assertDescribed(
  route: string,
  { status, headers, body }: Answer,
  { ofFunction = false } = {},
): void {
  const fail = (reason: string): never => {
    throw new Error(`${route} returned ${status}, which differs from openapi.json: ${reason}`);
  };
  const { $ref } = operationOf(route).responses[status] ?? fail('no such status');
  const response = named(DESCRIPTION.components.responses, $ref);
  const type = headers.get('content-type')?.replace(/;.*/, '') ?? '';
  if (response.content === undefined) {
    // serverless-offline gives a 204 a content type.
    if ((ofFunction && type !== '') || body !== null) fail('a body');
  } else {
    if (!(type in response.content)) fail(`the content type ${type}`);
    const pointer = `${$ref.slice(1)}/content/${type.replace('/', '~1')}/schema`;
    const validate = validatorOf(pointer);
    if (!validate(body)) fail(ajv.errorsText(validate.errors, { dataVar: 'body' }));
  }
  if (type === 'application/json' && status >= 400) return;
  const names = ['Content-Type', ...Object.keys(DESCRIPTION.components.headers)];
  const known = new Set(names.map((name) => name.toLowerCase()));
  const other = ofFunction ? [...headers.keys()].filter((name) => !known.has(name)) : [];
  if (other.length > 0) fail(`the headers ${other.join(', ')}`);
  for (const [name, { required }] of Object.entries(DESCRIPTION.components.headers)) {
    const value = headers.get(name);
    const described = name in (response.headers ?? {});
    if (value === null) {
      if (described && (required === true || EVERYWHERE.includes(name)))
        fail(`the header ${name} is missing`);
    } else {
      if (!described) fail(`the header ${name} is there`);
      const validateHeader = validatorOf(`/components/headers/${name}/schema`);
      if (!validateHeader(value)) fail(ajv.errorsText(validateHeader.errors, { dataVar: name }));
    }
  }
}

/** Sends a request to the API, and checks the response against the description. */
export async function fetchDescribed(
  address: string | Request,
  init?: RequestInit,
  send: (request: Request) => Promise<Response> = fetch,
): Promise<Response> {
  const request = new Request(address, init);
  const response = await send(request);
  const { status, headers } = response;
  const text = await response.clone().text();
  const body = (text === '' ? null : JSON.parse(text)) as unknown;
  assertDescribed(routeOf(request), { status, headers, body });
  return response;
}

function routeOf({ method, url }: Request): string {
  const { pathname } = new URL(url);
  const path = Object.keys(DESCRIPTION.paths).find((template) =>
    new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  );
  return `${method} ${path ?? pathname}`;
}
