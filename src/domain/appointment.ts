import type { Id } from './id.ts';
import type { IdempotencyKey } from './idempotency-key.ts';
import type { Practitioner } from './people.ts';
import type { Slot } from './slot.ts';

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
