import type * as z from 'zod/mini';
import { MAX_LIMIT } from '../../src/domain/list.ts';
import { bookRequest, listRequest } from '../../src/handlers/http/request-schemas.ts';
import { BODY_LIMIT } from './problems.ts';
import type { Success } from './responses.ts';
import type { MembersOf, Texts } from './schemas.ts';

export interface Operation {
  readonly route: `${'GET' | 'POST'} /api/${string}`;
  readonly operationId: string;
  /** The key of the recorded examples. Operations with the same key share their responses. */
  readonly examples: string;
  readonly summary: string;
  readonly description: string;
  /** The SMART on FHIR scopes that allow it, in versions 2 and 1. One is enough. */
  readonly scopes: readonly string[];
  readonly request: z.core.$ZodObject;
  /** What each parameter, and each member of the body, means. */
  readonly texts: Texts;
  /** What the description says about the body. Its `name` is that of the schema. */
  readonly body?: { readonly name: string; readonly description: string; readonly example: object };
  /** The successful responses by status. The problems follow from the examples. */
  readonly success: Readonly<Record<number, Success>>;
}

/** An operation with its own examples. Does not compile unless each member of the request has a text. */
function operation<Shape extends z.core.$ZodShape>(
  entry: Omit<Operation, 'examples' | 'request' | 'texts'> & {
    readonly request: z.core.$ZodObject<Shape>;
    readonly texts: Texts<MembersOf<Shape[keyof Shape]>>;
  },
): Operation {
  return { ...entry, examples: entry.operationId };
}

/** Scopes like `Appointment.c` at each level. */
const atEveryLevel = (...scopes: string[]) =>
  ['patient', 'user', 'system'].flatMap((level) => scopes.map((scope) => `${level}/${scope}`));

const ID_RULE = '1 to 64 letters, digits, `_` or `-`. Case-sensitive.';
const TIME_RULE =
  'Either `YYYY-MM-DD hh:mm:ss`, taken as UTC, or RFC 3339 with an upper-case `T` and `Z` or `+00:00`. A fraction must be zero. On the hour or half hour, years 1900 to 9999.';
const PATIENT_ID = { description: `The patient. ${ID_RULE}`, examples: ['1'] };

const book = operation({
  route: 'POST /api/patients/{patient_id}/appointments',
  operationId: 'bookAppointment',
  summary: 'Book an appointment',
  description: `Books an appointment, unless the patient already has one on that UTC date. The body is \`application/json\` or \`application/*+json\`, of at most ${BODY_LIMIT}. Without an Idempotency-Key, a repeated request is a second booking and gets a 409.`,
  scopes: atEveryLevel('Appointment.c', 'Appointment.write'),
  request: bookRequest,
  texts: {
    patient_id: PATIENT_ID,
    'idempotency-key':
      'Makes a retry safe. A request with the same key, practitioner, and start gets the stored appointment. The key is stored with the appointment, per patient and UTC date. 1 to 255 printable ASCII characters. Use a new key for each booking, such as a UUID, and never include personal data. HTTP removes spaces around it.',
    practitioner_id: `The practitioner. ${ID_RULE} An integer stands for its decimal digits: 1 and "1" are the same practitioner.`,
    start_time: `The start. ${TIME_RULE} The last slot starts at 9999-12-31T23:00:00Z.`,
    end_time: `The end: \`start_time\` plus 30 minutes, in any of the same forms. Optional. ${TIME_RULE}`,
  },
  body: {
    name: 'Booking',
    description: 'A booking. Unknown members are rejected.',
    example: { practitioner_id: 1, start_time: '2021-01-04 09:00:00' },
  },
  success: {
    201: {
      description:
        'The booked appointment. With `Idempotency-Replayed`, an earlier request with the same key booked it.',
      schema: 'Appointment',
      headers: ['Location', 'Idempotency-Replayed'],
    },
  },
});

/** The operations of the API. */
export const OPERATIONS: readonly Operation[] = [
  book,
  operation({
    route: 'GET /api/patients/{patient_id}/appointments',
    operationId: 'listAppointments',
    summary: "List a patient's appointments",
    description:
      'Lists the appointments of the patient by date. The `Link` header leads to the next page. Unknown query parameters are ignored.',
    scopes: atEveryLevel('Appointment.s', 'Appointment.read'),
    request: listRequest,
    texts: {
      patient_id: PATIENT_ID,
      from: 'The first UTC date, inclusive, from 1900-01-01. Must not be after `to`. No bound by default.',
      to: 'The last UTC date, inclusive, to 9999-12-31. No bound by default.',
      order: { default: 'asc', description: 'By date: earliest first, or latest first.' },
      limit: {
        default: MAX_LIMIT,
        description: `The most appointments per page, 1 to ${MAX_LIMIT}.`,
      },
    },
    success: {
      200: {
        description:
          'The appointments, by date. Every booking that got a 201 is in every list requested afterwards.',
        schema: 'AppointmentList',
        headers: ['Link'],
      },
    },
  }),
  {
    ...book,
    route: 'POST /api/patients/{patient_id}/appointment',
    operationId: 'bookAppointmentAtSingularPath',
    summary: 'Book an appointment (singular path)',
    description: `The same operation at another path. ${book.description}`,
  },
];
