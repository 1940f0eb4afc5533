import { UTC_DATE } from '../../src/domain/slot.ts';
import {
  MAX_BODY_BYTES,
  MAX_FAULTS,
  PROBLEM_TYPES,
  type ProblemCode,
} from '../../src/handlers/http/problems.ts';
import type { HeaderName } from './headers.ts';
import { type Json, pascalCase, ref } from './schemas.ts';

export const BODY_LIMIT = `${MAX_BODY_BYTES.toLocaleString('en')} bytes`;

/** What a response without an outcome leaves open. */
export const MAY_BE_DONE = 'A request to book, cancel, or reschedule may have been carried out.';

interface ProblemText {
  /** When the problem occurs: the end of a sentence that begins with "Returned if". */
  readonly when: string;
  /** What the caller should do. */
  readonly remedy: string;
  /** The headers that only some responses have. */
  readonly headers?: readonly HeaderName[];
  /** The members that only some problems have, as JSON Schemas. Only `conflict` is optional. */
  readonly members?: Json;
}

const text = (description: string, more: Json = {}) => ({ type: 'string', ...more, description });
const place = (name: string) => ({
  type: 'object',
  properties: { [name]: { type: 'string' }, detail: { type: 'string' } },
  required: [name, 'detail'],
});

/** The appointment that a request conflicts with. */
const conflict = (description: string) => ({
  ...ref('schemas', 'Appointment'),
  description: `${description} Omitted for callers who may neither get nor list appointments.`,
});

/** What the documents say about each problem type, besides its status and title. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemText>> = {
  'invalid-request': {
    when: `a parameter, a header, or a member of the body is invalid, or the body is not a JSON object. \`errors\` lists up to ${MAX_FAULTS} faults, each with its place: a JSON Pointer (RFC 6901) into the body, or the name of a parameter or header.`,
    remedy: 'Correct every fault that `errors` lists. Nothing was changed.',
    members: {
      errors: {
        minItems: 1,
        maxItems: MAX_FAULTS,
        type: 'array',
        items: { anyOf: ['pointer', 'parameter', 'header'].map(place) },
        description:
          'The faults, each with its place: a `pointer` into the body (RFC 6901, empty for the whole body), or the name of a `parameter` or `header`.',
      },
    },
  },
  unauthenticated: {
    when: 'the request has no identity, but the deployment requires one. API Gateway rejects most such requests itself, with its own response.',
    remedy:
      'Sign the request (`auth=iam`) or send a token (`auth=jwt`). If you did, tell the operator: the route has lost its authorizer.',
    headers: ['WWW-Authenticate'],
  },
  forbidden: {
    when: "the token's scopes do not allow the operation, or do not allow it for this patient. The response is the same whether or not the patient or practitioner exists.",
    remedy:
      'Request a token with a scope that allows it. On `Appointment` or `*`: `write` or `c` to book, `write` or `u` to cancel or reschedule, `read` or `s` to list or to see an agenda, and `read` or `r` to get. On `Slot` or `*`: `read` or `s` to see slots. A `patient/` scope covers only the patient in the `patient` claim and the slots of every practitioner, but no agenda.',
  },
  'patient-not-found': {
    when: 'no patient has this patient_id. Ids are case-sensitive.',
    remedy:
      'Check the patient_id. Patients are added by the operator of the service, not through this API.',
  },
  'practitioner-not-found': {
    when: 'no practitioner has this practitioner_id. Ids are case-sensitive. If the request also names an unknown patient, the problem is `urn:problem:patient-not-found`.',
    remedy:
      'Check the practitioner_id. Practitioners are added by the operator of the service, not through this API.',
  },
  'appointment-not-found': {
    when: 'the patient exists, but never had an appointment on that UTC date, or never had one with this appointment_id on it.',
    remedy:
      'Check the date and the appointment_id. The date is the UTC date that the appointment starts on. List the appointments with `status=all` to see all of them.',
  },
  'patient-day-taken': {
    when: 'the patient already has an appointment, at any time of day, on the UTC date of the booking, or another one on the new date of the reschedule. `date` is the date, and `conflict` is the appointment. Callers who may neither get nor list appointments do not get `conflict`.',
    remedy:
      'Choose another date. If an earlier booking got no response, compare `conflict` with what you asked for: it may be your own booking. An Idempotency-Key makes such retries safe. A rejected reschedule leaves the old appointment as it was.',
    members: {
      date: text('The UTC date that is taken.', { pattern: UTC_DATE.pattern.source }),
      conflict: conflict('The appointment on that date.'),
    },
  },
  'practitioner-slot-taken': {
    when: 'the deployment rejects double booking (`practitionerDoubleBooking=reject`), the patient has no other appointment on that UTC date, and the practitioner already has one at that time. The response says nothing about the other patient.',
    remedy:
      'Choose another time or practitioner. A rejected reschedule leaves the old appointment as it was.',
  },
  'appointment-cancelled': {
    when: 'a reschedule names an appointment that was cancelled, or a booking repeats the Idempotency-Key of one, even if the date was booked again since. A booking also gets it if its own appointment was cancelled before it got a response. `conflict` is the cancelled appointment. Callers who may neither get nor list appointments do not get `conflict`.',
    remedy:
      'If the patient needs an appointment again, send a new booking with a new Idempotency-Key.',
    members: { conflict: conflict('The cancelled appointment.') },
  },
  'appointment-rescheduled': {
    when: 'a request to cancel or reschedule names an appointment that was already rescheduled, or a booking repeats the Idempotency-Key of one. A booking also gets it if its own appointment was rescheduled before it got a response. `conflict` is the old appointment, and its `rescheduled_to` names the one that replaced it. Callers who may neither get nor list appointments do not get `conflict`.',
    remedy:
      'To cancel or reschedule the appointment that replaced it, use the date and appointment_id in `rescheduled_to`. A booking needs no further retry: it succeeded, and the appointment has been rescheduled since.',
    members: { conflict: conflict('The rescheduled appointment.') },
  },
  'body-too-large': {
    when: `the body is larger than ${BODY_LIMIT}.`,
    remedy: 'Send only the members that the operation defines. They need less than 1 KiB.',
  },
  'unsupported-media-type': {
    when: 'the Content-Type is neither `application/json` nor `application/*+json`.',
    remedy: 'Send the body as JSON, with `Content-Type: application/json`.',
  },
  'idempotency-key-reused': {
    when: 'the same Idempotency-Key was already used to book a different practitioner or start time for the patient on that UTC date.',
    remedy: 'Use a new key for each booking. Use an old key only to repeat the same request.',
  },
  internal: {
    when: 'something unexpected failed inside the service.',
    remedy:
      'Try again, with the same Idempotency-Key if there was one. If the error persists, report the `request_id` to the operator, who can find the failure in the log.',
  },
  'store-unavailable': {
    when: `DynamoDB throttled, could not be reached, or was too slow, even after retries. ${MAY_BE_DONE}`,
    remedy:
      'Wait the number of seconds in `Retry-After`, then send the same request again: a booking with the same Idempotency-Key, any other request as it is. If the booking had no key, a 409 whose `conflict` is what you asked for means that the first request was stored.',
    headers: ['Retry-After'],
  },
};

export const problemName = (code: ProblemCode) => `${pascalCase(code)}Problem`;

/** The JSON Schema of a problem. */
export function problemSchema(code: ProblemCode): Json {
  const { status, title } = PROBLEM_TYPES[code];
  const { when, remedy, members } = PROBLEMS[code];
  const properties = {
    type: text('The problem type. It is stable.', { const: `urn:problem:${code}` }),
    title: text('The problem type in a few words.'),
    status: { type: 'number', const: status, description: 'The HTTP status.' },
    detail: text('What is wrong, and what to do.'),
    request_id: text("API Gateway's id of the request. The operator finds it in the log."),
    ...members,
  };
  return {
    type: 'object',
    required: Object.keys(properties).filter((name) => name !== 'conflict'),
    title,
    description: `Returned if ${when}\n\n${remedy}`,
    properties,
  };
}
