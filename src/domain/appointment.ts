import type { Parsed } from './parsed.ts';
import type { Id, Practitioner } from './people.ts';
import type { Slot } from './slot.ts';

declare const idempotencyKey: unique symbol;

/** What a caller names a booking by, to ask for it again safely: 1 to 255 printable ASCII characters. */
export type IdempotencyKey = string & { readonly [idempotencyKey]: true };

/** The printable characters of ASCII, space to tilde. */
export const IDEMPOTENCY_KEY_PATTERN = /^[ -~]{1,255}$/;

/** Reads an idempotency key from text. */
export function parseIdempotencyKey(text: string): Parsed<IdempotencyKey> {
  return IDEMPOTENCY_KEY_PATTERN.test(text)
    ? { value: text as IdempotencyKey }
    : { fault: 'must be 1 to 255 printable ASCII characters' };
}

export interface Appointment {
  /** A UUID, made once a request: it tells a request's own write from another's. */
  readonly appointmentId: string;
  readonly patientId: Id;
  /** The practitioner as they were when the appointment was booked. */
  readonly practitioner: Practitioner;
  readonly slot: Slot;
  /** When it was booked: UTC, RFC 3339 with milliseconds. */
  readonly createdAt: string;
  /** The gateway's id of the request that booked it: it leads to the line of the access log that says who called. */
  readonly requestId: string;
  /** The key that the booking was asked for with, where there was one. */
  readonly idempotencyKey: IdempotencyKey | null;
}
