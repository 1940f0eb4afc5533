import type { ProblemCode } from '../../src/handlers/http/problems.ts';
import { MAX_BODY_BYTES } from '../../src/handlers/http/problems.ts';

interface ProblemText {
  /** When the problem is answered: the end of a sentence that begins with "Answered when". */
  readonly when: string;
  /** What the caller should do. */
  readonly remedy: string;
}

/** What the documents say of each problem, beside the status and title that the functions answer. */
export const PROBLEM_TEXTS: Readonly<Record<ProblemCode, ProblemText>> = {
  'invalid-request': {
    when: 'the patient_id of the path or a parameter breaks a rule; of a booking also where the body is not a JSON object, or a member of it or the Idempotency-Key breaks one. All faults come at once in `errors`, each with its place: a JSON Pointer (RFC 6901) into the body, or the name of a parameter or header.',
    remedy:
      'Correct what `errors` names. The same request will be refused again. Nothing was stored.',
  },
  unauthenticated: {
    when: 'the request reached the function without an identity, in a deployment that asks for one. API Gateway refuses most such requests itself, with an answer of its own.',
    remedy:
      'Sign the request (`auth=iam`) or send a token (`auth=jwt`). If it was signed, tell the operator: the route has lost its authorizer.',
  },
  forbidden: {
    when: 'the token does not let its bearer do this for this patient. The answer is the same for patients who exist and who do not.',
    remedy:
      'Ask the authorization server for a token with a scope that grants it: `write` or `c` to book, `read` or `s` to list, on `Appointment` or `*`; with a `patient/` scope, for the patient in the `patient` claim.',
  },
  'patient-not-found': {
    when: 'there is no patient with this patient_id. Ids are case sensitive.',
    remedy:
      'Check the patient_id. Patients are added by the operator of the service, not by this API.',
  },
  'practitioner-not-found': {
    when: 'the patient exists and there is no practitioner with this practitioner_id. Ids are case sensitive.',
    remedy:
      'Check the practitioner_id. Practitioners are added by the operator of the service, not by this API.',
  },
  'patient-day-taken': {
    when: 'the patient has an appointment on that UTC calendar date, at whatever time. `date` names the date and `conflict` shows the appointment; a caller who may book but not list gets no `conflict`.',
    remedy:
      'Choose another date. If an earlier request got no answer, compare `conflict` with what it asked for: it may be your own booking. An Idempotency-Key makes such retries safe.',
  },
  'practitioner-slot-taken': {
    when: 'the deployment rejects double booking (`practitionerDoubleBooking=reject`), the patient is free on that UTC date, and the practitioner has an appointment at that time. Nothing is said of the other patient.',
    remedy: 'Choose another time, or another practitioner.',
  },
  'body-too-large': {
    when: `the body has more than ${MAX_BODY_BYTES.toLocaleString('en')} bytes.`,
    remedy: 'Send the members of a booking only; they need less than 1 KiB.',
  },
  'unsupported-media-type': {
    when: 'the Content-Type is not `application/json` or `application/*+json`.',
    remedy: 'Send the body as JSON, with `Content-Type: application/json`.',
  },
  'idempotency-key-reused': {
    when: 'the patient has an appointment on that UTC date which was booked with the same Idempotency-Key for another practitioner or start.',
    remedy: 'Make a new key for each booking; use an old one only to repeat the same request.',
  },
  internal: {
    when: 'something failed inside the service that it did not expect.',
    remedy:
      'Try again, with the same Idempotency-Key if there was one. If it happens again, report the `request_id` to the operator, who finds the failure in the log by it.',
  },
  'store-unavailable': {
    when: 'DynamoDB throttled, could not be reached or was too slow, after retries. Whether a booking was stored, if it was one, is not known.',
    remedy:
      'Wait as many seconds as `Retry-After` says and send the same request again, with the same Idempotency-Key if it had one. Without a key, a 409 whose `conflict` is what you asked for means that the first request was stored.',
  },
};
