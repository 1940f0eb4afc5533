import * as z from 'zod/mini';
import type { ZodOpenApiMetadata, ZodOpenApiOperationObject } from 'zod-openapi';
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
import { BODY_LIMIT, pascalCase } from './problems.ts';
import { errorResponses, type Success, successResponse } from './responses.ts';

/** An operation of the API, and its place. */
export interface Operation extends ZodOpenApiOperationObject {
  readonly operationId: string;
  readonly route: `${'GET' | 'POST' | 'PUT' | 'DELETE'} /api/${string}`;
}

/** What a parameter or a member of a body means, alone or with what its zod schema does not say. */
type Text = string | (ZodOpenApiMetadata & { readonly description: string });

interface Entry extends Pick<Operation, 'operationId' | 'route'> {
  /** The part of the API reference that shows it. */
  readonly tag: 'Appointments' | 'Patients' | 'Practitioners';
  readonly summary: string;
  readonly description: string;
  /** The SMART on FHIR scopes that allow it, in versions 2 and 1. One is enough. */
  readonly scopes: readonly string[];
  readonly request: z.core.$ZodObject;
  /** The texts that differ from `TEXTS`. */
  readonly texts?: Readonly<Record<string, Text>>;
  /** The name of the body's schema, and an example. */
  readonly body?: readonly [name: string, example: object];
  /** The successful responses by status. */
  readonly success: Readonly<Record<number, Success>>;
  /** Whether its success can also be an iCalendar object. */
  readonly calendar?: true;
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
    'The hours by day of the week, `mon` to `sun`: at most 10 ranges per day, which can touch but not overlap. Times are UTC, on the half hour, from `00:00` to `24:00`. A day that is left out is closed. `null` means always open, and `{}` means never.',
  time_off:
    'At most 100 ranges of time off in UTC, on the half hour, in the forms of `start_time`. They can overlap. `[]` means none.',
  attendance:
    'Whether the patient came: `arrived`, `fulfilled`, or `noshow`, codes of FHIR, or null to take it back.',
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

function operation(entry: Entry): Operation {
  const { operationId, route, tag, summary, description, scopes, request, texts } = entry;
  const { path, query, headers, body } = request._zod.def.shape as Record<
    string,
    z.core.$ZodObject | undefined
  >;
  const [name = '', example] = entry.body ?? [];
  const json = body && withTexts('body', body, texts);
  if (json) z.globalRegistry.add(json, { id: name });
  return {
    operationId,
    route,
    tags: [tag],
    summary,
    description,
    security: [{ iam: [] }, ...scopes.map((scope) => ({ jwt: [scope] }))],
    requestParams: {
      ...(path && { path: withTexts('path', path, texts) }),
      ...(query && { query: withTexts('query', query, texts) }),
      // OpenAPI describes `Accept` by the content of the responses.
      ...(headers &&
        !('accept' in headers._zod.def.shape) && { header: withTexts('headers', headers, texts) }),
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
        Object.entries(entry.success).map(([status, success]) => [
          status,
          successResponse(operationId, status, success, entry.calendar),
        ]),
      ),
      ...errorResponses(entry.problems, body !== undefined),
    },
  };
}

/** Scopes like `Appointment.c` at each of the levels. */
const scopesAt = (levels: readonly string[], ...scopes: string[]) =>
  levels.flatMap((level) => scopes.map((scope) => `${level}/${scope}`));
const STAFF = ['user', 'system'];
const EVERYONE = ['patient', ...STAFF];

const UP_TO_DATE =
  'It reflects every booking, cancellation, and reschedule that succeeded before you sent the request.';
const EXAMPLE_ID = '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11';

const CONFLICTS = [
  'practitioner-unavailable',
  'patient-day-taken',
  'practitioner-slot-taken',
  'appointment-cancelled',
  'appointment-rescheduled',
] as const;

const book = operation({
  operationId: 'bookAppointment',
  route: 'POST /api/patients/{patient_id}/appointments',
  tag: 'Appointments',
  summary: 'Book an appointment',
  description:
    'Books an appointment, unless the patient already has one on that UTC date. Without an Idempotency-Key, a repeated request is a second booking and gets a 409.',
  scopes: scopesAt(EVERYONE, 'Appointment.c', 'Appointment.write'),
  request: bookAppointment.request,
  body: ['Booking', { practitioner_id: 1, start_time: '2021-01-04 09:00:00' }],
  success: {
    201: [
      appointmentResponse,
      'The booked appointment. With `Idempotency-Replayed`, an earlier request with the same key booked it.',
      'Location',
      'Idempotency-Replayed',
    ],
  },
  problems: [
    ...(['patient-not-found', 'patient-erased', 'practitioner-not-found'] as const),
    ...CONFLICTS,
    'idempotency-key-reused',
  ],
});

/** The operations of the API. */
export const OPERATIONS: readonly Operation[] = [
  book,
  operation({
    operationId: 'listAppointments',
    route: 'GET /api/patients/{patient_id}/appointments',
    tag: 'Appointments',
    summary: "List a patient's appointments",
    description:
      "Lists the patient's booked appointments by start time, or all of them with `status=all`. The `Link` header leads to the next page.",
    scopes: scopesAt(EVERYONE, 'Appointment.s', 'Appointment.read'),
    request: listAppointments.request,
    success: {
      200: [appointmentsResponse, `The list of appointments. ${UP_TO_DATE}`, 'Link'],
    },
    problems: ['patient-not-found'],
  }),
  operation({
    operationId: 'getAppointment',
    route: 'GET /api/patients/{patient_id}/appointments/{date}',
    tag: 'Appointments',
    summary: 'Get the appointment of a date',
    description:
      'Gets the booked appointment of that UTC date, or if there is none, the most recently ended one. With `Accept: text/calendar`, gets it as an iCalendar object (RFC 5545), whose `UID` is the `series_id`.',
    scopes: scopesAt(EVERYONE, 'Appointment.r', 'Appointment.read'),
    request: getAppointment.request,
    success: { 200: [appointmentResponse, `The appointment. ${UP_TO_DATE}`] },
    calendar: true,
    problems: ['patient-not-found', 'appointment-not-found'],
  }),
  operation({
    operationId: 'cancelAppointment',
    route: 'POST /api/patients/{patient_id}/appointments/{date}/cancel',
    tag: 'Appointments',
    summary: 'Cancel an appointment',
    description:
      "Cancels an appointment and frees its date. The appointment stays in the patient's record. Repeating the request changes nothing, even after the date was booked again.",
    scopes: scopesAt(EVERYONE, 'Appointment.u', 'Appointment.write'),
    request: cancelAppointment.request,
    body: ['Cancellation', { appointment_id: EXAMPLE_ID, reason: 'pat' }],
    success: {
      200: [
        appointmentResponse,
        'The cancelled appointment. With `Idempotency-Replayed`, an earlier request cancelled it, and its time and reason are those of that request.',
        'Idempotency-Replayed',
      ],
    },
    problems: ['patient-not-found', 'appointment-not-found', 'appointment-rescheduled'],
  }),
  operation({
    operationId: 'rescheduleAppointment',
    route: 'POST /api/patients/{patient_id}/appointments/{date}/reschedule',
    tag: 'Appointments',
    summary: 'Reschedule an appointment',
    description:
      'Replaces an appointment with a new one at another time, on the same date or another, or with another practitioner. The patient never has both and never has neither: a rejected request leaves the old appointment as it was.',
    scopes: scopesAt(EVERYONE, 'Appointment.u', 'Appointment.write'),
    request: rescheduleAppointment.request,
    texts: {
      practitioner_id: `The practitioner of the new appointment. By default, the practitioner stays the same. ${ID}`,
    },
    body: ['Reschedule', { appointment_id: EXAMPLE_ID, start_time: '2021-01-05 09:00:00' }],
    success: {
      200: [
        appointmentResponse,
        'The appointment as it is. It already has this start and practitioner, so nothing was written.',
      ],
      201: [
        appointmentResponse,
        'The new appointment, whose `rescheduled_from` names the old one. With `Idempotency-Replayed`, an earlier request rescheduled it to this start and practitioner.',
        'Location',
        'Idempotency-Replayed',
      ],
    },
    problems: [
      'patient-not-found',
      'patient-erased',
      'practitioner-not-found',
      'appointment-not-found',
      ...CONFLICTS,
    ],
  }),
  operation({
    operationId: 'recordAttendance',
    route: 'PUT /api/patients/{patient_id}/appointments/{date}/attendance',
    tag: 'Appointments',
    summary: 'Record attendance',
    description:
      'Records whether the patient came. The appointment stays booked: its date stays taken, and it can still be cancelled or rescheduled. Recording the same value again changes nothing.',
    scopes: scopesAt(STAFF, 'Appointment.u', 'Appointment.write'),
    request: recordAttendance.request,
    body: ['Attendance', { appointment_id: EXAMPLE_ID, attendance: 'arrived' }],
    success: { 200: [appointmentResponse, 'The appointment with its attendance.'] },
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
  operation({
    operationId: 'getAgenda',
    route: 'GET /api/practitioners/{practitioner_id}/appointments',
    tag: 'Practitioners',
    summary: "Get a practitioner's agenda",
    description:
      "Lists the practitioner's booked appointments by start time. The `Link` header leads to the next page.",
    scopes: scopesAt(STAFF, 'Appointment.s', 'Appointment.read'),
    request: getAgenda.request,
    success: {
      200: [
        agendaResponse,
        'The booked appointments. The agenda reads an index, so a booking, cancellation, or reschedule can take a moment to show up.',
        'Link',
      ],
    },
    problems: ['practitioner-not-found'],
  }),
  operation({
    operationId: 'getSlots',
    route: 'GET /api/practitioners/{practitioner_id}/slots',
    tag: 'Practitioners',
    summary: "Get a practitioner's free slots",
    description:
      'Gets the half hours of up to 31 UTC dates, each free, busy, or closed. Nothing is busy if the deployment allows double booking. A free slot is not reserved: another caller can book it before you do. The next free time of a week is one request, with `status=free` and `limit=1`.',
    scopes: scopesAt(EVERYONE, 'Slot.s', 'Slot.read'),
    request: getSlots.request,
    texts: {
      from: { description: 'The first UTC date, inclusive.', examples: ['2021-01-04'] },
      to: 'The last UTC date, inclusive: `from` by default, and at most 30 days later.',
      status: { default: 'all', description: 'All slots, or only free ones.' },
      after:
        'Only slots that start later than this UTC time, in the forms of `start_time`, to the second. The `Link` header sets it, and you can, to look from now on.',
    },
    success: { 200: [slotsResponse, `The list of slots. ${UP_TO_DATE}`, 'Link'] },
    problems: ['practitioner-not-found'],
  }),
  operation({
    operationId: 'putPatient',
    route: 'PUT /api/patients/{patient_id}',
    tag: 'Patients',
    summary: 'Add or rename a patient',
    description:
      'Adds a patient, or replaces their names. You choose the ID. If you have none, generate a UUID. Repeating the request changes nothing.',
    scopes: scopesAt(STAFF, 'Patient.cu', 'Patient.write'),
    request: putPatient.request,
    body: ['PatientNames', { first_name: 'Ann', last_name: 'Isac' }],
    success: {
      200: [patientResponse, 'The patient, with the names of the request.'],
      201: [patientResponse, 'The new patient.', 'Location'],
    },
    problems: ['patient-erased'],
  }),
  operation({
    operationId: 'getPatient',
    route: 'GET /api/patients/{patient_id}',
    tag: 'Patients',
    summary: 'Get a patient',
    description: 'Gets the names of a patient.',
    scopes: scopesAt(EVERYONE, 'Patient.r', 'Patient.read'),
    request: getPatient.request,
    success: { 200: [patientResponse, 'The patient.'] },
    problems: ['patient-not-found', 'patient-erased'],
  }),
  operation({
    operationId: 'erasePatient',
    route: 'DELETE /api/patients/{patient_id}',
    tag: 'Patients',
    summary: 'Erase a patient',
    description:
      'Removes the names of a patient for good. The ID stays, so that appointments keep their place. Repeating the request changes nothing.',
    scopes: scopesAt(STAFF, 'Patient.d', 'Patient.write'),
    request: erasePatient.request,
    success: { 204: [undefined, 'The patient is erased.'] },
    problems: ['patient-not-found'],
  }),
  operation({
    operationId: 'putPractitioner',
    route: 'PUT /api/practitioners/{practitioner_id}',
    tag: 'Practitioners',
    summary: 'Add or rename a practitioner',
    description:
      'Adds a practitioner, who can then be booked at any time, or replaces their names and NPI. Their schedule stays. Repeating the request changes nothing.',
    scopes: scopesAt(STAFF, 'Practitioner.cu', 'Practitioner.write'),
    request: putPractitioner.request,
    body: ['PractitionerProfile', { first_name: 'Bob', last_name: 'Dr', npi: '1234567893' }],
    success: {
      200: [practitionerResponse, 'The practitioner, with the names and NPI of the request.'],
      201: [practitionerResponse, 'The new practitioner.', 'Location'],
    },
    problems: [],
  }),
  operation({
    operationId: 'getPractitioner',
    route: 'GET /api/practitioners/{practitioner_id}',
    tag: 'Practitioners',
    summary: 'Get a practitioner',
    description: 'Gets the names, NPI, and schedule of a practitioner.',
    scopes: scopesAt(EVERYONE, 'Practitioner.r', 'Practitioner.read'),
    request: getPractitioner.request,
    success: { 200: [practitionerResponse, 'The practitioner.'] },
    problems: ['practitioner-not-found'],
  }),
  operation({
    operationId: 'putSchedule',
    route: 'PUT /api/practitioners/{practitioner_id}/schedule',
    tag: 'Practitioners',
    summary: 'Set when a practitioner works',
    description:
      'Replaces the hours and the time off of a practitioner. Appointments that are already booked stay: the agenda shows them, and you reschedule or cancel them.',
    scopes: scopesAt(STAFF, 'Schedule.u', 'Schedule.write'),
    request: putSchedule.request,
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
    success: { 200: [practitionerResponse, 'The practitioner with the new schedule.'] },
    problems: ['practitioner-not-found'],
  }),
];
