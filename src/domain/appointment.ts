import type { Parsed } from './parsed.ts';
import type { Id, Practitioner } from './people.ts';
import type { Slot } from './slot.ts';

declare const idempotencyKey: unique symbol;

/** The caller's name for a request, which makes a retry safe: 1 to 255 printable ASCII characters. */
export type IdempotencyKey = string & { readonly [idempotencyKey]: true };

/** The printable ASCII characters, space to tilde. */
export const IDEMPOTENCY_KEY_PATTERN = /^[ -~]{1,255}$/;

/** Reads an idempotency key. */
export function parseIdempotencyKey(text: string): Parsed<IdempotencyKey> {
  return IDEMPOTENCY_KEY_PATTERN.test(text)
    ? { value: text as IdempotencyKey }
    : { fault: 'must be 1 to 255 printable ASCII characters' };
}

export interface Appointment {
  /** A UUID that is new for each request. It tells a request's own write from another's. */
  readonly appointmentId: string;
  readonly patientId: Id;
  /** The practitioner as they were when the appointment was booked. */
  readonly practitioner: Practitioner;
  readonly slot: Slot;
  /** When the appointment was booked: UTC, RFC 3339 with milliseconds. */
  readonly createdAt: string;
  /** API Gateway's id of the request that booked it. The access log has the caller under this id. */
  readonly requestId: string;
  readonly idempotencyKey: IdempotencyKey | null;
}
