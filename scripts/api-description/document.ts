import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiOverride,
} from 'zod-openapi';
import { APPOINTMENT_ID } from '../../src/domain/appointment.ts';
import { HALF_HOUR_PATTERN, UTC_DATE } from '../../src/domain/slot.ts';
import { ROOT } from '../local/local-folder.ts';
import { EXAMPLES } from './examples.ts';
import { OPERATIONS } from './operations.ts';
import { BODY_LIMIT, PROBLEM_SCHEMAS, pascalCase } from './problems.ts';
import { GATEWAY_RESPONSES, HEADERS } from './responses.ts';

const FORMATS = new Map([
  [UTC_DATE.pattern.source, 'date'],
  [HALF_HOUR_PATTERN.source, 'date-time'],
  [APPOINTMENT_ID.pattern.source, 'uuid'],
]);

/** Gives patterns their format, and leaves responses open, so that they can grow without breaking clients. */
const override: ZodOpenApiOverride = ({ jsonSchema, io }) => {
  const format = FORMATS.get(jsonSchema.pattern ?? '');
  if (format !== undefined) jsonSchema.format = format;
  if (io === 'output' && jsonSchema.additionalProperties === false) {
    delete jsonSchema.additionalProperties;
  }
};

const OVERVIEW = `Books appointments of 30 minutes for the patients of a clinic. A patient has at most one booked appointment per UTC date, no matter how many requests arrive at once.

1. **Find a free slot:** \`GET /api/practitioners/{practitioner_id}/slots\`.
2. **Book it:** \`POST /api/patients/{patient_id}/appointments\`. The response has the \`appointment_id\`.
3. **List** the patient's appointments: \`GET /api/patients/{patient_id}/appointments\`.
4. **Cancel or reschedule** one: \`POST\` its \`appointment_id\` to \`.../appointments/{date}/cancel\` or \`.../reschedule\`.

[Using the API](docs/api.md) explains access, formats, and paging, and has a typed client. [Problem types](docs/problems.md) lists every error and what to do about it. [Deploying](docs/deploy.md) shows how to sign requests and which scopes a token needs.

**Times and dates.** All times are UTC. An appointment starts on the hour or half hour and belongs to the date it starts on. A cancelled or rescheduled appointment stays in the patient's record, and its date is free again.

**Retries.** If you get no response, a 500, or a 503, send the same request again. Send a booking with the same \`Idempotency-Key\`. A cancellation or reschedule needs no key, because it names the appointment that it ends. A retry never brings a cancelled appointment back.

**Errors** are problem details (RFC 9457, \`application/problem+json\`). Identify errors by \`type\`, and ignore members that you do not know. ${GATEWAY_RESPONSES}

**What the schemas cannot express.** Even if a request matches its schema, the API rejects it with 400 if a date does not exist (February 30), if \`end_time\` is not \`start_time\` plus 30 minutes, if the appointment would not end before the year 10000 (the last slot starts at 9999-12-31T23:00:00Z), if \`from\` is after \`to\`, if \`to\` is more than 30 days after \`from\` for slots, if a range of a schedule does not end after it starts, if ranges of a day overlap, or if a name has more than 100 characters in Unicode form NFC. It rejects a body of more than ${BODY_LIMIT} with 413.`;

/** The OpenAPI description of the service. */
export function apiDescription() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const { route, ...operation } of OPERATIONS) {
    const [method = '', path = ''] = route.split(' ');
    (paths[path] ??= {})[method.toLowerCase()] = operation;
  }
  return createDocument(
    {
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
            api_id: { default: 'api_id', description: 'The ID of the HTTP API.' },
            region: { default: 'us-east-1', description: 'The AWS region of the deployment.' },
          },
        },
      ],
      tags: [
        {
          name: 'Appointments',
          description: 'Book, list, get, cancel, and reschedule the appointments of a patient.',
        },
        { name: 'Patients', description: 'Add, rename, get, and erase patients.' },
        {
          name: 'Practitioners',
          description:
            "Add practitioners, set when they work, and get a practitioner's agenda and free slots.",
        },
      ],
      paths,
      components: {
        schemas: {
          ...PROBLEM_SCHEMAS,
          GatewayMessage: {
            type: 'object',
            description:
              "API Gateway's own response, if it does not call a function or the function fails.",
            properties: { message: { type: 'string', description: 'What went wrong.' } },
            required: ['message'],
          },
        },
        headers: HEADERS,
        examples: Object.fromEntries(
          Object.entries(EXAMPLES.problems).map(([code, value]) => [pascalCase(code), { value }]),
        ),
        securitySchemes: {
          iam: {
            type: 'apiKey',
            in: 'header',
            name: 'Authorization',
            'x-amazon-apigateway-authtype': 'awsSigv4',
            description:
              'For deployments with `auth=iam`: AWS Signature Version 4, service `execute-api`, by a principal that can invoke the API.',
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
    },
    { override },
  );
}
