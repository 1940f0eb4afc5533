import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { PROBLEM_TYPES, type ProblemCode } from '../../src/handlers/http/problems.ts';
import { canonicalHeader } from '../../src/handlers/http/request.ts';
import { ROOT } from '../local/local-folder.ts';
import { readExamples } from './examples.ts';
import { HEADERS } from './headers.ts';
import { OPERATIONS, type Operation } from './operations.ts';
import { BODY_LIMIT, problemName, problemSchema } from './problems.ts';
import { GATEWAY_RESPONSES, responsesOf } from './responses.ts';
import { type Json, type JsonSchema, jsonSchema, pascalCase, RESULTS, ref } from './schemas.ts';

const OVERVIEW = `Books appointments for patients with practitioners, reschedules and cancels them, lists them for a patient or a practitioner, and shows when a practitioner is free.

An appointment starts on the hour or half hour, lasts exactly 30 minutes, and belongs to the date it starts on. A patient has at most one booked appointment per UTC calendar date, no matter how many requests arrive at once. A cancelled or rescheduled appointment stays in the patient's record, and its date is free again. All times are UTC. Ids are case-sensitive, and responses always carry them as strings.

**What the schemas cannot express.** A request that matches its schema is still rejected with 400 if a date does not exist (February 30), if \`end_time\` is not \`start_time\` plus 30 minutes, if the appointment would not end before the year 10000 (the last slot starts at 9999-12-31T23:00:00Z), if \`from\` is after \`to\`, or if it has a query parameter that the operation does not define. A body of more than ${BODY_LIMIT} is rejected with 413.

**Errors** are problem details (RFC 9457, \`application/problem+json\`). Identify them by \`type\`, and ignore members that you do not know. ${GATEWAY_RESPONSES}

**Retries.** If you get no response, a 500, or a 503, send the same request again. Send a booking with the same \`Idempotency-Key\`. Send a cancellation or a reschedule as it is. It needs no key, because its \`appointment_id\` says which appointment it ends. A retry never brings a cancelled appointment back.`;

/** The OpenAPI description of the service. */
export function apiDescription() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const { paths, schemas, parameters, responses } = describeOperations();
  const codes = Object.keys(PROBLEM_TYPES) as ProblemCode[];
  return {
    openapi: '3.1.1',
    info: {
      title: 'Appointment service',
      version,
      description: OVERVIEW,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      {
        url: 'https://{api_id}.execute-api.{region}.amazonaws.com',
        description: 'A deployment. The stack outputs contain its URL.',
        variables: {
          api_id: { default: 'api_id', description: 'The id of the HTTP API.' },
          region: { default: 'us-east-1', description: 'The AWS region it is deployed to.' },
        },
      },
    ],
    tags: [
      {
        name: 'Appointments',
        description: 'Book, list, get, cancel, and reschedule the appointments of a patient.',
      },
      {
        name: 'Practitioners',
        description: "Get a practitioner's agenda and free slots.",
      },
    ],
    paths,
    components: {
      schemas: {
        ...schemas,
        ...RESULTS,
        ...Object.fromEntries(codes.map((code) => [problemName(code), problemSchema(code)])),
        GatewayMessage: {
          type: 'object',
          description:
            "API Gateway's own response, if it does not call a function or the function fails.",
          properties: { message: { type: 'string', description: 'What went wrong.' } },
          required: ['message'],
        },
      },
      parameters,
      headers: HEADERS,
      responses,
      securitySchemes: {
        iam: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          'x-amazon-apigateway-authtype': 'awsSigv4',
          description:
            'For deployments with `auth=iam`: AWS Signature Version 4, service `execute-api`, by a principal that may invoke the API.',
        },
        jwt: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'For deployments with `auth=jwt`: a token from the configured issuer for the configured audience, with one of the listed SMART on FHIR scopes, version 1 or 2. `*` in place of the resource, `.*`, and combinations of the letters `cruds`, in this order, also work. A scope with a query does not. `user/` and `system/` cover every patient. `patient/` covers the one in the `patient` claim, and the slots of every practitioner, because slots say nothing about any patient.',
        },
      },
    },
  };
}

/** The paths, and the components that they refer to. */
function describeOperations() {
  const paths: Record<string, Record<string, Json>> = {};
  const components = { schemas: {}, parameters: {}, responses: {} };
  /** Adds a component, which several operations may share, and returns the reference to it. */
  const define: Define = (kind, name, component) => {
    const defined: Record<string, Json> = components[kind];
    if (!isDeepStrictEqual((defined[name] ??= component), component)) {
      throw new Error(`Two operations describe ${name} differently.`);
    }
    return ref(kind, name);
  };
  for (const operation of OPERATIONS) {
    const [method = '', path = ''] = operation.route.split(' ');
    (paths[path] ??= {})[method.toLowerCase()] = describe(operation, define);
  }
  return { paths, ...components };
}

type Define = (kind: 'schemas' | 'parameters' | 'responses', name: string, component: Json) => Json;

function describe(operation: Operation, define: Define): Json {
  const { operationId, tag, summary, description, scopes, body, success } = operation;
  const { properties } = jsonSchema(operation.request, operation.texts);
  const { body: members, ...places } = properties as Record<string, JsonSchema>;
  const json = body && {
    schema: define('schemas', body.name, { ...members, description: body.description }),
    example: body.example,
  };
  const responses = responsesOf(success, readExamples()[operation.examples] ?? {});
  return {
    operationId,
    tags: [tag],
    summary,
    description,
    security: [{ iam: [] }, ...scopes.map((scope) => ({ jwt: [scope] }))],
    parameters: Object.entries(places).flatMap(([place, schema]) =>
      parametersOf(place, schema, define),
    ),
    ...(json && {
      requestBody: {
        required: true,
        description: 'A JSON object in UTF-8.',
        content: { 'application/json': json },
      },
    }),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => [
        status,
        define('responses', `${operation.examples}-${status}`, response),
      ]),
    ),
  };
}

/** The parameters in one place of the request. Operations share those in the path and the headers. */
function parametersOf(place: string, { properties, required }: JsonSchema, define: Define): Json[] {
  return Object.entries(properties ?? {}).map(([name, member]) => {
    const { description, examples, ...schema } = member as JsonSchema;
    const parameter = {
      name: place === 'headers' ? canonicalHeader(name) : name,
      in: place === 'headers' ? 'header' : place,
      ...(required?.includes(name) && { required: true }),
      description,
      ...(examples && { example: examples[0] }),
      schema,
    };
    return place === 'query' ? parameter : define('parameters', pascalCase(name), parameter);
  });
}
