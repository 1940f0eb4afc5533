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
  GATEWAY_ANSWERS,
  HEADERS,
  headersOf,
  problemSchemas,
} from './responses.ts';

type Json = Readonly<Record<string, unknown>>;
type Operation = keyof typeof EXAMPLES;

const EXAMPLES = readExamples();

const OVERVIEW = `Books appointments for patients with practitioners, and lists them.

An appointment starts on the hour or the half hour, lasts exactly 30 minutes, and belongs to the date it starts on. A patient has at most one on a UTC calendar date, however many requests come at once. Every time is UTC; no other zone is accepted or applied. Ids are case sensitive text; answers always carry them as strings.

**What the schemas cannot say.** A request can have the form described here and still be refused with 400: where a date does not exist (February 30), where \`end_time\` is not \`start_time\` plus 30 minutes, where the appointment would not end before the year 10000 (the last one starts at 9999-12-31T23:00:00Z), and where \`from\` is after \`to\`. A body of more than ${MAX_BODY_BYTES.toLocaleString('en')} bytes is refused with 413.

**Errors** are problem details (RFC 9457, \`application/problem+json\`). Clients tell them apart by \`type\` and ignore members that they do not know. ${GATEWAY_ANSWERS}

**Retries.** After no answer, a 500 or a 503 send the same request again, with the same \`Idempotency-Key\`.`;

const ID_TEXT = '1 to 64 letters, digits, `_` or `-`, case sensitive.';
const TIME_FORMS =
  'Either `YYYY-MM-DD hh:mm:ss`, taken as UTC, or RFC 3339 with an upper-case `T` and `Z` or `+00:00`, a fraction only if it is zero. On the hour or half hour, of a date that exists, years 1900 to 9999.';

const APPOINTMENT = {
  ...describedObject(appointmentResponse, {
    appointment_id: { description: 'A UUID of version 4, given by the service.' },
    patient_id: { description: 'Whose appointment it is.' },
    patient_first_name: { description: "The patient's name as it is now." },
    patient_last_name: { description: "The patient's name as it is now." },
    practitioner_id: { description: 'With whom it is.' },
    practitioner_first_name: {
      description: "The practitioner's name as it was when the appointment was booked.",
    },
    practitioner_last_name: {
      description: "The practitioner's name as it was when the appointment was booked.",
    },
    practitioner_npi: {
      description:
        'The US National Provider Identifier as it was when the appointment was booked; null where there was none.',
    },
    start_time: { format: 'date-time', description: 'UTC, on the hour or half hour.' },
    end_time: {
      format: 'date-time',
      description: 'UTC, 30 minutes after `start_time`; the first instant that is free again.',
    },
  }),
  description: 'An appointment of 30 minutes, half open: it takes `start_time` and not `end_time`.',
};

const BOOKING = {
  ...describedObject(bookRequest.shape.body, {
    practitioner_id: {
      description: `Whom to book. ${ID_TEXT} An integer stands for its decimal digits: 1 and "1" are one practitioner.`,
    },
    start_time: {
      description: `When the appointment starts. ${TIME_FORMS} The last that can be booked is 9999-12-31T23:00:00Z.`,
    },
    end_time: {
      description: `When it ends: \`start_time\` plus 30 minutes, in any of the same forms. Can be left out. ${TIME_FORMS}`,
    },
  }),
  description: 'What is booked. Members that are not listed are refused.',
};

const [PATIENT_ID] = parametersOf('path', bookRequest.shape.path, {
  patient_id: { description: `The patient. ${ID_TEXT}`, examples: ['1'] },
});

const [IDEMPOTENCY_KEY] = parametersOf('header', bookRequest.shape.headers, {
  'idempotency-key': {
    description:
      'Makes a retry safe: the same key with the same practitioner and start is answered with the appointment that is stored. It is remembered with the appointment, for its patient and UTC date. 1 to 255 printable ASCII characters; make a new one for each booking, a UUID for instance, and keep personal data out of it. HTTP drops spaces around it.',
  },
});

const FILTERS = parametersOf('query', listRequest.shape.query, {
  from: {
    format: 'date',
    description:
      'The first UTC date to list, `YYYY-MM-DD` from 1900-01-01, inclusive; must not be after `to`. All dates where it is left out.',
  },
  to: {
    format: 'date',
    description:
      'The last UTC date to list, `YYYY-MM-DD` to 9999-12-31, inclusive. All dates where it is left out.',
  },
  order: { default: 'asc', description: 'By date: the earliest first, or the latest.' },
  limit: {
    default: MAX_LIMIT,
    description: `The most appointments in one answer, 1 to ${MAX_LIMIT}.`,
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

/** Who may do an operation: a signature, or a token with one of these SMART on FHIR scopes. */
function securityOf(...accesses: string[]): Json[] {
  const levels = ['patient', 'user', 'system'];
  return [
    { iam: [] },
    ...levels.flatMap((level) =>
      accesses.map((access) => ({ jwt: [`${level}/Appointment.${access}`] })),
    ),
  ];
}

const CREATE = {
  tags: ['Appointments'],
  summary: 'Book an appointment',
  description: `Creates an appointment of the patient with a practitioner, unless the patient has one on that UTC date. The body is \`application/json\` or \`application/*+json\`, of at most ${MAX_BODY_BYTES.toLocaleString('en')} bytes. Without an Idempotency-Key a repeated request is a second booking, and a 409.`,
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
        example: { practitioner_id: 1, start_time: '2021-01-07 00:00:00' },
      },
    },
  },
};

/** The OpenAPI description of the service. */
export function apiDescription() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
  };
  const created = {
    201: {
      description: 'Booked; or, with `Idempotency-Replayed`, booked before with this key.',
      ...headersOf('Location', 'Idempotency-Replayed'),
      content: {
        'application/json': {
          schema: { $ref: '#/components/schemas/Appointment' },
          examples: examplesOf(Object.entries(EXAMPLES.createAppointment).filter(isOk)),
        },
      },
    },
    ...errorResponses(EXAMPLES.createAppointment),
  };
  const listed = {
    200: {
      description:
        'The appointments, by date; an empty list for a patient who has none. A booking that was answered 201 is in every list asked for afterwards.',
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
        description: 'A deployment; its outputs name the address.',
        variables: {
          api_id: { default: 'api_id', description: 'The id of the HTTP API.' },
          region: { default: 'us-east-1', description: 'The AWS region it is deployed to.' },
        },
      },
    ],
    tags: [{ name: 'Appointments', description: 'Booking and listing.' }],
    paths: {
      '/api/patients/{patient_id}/appointments': {
        post: {
          operationId: 'createAppointment',
          ...CREATE,
          responses: refs('createAppointment', created),
        },
        get: {
          operationId: 'listAppointments',
          tags: ['Appointments'],
          summary: "List a patient's appointments",
          description:
            'The appointments of the patient by date, page by page along the `Link` header. Query parameters that are not listed are ignored.',
          security: securityOf('s', 'read'),
          parameters: [{ $ref: '#/components/parameters/PatientId' }, ...FILTERS],
          responses: refs('listAppointments', listed),
        },
      },
      '/api/patients/{patient_id}/appointment': {
        post: {
          operationId: 'createAppointmentAtSingularPath',
          ...CREATE,
          summary: 'Book an appointment (singular path)',
          description: `The same operation at another path. ${CREATE.description}`,
          responses: refs('createAppointment', created),
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
          description: "API Gateway's own answer, before a function is asked or where it fails.",
          properties: { message: { type: 'string', description: 'What went wrong.' } },
          required: ['message'],
        },
      },
      parameters: { PatientId: PATIENT_ID, IdempotencyKey: IDEMPOTENCY_KEY },
      headers: HEADERS,
      responses: {
        ...named('createAppointment', created),
        ...named('listAppointments', listed),
      },
      securitySchemes: {
        iam: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          'x-amazon-apigateway-authtype': 'awsSigv4',
          description:
            'In a deployment with `auth=iam`: AWS Signature Version 4, service `execute-api`, by a principal that may invoke the API.',
        },
        jwt: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'In a deployment with `auth=jwt`: a token of its issuer for its audience. One of the listed SMART on FHIR scopes must be granted, of version 1 or 2, on `Appointment` or `*`; `.*` and combinations of the letters `cruds` in this order count as well, a scope with a query does not. `user/` and `system/` act for any patient, `patient/` for the one in the `patient` claim.',
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
