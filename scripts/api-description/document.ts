import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as z from 'zod/mini';
import { MAX_LIMIT } from '../../src/domain/list.ts';
import { MAX_BODY_BYTES } from '../../src/handlers/http/problems.ts';
import { canonicalHeader } from '../../src/handlers/http/request.ts';
import { bookRequest, listRequest } from '../../src/handlers/http/request-schemas.ts';
import {
  appointmentResponse,
  appointmentsResponse,
} from '../../src/handlers/http/response-schemas.ts';
import { ROOT } from '../local/local-folder.ts';
import { isOk, readExamples } from './examples.ts';
import { describedObject, type JsonSchema, jsonSchema, type Texts } from './json-schemas.ts';
import {
  errorResponses,
  examplesOf,
  GATEWAY_RESPONSES,
  HEADERS,
  headersOf,
  problemSchemas,
} from './responses.ts';

type Json = Readonly<Record<string, unknown>>;
type Operation = keyof typeof EXAMPLES;

const EXAMPLES = readExamples();

const OVERVIEW = `Books appointments for patients with practitioners, and lists them.

An appointment starts on the hour or half hour, lasts exactly 30 minutes, and belongs to the date it starts on. A patient has at most one per UTC calendar date, no matter how many requests arrive at once. All times are UTC. Ids are case-sensitive, and responses always carry them as strings.

**What the schemas cannot express.** A request that matches its schema is still rejected with 400 if a date does not exist (February 30), if \`end_time\` is not \`start_time\` plus 30 minutes, if the appointment would not end before the year 10000 (the last slot starts at 9999-12-31T23:00:00Z), or if \`from\` is after \`to\`. A body of more than ${MAX_BODY_BYTES.toLocaleString('en')} bytes is rejected with 413.

**Errors** are problem details (RFC 9457, \`application/problem+json\`). Identify them by \`type\`, and ignore members that you do not know. ${GATEWAY_RESPONSES}

**Retries.** If you get no response, a 500, or a 503, send the same request again with the same \`Idempotency-Key\`.`;

const ID_TEXT = '1 to 64 letters, digits, `_` or `-`. Case-sensitive.';
const TIME_FORMS =
  'Either `YYYY-MM-DD hh:mm:ss`, taken as UTC, or RFC 3339 with an upper-case `T` and `Z` or `+00:00`. A fraction must be zero. On the hour or half hour, years 1900 to 9999.';
const AT_BOOKING = "The practitioner's name at the time of booking.";
const CURRENT = "The patient's current name.";

const APPOINTMENT = {
  ...describedObject(appointmentResponse, {
    appointment_id: { description: 'A UUID.' },
    patient_id: { description: 'The patient.' },
    patient_first_name: { description: CURRENT },
    patient_last_name: { description: CURRENT },
    practitioner_id: { description: 'The practitioner.' },
    practitioner_first_name: { description: AT_BOOKING },
    practitioner_last_name: { description: AT_BOOKING },
    practitioner_npi: {
      description:
        'The US National Provider Identifier at the time of booking, or null if there was none.',
    },
    start_time: { format: 'date-time', description: 'UTC, on the hour or half hour.' },
    end_time: {
      format: 'date-time',
      description: 'UTC, 30 minutes after `start_time`. The first instant that is free again.',
    },
  }),
  description:
    'An appointment of 30 minutes. The interval is half open: it includes `start_time` but not `end_time`.',
};

const BOOKING = {
  ...describedObject(bookRequest.shape.body, {
    practitioner_id: {
      description: `The practitioner. ${ID_TEXT} An integer stands for its decimal digits: 1 and "1" are the same practitioner.`,
    },
    start_time: {
      description: `The start. ${TIME_FORMS} The last slot starts at 9999-12-31T23:00:00Z.`,
    },
    end_time: {
      description: `The end: \`start_time\` plus 30 minutes, in any of the same forms. Optional. ${TIME_FORMS}`,
    },
  }),
  description: 'A booking. Unknown members are rejected.',
};

const [PATIENT_ID] = parametersOf('path', bookRequest.shape.path, {
  patient_id: { description: `The patient. ${ID_TEXT}`, examples: ['1'] },
});

const [IDEMPOTENCY_KEY] = parametersOf('header', bookRequest.shape.headers, {
  'idempotency-key': {
    description:
      'Makes a retry safe. A request with the same key, practitioner, and start gets the stored appointment. The key is stored with the appointment, per patient and UTC date. 1 to 255 printable ASCII characters. Use a new key for each booking, such as a UUID, and never include personal data. HTTP removes spaces around it.',
  },
});

const FILTERS = parametersOf('query', listRequest.shape.query, {
  from: {
    format: 'date',
    description:
      'The first UTC date, inclusive, from 1900-01-01. Must not be after `to`. No bound by default.',
  },
  to: {
    format: 'date',
    description: 'The last UTC date, inclusive, to 9999-12-31. No bound by default.',
  },
  order: { default: 'asc', description: 'By date: earliest first, or latest first.' },
  limit: {
    default: MAX_LIMIT,
    description: `The most appointments per page, 1 to ${MAX_LIMIT}.`,
  },
});

function parametersOf<Shape extends z.core.$ZodShape>(
  place: 'path' | 'header' | 'query',
  schema: z.core.$ZodObject<Shape>,
  texts: Texts<Shape>,
): Json[] {
  const { properties = {}, required = [] } = describedObject(schema, texts);
  return Object.entries(properties).map(([name, member]) => {
    const { description, examples, ...memberSchema } = member as JsonSchema;
    return {
      name: place === 'header' ? canonicalHeader(name) : name,
      in: place,
      ...(required.includes(name) && { required: true }),
      description,
      ...(examples && { example: examples[0] }),
      schema: memberSchema,
    };
  });
}

/** Who may call an operation: signed requests, or tokens with one of these SMART on FHIR scopes. */
function securityOf(...accesses: string[]): Json[] {
  const levels = ['patient', 'user', 'system'];
  return [
    { iam: [] },
    ...levels.flatMap((level) =>
      accesses.map((access) => ({ jwt: [`${level}/Appointment.${access}`] })),
    ),
  ];
}

const BOOK = {
  tags: ['Appointments'],
  summary: 'Book an appointment',
  description: `Books an appointment, unless the patient already has one on that UTC date. The body is \`application/json\` or \`application/*+json\`, of at most ${MAX_BODY_BYTES.toLocaleString('en')} bytes. Without an Idempotency-Key, a repeated request is a second booking and gets a 409.`,
  security: securityOf('c', 'write'),
  parameters: [
    { $ref: '#/components/parameters/PatientId' },
    { $ref: '#/components/parameters/IdempotencyKey' },
  ],
  requestBody: {
    required: true,
    description: 'A JSON object in UTF-8.',
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/Booking' },
        example: { practitioner_id: 1, start_time: '2021-01-04 09:00:00' },
      },
    },
  },
};

/** The OpenAPI description of the service. */
export function apiDescription() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const booked = {
    201: {
      description:
        'The booked appointment. With `Idempotency-Replayed`, an earlier request with the same key booked it.',
      ...headersOf('Location', 'Idempotency-Replayed'),
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Appointment' },
          examples: examplesOf(Object.entries(EXAMPLES.bookAppointment).filter(isOk)),
        },
      },
    },
    ...errorResponses(EXAMPLES.bookAppointment),
  };
  const listed = {
    200: {
      description:
        'The appointments, by date. Every booking that got a 201 is in every list requested afterwards.',
      ...headersOf('Link'),
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/AppointmentList' },
          examples: examplesOf(Object.entries(EXAMPLES.listAppointments).filter(isOk)),
        },
      },
    },
    ...errorResponses(EXAMPLES.listAppointments),
  };
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
    tags: [{ name: 'Appointments', description: 'Book and list appointments.' }],
    paths: {
      '/api/patients/{patient_id}/appointments': {
        post: {
          operationId: 'bookAppointment',
          ...BOOK,
          responses: refs('bookAppointment', booked),
        },
        get: {
          operationId: 'listAppointments',
          tags: ['Appointments'],
          summary: "List a patient's appointments",
          description:
            'Lists the appointments of the patient by date. The `Link` header leads to the next page. Unknown query parameters are ignored.',
          security: securityOf('s', 'read'),
          parameters: [{ $ref: '#/components/parameters/PatientId' }, ...FILTERS],
          responses: refs('listAppointments', listed),
        },
      },
      '/api/patients/{patient_id}/appointment': {
        post: {
          operationId: 'bookAppointmentAtSingularPath',
          ...BOOK,
          summary: 'Book an appointment (singular path)',
          description: `The same operation at another path. ${BOOK.description}`,
          responses: refs('bookAppointment', booked),
        },
      },
    },
    components: {
      schemas: {
        Booking: BOOKING,
        Appointment: APPOINTMENT,
        AppointmentList: {
          ...jsonSchema(appointmentsResponse),
          description: 'Appointments of one patient, by date.',
        },
        ...problemSchemas(),
        GatewayMessage: {
          type: 'object',
          description:
            "API Gateway's own response, if it does not call a function or the function fails.",
          properties: { message: { type: 'string', description: 'What went wrong.' } },
          required: ['message'],
        },
      },
      parameters: { PatientId: PATIENT_ID, IdempotencyKey: IDEMPOTENCY_KEY },
      headers: HEADERS,
      responses: {
        ...named('bookAppointment', booked),
        ...named('listAppointments', listed),
      },
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
            'For deployments with `auth=jwt`: a token of its issuer for its audience, with one of the listed SMART on FHIR scopes, version 1 or 2, on `Appointment` or `*`. `.*` and combinations of the letters `cruds`, in this order, count too. A scope with a query does not. `user/` and `system/` cover every patient, and `patient/` covers the one in the `patient` claim.',
        },
      },
    },
  };
}

const refs = (operation: Operation, responses: Json): Json =>
  Object.fromEntries(
    Object.keys(responses).map((status) => [
      status,
      { $ref: `#/components/responses/${operation}-${status}` },
    ]),
  );

const named = (operation: Operation, responses: Json): Json =>
  Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [`${operation}-${status}`, response]),
  );
