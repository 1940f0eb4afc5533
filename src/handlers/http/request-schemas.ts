import * as z from 'zod/mini';
import { IDEMPOTENCY_KEY_PATTERN, parseIdempotencyKey } from '../../domain/appointment.ts';
import { MAX_LIMIT } from '../../domain/list.ts';
import type { Parsed } from '../../domain/parsed.ts';
import { ID_PATTERN, parseId } from '../../domain/people.ts';
import { parseHalfHour, parseSlot, parseUtcDate, slotEnd } from '../../domain/slot.ts';
import { schemaBy } from '../../schema-by.ts';

/** Text in the form of a pattern; what is said where it has another is the fault that the parser finds. */
function text(pattern: RegExp, parse: (text: string) => Parsed<unknown>) {
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be a string') })
    .check(
      z.regex(pattern, {
        error: ({ input }) => {
          const parsed = parse(String(input));
          return 'fault' in parsed ? parsed.fault : `must match ${pattern.source}`;
        },
      }),
    );
}

/**
 * Text that a parser of the domain reads. Its pattern is what the API description can say of it, and is
 * checked first, so that nothing is taken which the description forbids.
 */
function textBy<T>(pattern: RegExp, parse: (text: string) => Parsed<T>) {
  return schemaBy(text(pattern, parse), parse);
}

const DATE = '(?:19|[2-9][0-9])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])';
const HALF_HOUR = '(?:[01][0-9]|2[0-3]):[03]0:00';
const DATE_PATTERN = new RegExp(`^${DATE}$`);
const HALF_HOUR_PATTERN = new RegExp(
  `^${DATE}(?: ${HALF_HOUR}|T${HALF_HOUR}(?:\\.0+)?(?:Z|\\+00:00))$`,
);

const path = z.object({ patient_id: textBy(ID_PATTERN, parseId) });

const NOT_AN_ID = 'must be a string or a positive integer';

/** An id in a body: a positive integer stands for its decimal digits. */
const bodyId = schemaBy(
  z.union([text(ID_PATTERN, parseId), z.int(NOT_AN_ID).check(z.minimum(1, NOT_AN_ID))], {
    error: ({ input }) => (input === undefined ? 'is required' : NOT_AN_ID),
  }),
  (value) => parseId(String(value)),
);

const booking = z
  .strictObject(
    {
      practitioner_id: bodyId,
      start_time: textBy(HALF_HOUR_PATTERN, parseSlot),
      end_time: z.optional(textBy(HALF_HOUR_PATTERN, parseHalfHour)),
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

const readTime = z.string().check(z.regex(HALF_HOUR_PATTERN));
const readTimes = z.object({ start_time: readTime, end_time: readTime });

const headers = z.object({
  'idempotency-key': z.optional(textBy(IDEMPOTENCY_KEY_PATTERN, parseIdempotencyKey)),
});

/** POST /api/patients/{patient_id}/appointments */
export const createAppointmentRequest = z.object({ path, headers, body: booking });

const NOT_A_LIMIT = `must be an integer from 1 to ${MAX_LIMIT}`;

/** A number that comes as its decimal digits. */
const limit = z.pipe(
  z.transform((digits) => (/^[1-9][0-9]*$/.test(String(digits)) ? Number(digits) : digits)),
  z.int(NOT_A_LIMIT).check(z.minimum(1, NOT_A_LIMIT), z.maximum(MAX_LIMIT, NOT_A_LIMIT)),
);

const query = z
  .object({
    from: z.optional(textBy(DATE_PATTERN, parseUtcDate)),
    to: z.optional(textBy(DATE_PATTERN, parseUtcDate)),
    order: z.optional(z.enum(['asc', 'desc'], 'must be "asc" or "desc"')),
    limit: z.optional(limit),
  })
  .check(
    z.refine(({ from, to }) => from === undefined || to === undefined || from <= to, {
      path: ['from'],
      error: 'must not be after "to"',
      when: ({ value }) => z.safeParse(readDates, value).success,
    }),
  );

const readDate = z.string().check(z.regex(DATE_PATTERN));
const readDates = z.object({ from: readDate, to: readDate });

/** GET /api/patients/{patient_id}/appointments */
export const listAppointmentsRequest = z.object({ path, query });
