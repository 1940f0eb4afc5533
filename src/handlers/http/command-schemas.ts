import * as z from 'zod/mini';
import {
  CANCELLATION_REASONS,
  IDEMPOTENCY_KEY_PATTERN,
  parseIdempotencyKey,
} from '../../domain/appointment.ts';
import { ID_PATTERN, parseId } from '../../domain/people.ts';
import {
  HALF_HOUR_INPUT_PATTERN,
  type HalfHour,
  parseHalfHour,
  parseSlot,
  type Slot,
  slotEnd,
} from '../../domain/slot.ts';
import {
  appointmentId,
  datePath,
  ifReadable,
  path,
  schemaBy,
  text,
  textBy,
} from './request-schemas.ts';

const NOT_AN_ID = `must be a string or an integer from 1 to ${Number.MAX_SAFE_INTEGER}`;

/** An id in a body. A positive integer stands for its decimal digits. */
const bodyId = schemaBy(
  z.union([text(ID_PATTERN, parseId), z.int(NOT_AN_ID).check(z.minimum(1, NOT_AN_ID))], {
    error: ({ input }) => (input === undefined ? 'is required' : NOT_AN_ID),
  }),
  (value) => parseId(String(value)),
);

const times = {
  start_time: textBy(HALF_HOUR_INPUT_PATTERN, parseSlot),
  end_time: z.optional(textBy(HALF_HOUR_INPUT_PATTERN, parseHalfHour)),
};

const lastsHalfAnHour = z.refine<{ start_time: Slot; end_time?: HalfHour | undefined }>(
  ({ start_time, end_time }) => end_time === undefined || end_time === slotEnd(start_time),
  {
    path: ['end_time'],
    error: 'must be 30 minutes after start_time',
    when: ifReadable(HALF_HOUR_INPUT_PATTERN, 'start_time', 'end_time'),
  },
);

/** A body without other members. */
function body<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.strictObject(shape, { error: 'is not a member of this request. Remove it' });
}

const headers = z.object({
  'idempotency-key': z.optional(textBy(IDEMPOTENCY_KEY_PATTERN, parseIdempotencyKey)),
});

/** POST /api/patients/{patient_id}/appointments */
export const bookRequest = z.object({
  path,
  headers,
  body: body({ practitioner_id: bodyId, ...times }).check(lastsHalfAnHour),
});

const NOT_A_REASON = `must be one of ${CANCELLATION_REASONS.map((code) => `"${code}"`).join(', ')}`;

/** POST /api/patients/{patient_id}/appointments/{date}/cancel */
export const cancelRequest = z.object({
  path: datePath,
  body: body({
    appointment_id: appointmentId,
    reason: z.optional(z.enum(CANCELLATION_REASONS, NOT_A_REASON)),
  }),
});

/** POST /api/patients/{patient_id}/appointments/{date}/reschedule */
export const rescheduleRequest = z.object({
  path: datePath,
  body: body({
    appointment_id: appointmentId,
    practitioner_id: z.optional(bodyId),
    ...times,
  }).check(lastsHalfAnHour),
});
