import * as z from 'zod/mini';
import { parseId } from '../../domain/id.ts';
import { parseIdempotencyKey } from '../../domain/idempotency-key.ts';
import { MAX_LIMIT } from '../../domain/list-appointments.ts';
import { parseHalfHour, parseSlot, slotEnd } from '../../domain/slot.ts';
import { parseUtcDate } from '../../domain/utc-date.ts';
import { schemaBy } from '../../schema-by.ts';

const text = z.string({
  error: ({ input }) => (input === undefined ? 'is required' : 'must be a string'),
});

const path = z.object({ patient_id: schemaBy(text, parseId) });

const NOT_AN_ID = 'must be a string or a positive integer';

/** An id in a body: a positive integer stands for its decimal digits. */
const bodyId = schemaBy(
  z.union([z.string(), z.int(NOT_AN_ID).check(z.positive(NOT_AN_ID))], {
    error: ({ input }) => (input === undefined ? 'is required' : NOT_AN_ID),
  }),
  (value) => parseId(String(value)),
);

const booking = z
  .strictObject(
    {
      practitioner_id: bodyId,
      start_time: schemaBy(text, parseSlot),
      end_time: z.optional(schemaBy(text, parseHalfHour)),
    },
    { error: 'is not a member of a booking: remove it' },
  )
  .check(
    z.refine(
      ({ start_time, end_time }) => end_time === undefined || end_time === slotEnd(start_time),
      {
        path: ['end_time'],
        error: 'must be 30 minutes after start_time',
        // Also beside faults of other members, as long as both times could be read.
        when: ({ value }) => z.safeParse(readTimes, value).success,
      },
    ),
  );

const readTimes = z.object({ start_time: z.string(), end_time: z.string() });

const headers = z.object({
  'idempotency-key': z.optional(schemaBy(text, parseIdempotencyKey)),
});

/** POST /api/patients/{patient_id}/appointments */
export const createAppointmentRequest = z.object({ path, headers, body: booking });

const query = z
  .object({
    from: z.optional(schemaBy(text, parseUtcDate)),
    to: z.optional(schemaBy(text, parseUtcDate)),
    order: z.optional(z.enum(['asc', 'desc'], 'must be "asc" or "desc"')),
    limit: z.optional(
      schemaBy(text, (digits) =>
        /^[1-9]\d{0,3}$/.test(digits) && Number(digits) <= MAX_LIMIT
          ? { value: Number(digits) }
          : { fault: `must be an integer from 1 to ${MAX_LIMIT}` },
      ),
    ),
  })
  .check(
    z.refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
      path: ['from'],
      error: 'must not be after "to"',
      when: ({ value }) => z.safeParse(readDates, value).success,
    }),
  );

const readDates = z.object({ from: z.string(), to: z.string() });

/** GET /api/patients/{patient_id}/appointments */
export const listAppointmentsRequest = z.object({ path, query });
