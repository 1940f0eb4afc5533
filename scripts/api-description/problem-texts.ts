import { MAX_BODY_BYTES, MAX_FAULTS, type ProblemCode } from '../../src/handlers/http/problems.ts';

interface ProblemText {
  /** When the problem occurs: the end of a sentence that begins with "Returned if". */
  readonly when: string;
  /** What the caller should do. */
  readonly remedy: string;
}

/** What the documents say about each problem type, besides its status and title. */
export const PROBLEM_TEXTS: Readonly<Record<ProblemCode, ProblemText>> = {
  'invalid-request': {
    when: `a parameter, a header, or a member of the body is invalid, or the body is not a JSON object. \`errors\` lists up to ${MAX_FAULTS} faults, each with its place: a JSON Pointer (RFC 6901) into the body, or the name of a parameter or header.`,
    remedy: 'Correct every fault that `errors` lists. Nothing was stored.',
  },
  unauthenticated: {
    when: 'the request has no identity, but the deployment requires one. API Gateway rejects most such requests itself, with its own response.',
    remedy:
      'Sign the request (`auth=iam`) or send a token (`auth=jwt`). If you did, tell the operator: the route has lost its authorizer.',
  },
  forbidden: {
    when: "the token's scopes do not allow the operation for this patient. The response is the same for patients that exist and patients that do not.",
    remedy:
      'Request a token with a scope that allows it: `write` or `c` to book, `read` or `s` to list, on `Appointment` or `*`. A `patient/` scope covers only the patient in the `patient` claim.',
  },
  'patient-not-found': {
    when: 'no patient has this patient_id. Ids are case-sensitive.',
    remedy:
      'Check the patient_id. Patients are added by the operator of the service, not through this API.',
  },
  'practitioner-not-found': {
    when: 'the patient exists, but no practitioner has this practitioner_id. Ids are case-sensitive.',
    remedy:
      'Check the practitioner_id. Practitioners are added by the operator of the service, not through this API.',
  },
  'patient-day-taken': {
    when: 'the patient already has an appointment on that UTC date, at any time. `date` is the date, and `conflict` is the appointment. Callers who may book but not list do not get `conflict`.',
    remedy:
      'Choose another date. If an earlier request got no response, compare `conflict` with what you asked for: it may be your own booking. An Idempotency-Key makes such retries safe.',
  },
  'practitioner-slot-taken': {
    when: 'the deployment rejects double booking (`practitionerDoubleBooking=reject`), the patient is free on that UTC date, and the practitioner already has an appointment at that time. The response says nothing about the other patient.',
    remedy: 'Choose another time or practitioner.',
  },
  'body-too-large': {
    when: `the body is larger than ${MAX_BODY_BYTES.toLocaleString('en')} bytes.`,
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
    when: 'DynamoDB throttled, could not be reached, or was too slow, even after retries. A booking may have been stored.',
    remedy:
      'Wait the number of seconds in `Retry-After`, then send the same request again, with the same Idempotency-Key if it had one. Without a key, a 409 whose `conflict` is what you asked for means that the first request was stored.',
  },
};
