import { UTC_DATE } from '../../src/domain/slot.ts';
import {
  MAX_BODY_BYTES,
  MAX_FAULTS,
  PROBLEM_TYPES,
  type ProblemCode,
} from '../../src/handlers/http/problems.ts';

export const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

export const pascalCase = (name: string) =>
  name.toLowerCase().replace(/(?:^|[^a-z]+)([a-z]?)/g, (_, letter: string) => letter.toUpperCase());

export const problemName = (code: ProblemCode) => `${pascalCase(code)}Problem`;

export const BODY_LIMIT = `${MAX_BODY_BYTES.toLocaleString('en')} bytes`;

/** The note on a response that leaves the outcome of a command open. */
export const MAY_BE_DONE = 'A request to book, cancel, or reschedule may have been carried out.';

interface ProblemText {
  /** When the problem occurs: the end of a sentence that begins with "Returned if". */
  readonly when: string;
  /** What the caller should do, if `detail` does not say it all. */
  readonly remedy?: string;
  /** The members that only some problems have, as JSON Schemas. Only `conflict` is optional. */
  readonly members?: Readonly<Record<string, object>>;
}

const text = (description: string, more: object = {}) => ({
  type: 'string' as const,
  ...more,
  description,
});
const place = (name: string) => ({
  type: 'object',
  properties: { [name]: { type: 'string' }, detail: { type: 'string' } },
  required: [name, 'detail'],
});

/** The appointment that a request conflicts with. */
const conflict = (description: string) => ({
  ...ref('schemas', 'Appointment'),
  description: `${description} Omitted for callers who can neither get nor list appointments.`,
});

/** What the documentation says about each problem type, besides its status and title. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemText>> = {
  'invalid-request': {
    when: `a parameter, a header, or a member of the body is invalid, or the body is not a JSON object. \`errors\` says what is wrong in up to ${MAX_FAULTS} places, each given as a JSON Pointer (RFC 6901) into the body, or the name of a parameter or header.`,
    members: {
      errors: {
        minItems: 1,
        maxItems: MAX_FAULTS,
        type: 'array',
        items: { anyOf: ['pointer', 'parameter', 'header'].map(place) },
        description:
          'What is wrong, and where: a `pointer` into the body (RFC 6901, empty for the whole body), or the name of a `parameter` or `header`.',
      },
    },
  },
  unauthenticated: {
    when: 'the request has no identity, but the deployment requires one. API Gateway rejects most such requests itself, with its own response.',
    remedy:
      'Sign the request (`auth=iam`) or send a token (`auth=jwt`). If you already do, tell the operator that the route has lost its authorizer.',
  },
  forbidden: {
    when: "the token's scopes do not allow the operation, or do not allow it for this patient. The response is the same whether or not the patient or practitioner exists.",
    remedy:
      'Request a token with one of the scopes that openapi.json lists for the operation. A `patient/` scope covers only the patient in the `patient` claim, and the slots of every practitioner.',
  },
  'patient-not-found': {
    when: 'no patient has this patient_id. IDs are case-sensitive.',
    remedy: 'Check the patient_id, or add the patient with `PUT /api/patients/{patient_id}`.',
  },
  'practitioner-not-found': {
    when: 'no practitioner has this practitioner_id. IDs are case-sensitive. If the request also names an unknown patient, the problem is `urn:problem:patient-not-found`.',
    remedy:
      'Check the practitioner_id, or add the practitioner with `PUT /api/practitioners/{practitioner_id}`.',
  },
  'appointment-not-found': {
    when: 'the patient exists, but never had an appointment on that UTC date, or never had one with this appointment_id.',
    remedy:
      'Check the date and the appointment_id. The date is the UTC date that the appointment starts on. To see all appointments, list them with `status=all`.',
  },
  'patient-day-taken': {
    when: 'the patient already has an appointment on the UTC date of the booking, at any time of day, or has another one on the new date of the reschedule. `date` is that date, and `conflict` is that appointment.',
    remedy:
      'Choose another date. If an earlier booking got no response, compare `conflict` with what you asked for: it may be your own booking. An Idempotency-Key makes such retries safe. A rejected reschedule leaves the old appointment as it was.',
    members: {
      date: text('The UTC date that is taken.', { pattern: UTC_DATE.pattern.source }),
      conflict: conflict('The appointment on that date.'),
    },
  },
  'practitioner-unavailable': {
    when: "the time is outside the practitioner's hours or within their time off. This is checked before the date and the slot.",
    remedy:
      'Choose another time or practitioner. A rejected reschedule leaves the old appointment as it was.',
  },
  'practitioner-slot-taken': {
    when: 'the deployment rejects double booking (`practitionerDoubleBooking=reject`), the patient has no other appointment on that UTC date, and the practitioner already has one at that time. The response says nothing about the other patient.',
    remedy:
      'Choose another time or practitioner. A rejected reschedule leaves the old appointment as it was.',
  },
  'appointment-cancelled': {
    when: 'a reschedule names a cancelled appointment, or a booking repeats the Idempotency-Key of one, even if the date was booked again. A booking also gets this problem if its own appointment was cancelled before it got a response. `conflict` is the cancelled appointment.',
    members: { conflict: conflict('The cancelled appointment.') },
  },
  'appointment-rescheduled': {
    when: 'a request to cancel or reschedule names an appointment that was already rescheduled, or a booking repeats the Idempotency-Key of one. A booking also gets this problem if its own appointment was rescheduled before it got a response. `conflict` is the old appointment, and its `rescheduled_to` names the new one.',
    remedy:
      'To cancel or reschedule the new appointment, use the date and appointment_id in `rescheduled_to`. Do not retry a booking: it succeeded, and the appointment was rescheduled later.',
    members: { conflict: conflict('The rescheduled appointment.') },
  },
  'patient-erased': {
    when: 'the patient was erased. Their names are gone for good. Their appointments can still be listed and cancelled.',
    remedy:
      'Do not send the request again. Remove the person from the system that sent it. To register the person again, use another patient_id.',
  },
  'body-too-large': {
    when: `the body is larger than ${BODY_LIMIT}.`,
  },
  'unsupported-media-type': {
    when: 'the Content-Type is neither `application/json` nor `application/*+json`.',
  },
  'idempotency-key-reused': {
    when: 'the same Idempotency-Key was already used to book a different practitioner or start time for the patient on that UTC date.',
  },
  internal: {
    when: 'something unexpected failed inside the service.',
    remedy:
      'Try again, with the same Idempotency-Key if there was one. If the error persists, report the `request_id` to the operator, who can find the failure in the log.',
  },
  'store-unavailable': {
    when: `DynamoDB throttled, could not be reached, or was too slow, even after retries. ${MAY_BE_DONE}`,
    remedy:
      'Wait the number of seconds in `Retry-After`, then send the same request again, with the same Idempotency-Key if it had one. If a booking had no key, a 409 whose `conflict` is what you asked for means that the first request succeeded.',
  },
};

/** The JSON Schema of what all problems have. */
const PROBLEM = {
  type: 'object' as const,
  description: 'A problem details object (RFC 9457).',
  properties: {
    type: text('The problem type. It is stable.'),
    title: text('The problem type in a few words.'),
    status: { type: 'number' as const, description: 'The HTTP status.' },
    detail: text('What is wrong, and what to do.'),
    request_id: text("API Gateway's ID for the request. The operator finds it in the log."),
  },
  required: ['type', 'title', 'status', 'detail', 'request_id'],
};

/** The JSON Schemas of the problems, by name. */
export const PROBLEM_SCHEMAS = {
  Problem: PROBLEM,
  ...Object.fromEntries(
    (Object.keys(PROBLEM_TYPES) as ProblemCode[]).map((code) => [
      problemName(code),
      schemaOf(code),
    ]),
  ),
};

function schemaOf(code: ProblemCode) {
  const { status, title, detail } = PROBLEM_TYPES[code];
  const { when, remedy = detail, members = {} } = PROBLEMS[code];
  return {
    title,
    description: `Returned if ${when}\n\n${remedy}`,
    type: 'object' as const,
    allOf: [ref('schemas', 'Problem')],
    properties: { type: { const: `urn:problem:${code}` }, status: { const: status }, ...members },
    required: ['type', 'status', ...Object.keys(members).filter((name) => name !== 'conflict')],
  };
}
