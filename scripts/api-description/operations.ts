import type * as z from 'zod/mini';
import { MAX_AGENDA_LIMIT } from '../../src/domain/use-cases/agenda.ts';
import { MAX_LIMIT } from '../../src/domain/use-cases/list.ts';
import { getAgenda } from '../../src/handlers/operations/agenda.ts';
import { bookAppointment } from '../../src/handlers/operations/book.ts';
import { cancelAppointment } from '../../src/handlers/operations/cancel.ts';
import { getAppointment } from '../../src/handlers/operations/get.ts';
import { listAppointments } from '../../src/handlers/operations/list.ts';
import { rescheduleAppointment } from '../../src/handlers/operations/reschedule.ts';
import { getSlots } from '../../src/handlers/operations/slots.ts';
import { BODY_LIMIT } from './problems.ts';
import type { Success } from './responses.ts';
import type { MembersOf, Texts } from './schemas.ts';

export interface Operation {
  readonly route: `${'GET' | 'POST'} /api/${string}`;
  readonly operationId: string;
  /** The part of the API reference that shows it. */
  readonly tag: 'Appointments' | 'Practitioners';
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

/** Scopes like `Appointment.c` at each of the levels. */
const scopesAt = (levels: readonly string[], ...scopes: string[]) =>
  levels.flatMap((level) => scopes.map((scope) => `${level}/${scope}`));
const STAFF = ['user', 'system'];
const EVERYONE = ['patient', ...STAFF];

const ID_RULE = '1 to 64 letters, digits, `_` or `-`. Case-sensitive.';
const TIME_RULE =
  'Either `YYYY-MM-DD hh:mm:ss`, taken as UTC, or RFC 3339 with an upper-case `T` and `Z` or `+00:00`. A fraction must be zero. On the hour or half hour, years 1900 to 9999.';
const PATIENT_ID = { description: `The patient. ${ID_RULE}`, examples: ['1'] };
const PRACTITIONER_ID = { description: `The practitioner. ${ID_RULE}`, examples: ['1'] };
const DATE = {
  description: 'The UTC date that the appointment starts on, 1900-01-01 to 9999-12-31.',
  examples: ['2021-01-04'],
};
const PRACTITIONER_ID_RULE = `${ID_RULE} An integer stands for its decimal digits: 1 and "1" are the same practitioner.`;
const START_TIME = `The start. ${TIME_RULE} The last slot starts at 9999-12-31T23:00:00Z.`;
const END_TIME = `The end: \`start_time\` plus 30 minutes, in any of the same forms. Optional. ${TIME_RULE}`;
const FROM =
  'The first UTC date, inclusive, from 1900-01-01. Must not be after `to`. No bound by default.';
const TO = 'The last UTC date, inclusive, to 9999-12-31. No bound by default.';
const ORDER = {
  default: 'asc',
  description: 'By start time: earliest first, or latest first.',
};
const limitTo = (most: number) => ({
  default: most,
  description: `The most appointments per page, 1 to ${most}.`,
});
const BODY_RULE = `The body is \`application/json\` or \`application/*+json\`, of at most ${BODY_LIMIT}.`;
const APPOINTMENT_ID =
  'The id of the appointment, in upper or lower case. It keeps a late request from ending a later appointment of the same date.';
const EXAMPLE_ID = '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11';

const book = operation({
  route: 'POST /api/patients/{patient_id}/appointments',
  operationId: 'bookAppointment',
  tag: 'Appointments',
  summary: 'Book an appointment',
  description: `Books an appointment, unless the patient already has one on that UTC date. ${BODY_RULE} Without an Idempotency-Key, a repeated request is a second booking and gets a 409.`,
  scopes: scopesAt(EVERYONE, 'Appointment.c', 'Appointment.write'),
  request: bookAppointment.request,
  texts: {
    patient_id: PATIENT_ID,
    'idempotency-key':
      'Makes a retry safe. A request with the same key, practitioner, and start gets the stored appointment, or a 409 if it was cancelled or rescheduled since. The key is stored with the appointment, per patient and UTC date. 1 to 255 printable ASCII characters without a comma. Use a new key for each booking, such as a UUID, and never include personal data. HTTP removes spaces around it.',
    practitioner_id: `The practitioner. ${PRACTITIONER_ID_RULE}`,
    start_time: START_TIME,
    end_time: END_TIME,
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
    tag: 'Appointments',
    summary: "List a patient's appointments",
    description:
      'Lists the booked appointments of the patient by start time, or all of them with `status=all`. The `Link` header leads to the next page.',
    scopes: scopesAt(EVERYONE, 'Appointment.s', 'Appointment.read'),
    request: listAppointments.request,
    texts: {
      patient_id: PATIENT_ID,
      from: FROM,
      to: TO,
      status: {
        default: 'booked',
        description:
          'Only the booked appointments, or all, which includes those that were cancelled or rescheduled.',
      },
      order: ORDER,
      after:
        'The appointment that the page continues after. It is on the date `from`, or `to` in descending order. Take it from the `Link` header of a list with `status=all`.',
      limit: limitTo(MAX_LIMIT),
    },
    success: {
      200: {
        description:
          'The appointments, by start time. Every list reflects every booking, cancellation, and reschedule that succeeded before it was requested.',
        schema: 'AppointmentList',
        headers: ['Link'],
      },
    },
  }),
  operation({
    route: 'GET /api/patients/{patient_id}/appointments/{date}',
    operationId: 'getAppointment',
    tag: 'Appointments',
    summary: 'Get the appointment of a date',
    description:
      'Gets the booked appointment of that UTC date. If there is none, gets the one that ended last.',
    scopes: scopesAt(EVERYONE, 'Appointment.r', 'Appointment.read'),
    request: getAppointment.request,
    texts: { patient_id: PATIENT_ID, date: DATE },
    success: {
      200: {
        description:
          'The appointment. It reflects every booking, cancellation, and reschedule that succeeded before it was requested.',
        schema: 'Appointment',
        headers: [],
      },
    },
  }),
  operation({
    route: 'POST /api/patients/{patient_id}/appointments/{date}/cancel',
    operationId: 'cancelAppointment',
    tag: 'Appointments',
    summary: 'Cancel an appointment',
    description: `Cancels an appointment and frees its date. The appointment stays in the patient's record. Repeating the request changes nothing, even after the date was booked again. ${BODY_RULE}`,
    scopes: scopesAt(EVERYONE, 'Appointment.u', 'Appointment.write'),
    request: cancelAppointment.request,
    texts: {
      patient_id: PATIENT_ID,
      date: DATE,
      appointment_id: APPOINTMENT_ID,
      reason:
        "A code of FHIR's appointment-cancellation-reason: `pat` (patient), `prov` (provider), `maint` (equipment), `meds-inc` (incomplete medication), or `other`. Optional.",
    },
    body: {
      name: 'Cancellation',
      description: 'A cancellation. Unknown members are rejected.',
      example: { appointment_id: EXAMPLE_ID, reason: 'pat' },
    },
    success: {
      200: {
        description:
          'The cancelled appointment. With `Idempotency-Replayed`, an earlier request cancelled it, and its time and reason are those of that request.',
        schema: 'Appointment',
        headers: ['Idempotency-Replayed'],
      },
    },
  }),
  operation({
    route: 'POST /api/patients/{patient_id}/appointments/{date}/reschedule',
    operationId: 'rescheduleAppointment',
    tag: 'Appointments',
    summary: 'Reschedule an appointment',
    description: `Replaces an appointment with a new one at another time, on the same date or another, or with another practitioner. The patient never has both and never has neither: a rejected request leaves the old appointment as it was. ${BODY_RULE}`,
    scopes: scopesAt(EVERYONE, 'Appointment.u', 'Appointment.write'),
    request: rescheduleAppointment.request,
    texts: {
      patient_id: PATIENT_ID,
      date: DATE,
      appointment_id: APPOINTMENT_ID,
      practitioner_id: `The practitioner of the new appointment. By default, the practitioner stays the same. ${PRACTITIONER_ID_RULE}`,
      start_time: START_TIME,
      end_time: END_TIME,
    },
    body: {
      name: 'Reschedule',
      description: 'A reschedule. Unknown members are rejected.',
      example: { appointment_id: EXAMPLE_ID, start_time: '2021-01-05 09:00:00' },
    },
    success: {
      200: {
        description:
          'The appointment as it is. It already has this start and practitioner, so nothing was written.',
        schema: 'Appointment',
        headers: [],
      },
      201: {
        description:
          'The new appointment, whose `rescheduled_from` names the old one. With `Idempotency-Replayed`, an earlier request rescheduled it to this start and practitioner.',
        schema: 'Appointment',
        headers: ['Location', 'Idempotency-Replayed'],
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
  operation({
    route: 'GET /api/practitioners/{practitioner_id}/appointments',
    operationId: 'getAgenda',
    tag: 'Practitioners',
    summary: "Get a practitioner's agenda",
    description:
      'Lists the booked appointments of the practitioner by start time. The `Link` header leads to the next page.',
    scopes: scopesAt(STAFF, 'Appointment.s', 'Appointment.read'),
    request: getAgenda.request,
    texts: {
      practitioner_id: PRACTITIONER_ID,
      from: FROM,
      to: TO,
      order: ORDER,
      after:
        'The start time and the id of the appointment that the page continues after. Take it from the `Link` header.',
      limit: limitTo(MAX_AGENDA_LIMIT),
    },
    success: {
      200: {
        description:
          'The booked appointments, by start time. The agenda reads an index, so a booking, cancellation, or reschedule can take a moment to show up.',
        schema: 'AgendaList',
        headers: ['Link'],
      },
    },
  }),
  operation({
    route: 'GET /api/practitioners/{practitioner_id}/slots',
    operationId: 'getSlots',
    tag: 'Practitioners',
    summary: "Get a practitioner's free slots",
    description:
      'Gets the half hours of a UTC date, and whether each is free or busy. If the deployment allows double booking, all are free. A free slot is not reserved: another caller can book it before you do.',
    scopes: scopesAt(EVERYONE, 'Slot.s', 'Slot.read'),
    request: getSlots.request,
    texts: {
      practitioner_id: PRACTITIONER_ID,
      date: {
        description: 'The UTC date that the slots start on, 1900-01-01 to 9999-12-31.',
        examples: ['2021-01-04'],
      },
    },
    success: {
      200: {
        description:
          'The slots, by start time. They reflect every booking, cancellation, and reschedule that succeeded before you sent the request.',
        schema: 'SlotList',
        headers: [],
      },
    },
  }),
];
