import * as z from 'zod/mini';
import type { ZodOpenApiMetadata, ZodOpenApiOperationObject } from 'zod-openapi';
import { NEEDED, type OperationName } from '../../src/handlers/http/access.ts';
import type { Operation as Implementation } from '../../src/handlers/http/operation.ts';
import type { ProblemCode } from '../../src/handlers/http/problems.ts';
import { canonicalHeader } from '../../src/handlers/http/request.ts';
import {
  agendaResponse,
  appointmentResponse,
  appointmentsResponse,
  patientResponse,
  practitionerResponse,
  slotsResponse,
} from '../../src/handlers/http/response-schemas.ts';
import { getAgenda } from '../../src/handlers/operations/agenda.ts';
import { bookAppointment } from '../../src/handlers/operations/book.ts';
import { cancelAppointment } from '../../src/handlers/operations/cancel.ts';
import { erasePatient } from '../../src/handlers/operations/erase-patient.ts';
import { getAppointment } from '../../src/handlers/operations/get.ts';
import { getPatient } from '../../src/handlers/operations/get-patient.ts';
import { getPractitioner } from '../../src/handlers/operations/get-practitioner.ts';
import { listAppointments } from '../../src/handlers/operations/list.ts';
import { putPatient } from '../../src/handlers/operations/put-patient.ts';
import { putPractitioner } from '../../src/handlers/operations/put-practitioner.ts';
import { putSchedule } from '../../src/handlers/operations/put-schedule.ts';
import { recordAttendance } from '../../src/handlers/operations/record-attendance.ts';
import { rescheduleAppointment } from '../../src/handlers/operations/reschedule.ts';
import { getSlots } from '../../src/handlers/operations/slots.ts';
import { EXAMPLES } from './examples.ts';
import { BODY_LIMIT, pascalCase } from './problems.ts';
import { errorResponses, successHeaders } from './responses.ts';

/** An operation of the API, and its place. */
export interface Operation extends ZodOpenApiOperationObject {
  readonly operationId: string;
  readonly route: `${'GET' | 'POST' | 'PUT' | 'DELETE'} /api/${string}`;
}

/** What a parameter or a member of a body means, alone or with what its zod schema does not say. */
type Text = string | (ZodOpenApiMetadata & { readonly description: string });

interface Entry extends Pick<Operation, 'operationId' | 'route'> {
  readonly summary: string;
  readonly description: string;
  /** The texts that differ from `TEXTS`. */
  readonly texts?: Readonly<Record<string, Text>>;
  /** The name of the body's schema, and an example. */
  readonly body?: readonly [name: string, example: object];
  /** The schema of a successful response, unless it has no body. */
  readonly response?: z.core.$ZodType;
  /** The successful responses by status. */
  readonly success: Readonly<Record<number, string>>;
  /** The successful status of a request that was already carried out. */
  readonly replayed?: 200 | 201;
  /** The problems of this operation, besides those of all operations. */
  readonly problems: readonly ProblemCode[];
}

const TIME =
  'Either `YYYY-MM-DD hh:mm:ss`, taken as UTC, or RFC 3339 with an upper-case `T` and `Z` or `+00:00`. A fraction must be zero. On the hour or half hour, years 1900 to 9999.';
const ID =
  '1 to 64 letters, digits, `_`, or `-`. Case-sensitive. In a body, an integer stands for its decimal digits.';

const NAME =
  '1 to 100 characters, at least one of them visible, without control characters or bidirectional overrides. Stored in Unicode form NFC.';

/** What the parameters and the members of bodies mean, by name. */
const TEXTS: Readonly<Record<string, Text>> = {
  patient_id: { description: `The patient. ${ID}`, examples: ['1'] },
  practitioner_id: { description: `The practitioner. ${ID}`, examples: ['1'] },
  date: {
    description: 'The UTC date of the appointment or slots, 1900-01-01 to 9999-12-31.',
    examples: ['2021-01-04'],
  },
  'idempotency-key':
    'Makes a retry safe. A request with the same key, practitioner, and start gets the stored appointment, or a 409 if it was cancelled or rescheduled. 1 to 255 printable ASCII characters without a comma. Use a new key for each booking, such as a UUID, and never include personal data.',
  first_name: `The first name. ${NAME}`,
  last_name: `The last name. ${NAME}`,
  npi: 'The US National Provider Identifier: 1 to 64 characters, or null, which is the default.',
  hours:
    'The hours by day of the week, `mon` to `sun`: at most 10 ranges per day, which can touch but not overlap. Times are UTC, on the hour or half hour, from `00:00` to `24:00`. A day that you leave out is closed. `null` means always open, and `{}` means never.',
  time_off:
    'At most 100 ranges of time off in UTC, on the hour or half hour, in the forms of `start_time`. They can overlap. `[]` means none.',
  attendance:
    'Whether the patient came: `arrived`, `fulfilled`, or `noshow` (FHIR codes), or null to clear it.',
  appointment_id:
    'The ID of the appointment, in upper or lower case. It prevents a delayed request from ending a later appointment on the same date.',
  start_time: `The start. ${TIME} The last slot starts at 9999-12-31T23:00:00Z.`,
  end_time: `The end: \`start_time\` plus 30 minutes, in any of the same forms. Optional. ${TIME}`,
  reason:
    "A code of FHIR's appointment-cancellation-reason: `pat` (patient), `prov` (provider), `maint` (equipment), `meds-inc` (incomplete medication), or `other`. Optional.",
  from: 'The first UTC date, inclusive, from 1900-01-01. Must not be after `to`. No bound by default.',
  to: 'The last UTC date, inclusive, to 9999-12-31. No bound by default.',
  status: {
    default: 'booked',
    description: 'Only booked appointments, or all, which includes cancelled and rescheduled ones.',
  },
  order: { default: 'asc', description: 'By start time: earliest first, or latest first.' },
  after: 'The position that the page continues after. Take it from the `Link` header.',
  limit: {
    description: 'The most appointments per page.',
    override: ({ jsonSchema }) => {
      jsonSchema.default = jsonSchema.maximum;
    },
  },
};

/** The parameters of paths, which operations share, by name. */
const pathParameters = new Map<string, z.core.$ZodType>();

/** A copy of a zod object with a text for each member. Members that mean different things can share a schema. */
function withTexts(
  place: 'path' | 'query' | 'headers' | 'body',
  object: z.core.$ZodObject,
  texts: Entry['texts'] = {},
) {
  const { def } = object._zod;
  const members = Object.entries(def.shape).map(([name, member]) => {
    const text = texts[name] ?? TEXTS[name];
    if (text === undefined) throw new Error(`${name} has no text in operations.ts.`);
    const { description, examples, ...others } =
      typeof text === 'string' ? { description: text } : text;
    const shared = place === 'path' ? pathParameters.get(name) : undefined;
    const copy = shared ?? z.core.clone(member);
    const param = {
      description,
      ...(place === 'path' && { id: pascalCase(name) }),
      ...(examples && { example: examples[0] }),
    };
    z.globalRegistry.add(copy, { ...others, ...(place === 'body' ? { description } : { param }) });
    if (place === 'path') pathParameters.set(name, copy);
    return [place === 'headers' ? canonicalHeader(name) : name, copy] as const;
  });
  return z.core.clone(object, { ...def, shape: Object.fromEntries(members) });
}

/** The part of the API reference that shows a route. */
function tagOf(route: string): 'Appointments' | 'Patients' | 'Practitioners' {
  if (route.includes('/practitioners/')) return 'Practitioners';
  return route.includes('/appointment') ? 'Appointments' : 'Patients';
}

/** The SMART on FHIR scopes that allow an operation, in versions 2 and 1. One is enough. */
function scopesOf(name: OperationName): string[] {
  const { resource, letters, patientScope } = NEEDED[name];
  const levels = [...(patientScope === 'none' ? [] : ['patient']), 'user', 'system'];
  const access = [letters, /[rs]/.test(letters) ? 'read' : 'write'];
  return levels.flatMap((level) => access.map((letters) => `${level}/${resource}.${letters}`));
}

/** Describes an operation. The implementation gives its name and request schema. The entry gives its texts and responses. */
function operation(
  { name: operationName, request }: Pick<Implementation<never>, 'name' | 'request'>,
  entry: Entry,
): Operation {
  const { operationId, route, summary, description, texts, response, success, replayed } = entry;
  const { path, query, headers, body } = request._zod.def.shape as Record<
    string,
    z.core.$ZodObject | undefined
  >;
  const hasFormats = headers !== undefined && 'accept' in headers._zod.def.shape;
  const [name = '', example] = entry.body ?? [];
  const json = body && withTexts('body', body, texts);
  if (json) z.globalRegistry.add(json, { id: name });
  return {
    operationId,
    route,
    tags: [tagOf(route)],
    summary,
    description,
    security: [{ iam: [] }, ...scopesOf(operationName).map((scope) => ({ jwt: [scope] }))],
    requestParams: {
      ...(path && { path: withTexts('path', path, texts) }),
      ...(query && { query: withTexts('query', query, texts) }),
      // OpenAPI describes `Accept` by the content of the responses.
      ...(headers && !hasFormats && { header: withTexts('headers', headers, texts) }),
    },
    ...(json && {
      requestBody: {
        required: true,
        description: `\`application/json\` or \`application/*+json\` in UTF-8, at most ${BODY_LIMIT}. Unknown members are rejected.`,
        content: { 'application/json': { schema: json, example } },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(success).map(([status, text]) => [
          status,
          {
            id: `${operationId}-${status}`,
            description: text,
            headers: successHeaders(response, status, status === String(replayed)),
            ...(response && {
              content: {
                'application/json': {
                  schema: response,
                  example: EXAMPLES.successes[operationId]?.[status],
                },
                ...(hasFormats && { 'text/calendar': { schema: { type: 'string' as const } } }),
              },
            }),
          },
        ]),
      ),
      ...errorResponses(entry.problems, body !== undefined),
    },
  };
}

const UP_TO_DATE =
  'It reflects every booking, cancellation, and reschedule that succeeded before you sent the request.';
const EXAMPLE_ID = '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11';

/** The problems of a booking and of a reschedule. */
const BOOKING_PROBLEMS = [
  'patient-not-found',
  'patient-erased',
  'practitioner-not-found',
  'practitioner-unavailable',
  'patient-day-taken',
  'practitioner-slot-taken',
  'appointment-cancelled',
  'appointment-rescheduled',
] as const;

const book = operation(bookAppointment, {
  operationId: 'bookAppointment',
  route: 'POST /api/patients/{patient_id}/appointments',
  summary: 'Book an appointment',
  description:
    'Books an appointment, unless the patient already has one on that UTC date. Without an Idempotency-Key, a repeated request is a second booking and gets a 409.',
  body: ['Booking', { practitioner_id: 1, start_time: '2021-01-04 09:00:00' }],
  response: appointmentResponse,
  success: {
    201: 'The booked appointment. With `Idempotency-Replayed`, an earlier request with the same key booked it.',
  },
  replayed: 201,
  problems: [...BOOKING_PROBLEMS, 'idempotency-key-reused'],
});

/** The operations of the API. */
export const OPERATIONS: readonly Operation[] = [
  book,
  operation(listAppointments, {
    operationId: 'listAppointments',
    route: 'GET /api/patients/{patient_id}/appointments',
    summary: "List a patient's appointments",
    description:
      "Lists the patient's booked appointments by start time, or all of them with `status=all`. The `Link` header leads to the next page.",
    response: appointmentsResponse,
    success: { 200: `The list of appointments. ${UP_TO_DATE}` },
    problems: ['patient-not-found'],
  }),
  operation(getAppointment, {
    operationId: 'getAppointment',
    route: 'GET /api/patients/{patient_id}/appointments/{date}',
    summary: 'Get the appointment of a date',
    description:
      'Gets the booked appointment of that UTC date, or if there is none, the most recently ended one. With `Accept: text/calendar`, gets it as an iCalendar object (RFC 5545), whose `UID` is the `series_id`.',
    response: appointmentResponse,
    success: { 200: `The appointment. ${UP_TO_DATE}` },
    problems: ['patient-not-found', 'appointment-not-found'],
  }),
  operation(cancelAppointment, {
    operationId: 'cancelAppointment',
    route: 'POST /api/patients/{patient_id}/appointments/{date}/cancel',
    summary: 'Cancel an appointment',
    description:
      "Cancels an appointment and frees its date. The appointment stays in the patient's record. Repeating the request changes nothing, even after the date was booked again.",
    body: ['Cancellation', { appointment_id: EXAMPLE_ID, reason: 'pat' }],
    response: appointmentResponse,
    success: {
      200: 'The cancelled appointment. With `Idempotency-Replayed`, an earlier request cancelled it, and its time and reason are those of that request.',
    },
    replayed: 200,
    problems: ['patient-not-found', 'appointment-not-found', 'appointment-rescheduled'],
  }),
  operation(rescheduleAppointment, {
    operationId: 'rescheduleAppointment',
    route: 'POST /api/patients/{patient_id}/appointments/{date}/reschedule',
    summary: 'Reschedule an appointment',
    description:
      'Replaces an appointment with a new one at another time, on the same date or another, or with another practitioner. The patient never has both and never has neither: a rejected request leaves the old appointment as it was.',
    texts: {
      practitioner_id: `The practitioner of the new appointment. By default, the practitioner stays the same. ${ID}`,
    },
    body: ['Reschedule', { appointment_id: EXAMPLE_ID, start_time: '2021-01-05 09:00:00' }],
    response: appointmentResponse,
    success: {
      200: 'The appointment as it is. It already has this start and practitioner, so nothing was written.',
      201: 'The new appointment, whose `rescheduled_from` names the old one. With `Idempotency-Replayed`, an earlier request rescheduled it to this start and practitioner.',
    },
    replayed: 201,
    problems: [...BOOKING_PROBLEMS, 'appointment-not-found'],
  }),
  operation(recordAttendance, {
    operationId: 'recordAttendance',
    route: 'PUT /api/patients/{patient_id}/appointments/{date}/attendance',
    summary: 'Record attendance',
    description:
      'Records whether the patient came. The appointment stays booked: its date stays taken, and it can still be cancelled or rescheduled. Recording the same value again changes nothing.',
    body: ['Attendance', { appointment_id: EXAMPLE_ID, attendance: 'arrived' }],
    response: appointmentResponse,
    success: { 200: 'The appointment with its attendance.' },
    problems: [
      'patient-not-found',
      'appointment-not-found',
      'appointment-cancelled',
      'appointment-rescheduled',
    ],
  }),
  {
    ...book,
    operationId: 'bookAppointmentAtSingularPath',
    route: 'POST /api/patients/{patient_id}/appointment',
    summary: 'Book an appointment (singular path)',
    description: 'The same operation as `POST /api/patients/{patient_id}/appointments`.',
  },
  operation(getAgenda, {
    operationId: 'getAgenda',
    route: 'GET /api/practitioners/{practitioner_id}/appointments',
    summary: "Get a practitioner's agenda",
    description:
      "Lists the practitioner's booked appointments by start time. The `Link` header leads to the next page.",
    response: agendaResponse,
    success: {
      200: 'The booked appointments. The agenda reads an index, so a booking, cancellation, or reschedule can take a moment to show up.',
    },
    problems: ['practitioner-not-found'],
  }),
  operation(getSlots, {
    operationId: 'getSlots',
    route: 'GET /api/practitioners/{practitioner_id}/slots',
    summary: "Get a practitioner's free slots",
    description:
      'Gets the half hours of up to 31 UTC dates, each free, busy, or closed. Nothing is busy if the deployment allows double booking. A free slot is not reserved: another caller can book it before you do. To find the next free time of a week, use `status=free` and `limit=1`.',
    texts: {
      from: { description: 'The first UTC date, inclusive.', examples: ['2021-01-04'] },
      to: 'The last UTC date, inclusive: `from` by default, and at most 30 days later.',
      status: { default: 'all', description: 'All slots, or only free ones.' },
      after:
        'Only slots that start after this UTC time, such as the current time, in the forms of `start_time`, to the second. The `Link` header sets it too.',
    },
    response: slotsResponse,
    success: { 200: `The list of slots. ${UP_TO_DATE}` },
    problems: ['practitioner-not-found'],
  }),
  operation(putPatient, {
    operationId: 'putPatient',
    route: 'PUT /api/patients/{patient_id}',
    summary: 'Add or rename a patient',
    description:
      'Adds a patient, or replaces their names. You choose the ID. If you have none, generate a UUID. Repeating the request changes nothing.',
    body: ['PatientNames', { first_name: 'Ann', last_name: 'Isac' }],
    response: patientResponse,
    success: { 200: 'The patient, with the names of the request.', 201: 'The new patient.' },
    problems: ['patient-erased'],
  }),
  operation(getPatient, {
    operationId: 'getPatient',
    route: 'GET /api/patients/{patient_id}',
    summary: 'Get a patient',
    description: 'Gets the names of a patient.',
    response: patientResponse,
    success: { 200: 'The patient.' },
    problems: ['patient-not-found', 'patient-erased'],
  }),
  operation(erasePatient, {
    operationId: 'erasePatient',
    route: 'DELETE /api/patients/{patient_id}',
    summary: 'Erase a patient',
    description:
      'Removes the names of a patient for good. The ID stays, so that appointments keep their place. Repeating the request changes nothing.',
    success: { 204: 'The patient is erased.' },
    problems: ['patient-not-found'],
  }),
  operation(putPractitioner, {
    operationId: 'putPractitioner',
    route: 'PUT /api/practitioners/{practitioner_id}',
    summary: 'Add or rename a practitioner',
    description:
      'Adds a practitioner, who can then be booked at any time, or replaces their names and NPI. Their schedule stays. Repeating the request changes nothing.',
    body: ['PractitionerProfile', { first_name: 'Bob', last_name: 'Dr', npi: '1234567893' }],
    response: practitionerResponse,
    success: {
      200: 'The practitioner, with the names and NPI of the request.',
      201: 'The new practitioner.',
    },
    problems: [],
  }),
  operation(getPractitioner, {
    operationId: 'getPractitioner',
    route: 'GET /api/practitioners/{practitioner_id}',
    summary: 'Get a practitioner',
    description: 'Gets the names, NPI, and schedule of a practitioner.',
    response: practitionerResponse,
    success: { 200: 'The practitioner.' },
    problems: ['practitioner-not-found'],
  }),
  operation(putSchedule, {
    operationId: 'putSchedule',
    route: 'PUT /api/practitioners/{practitioner_id}/schedule',
    summary: 'Set when a practitioner works',
    description:
      'Replaces the hours and the time off of a practitioner. Booked appointments stay. The agenda shows them, so that you can reschedule or cancel them.',
    body: [
      'Schedule',
      {
        hours: {
          mon: [
            { from: '09:00', to: '12:30' },
            { from: '13:30', to: '17:00' },
          ],
        },
        time_off: [{ from: '2026-12-24T00:00:00Z', to: '2027-01-02T00:00:00Z' }],
      },
    ],
    response: practitionerResponse,
    success: { 200: 'The practitioner with the new schedule.' },
    problems: ['practitioner-not-found'],
  }),
];
