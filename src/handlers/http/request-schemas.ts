import * as z from 'zod/mini';
import {
  AGENDA_POSITION_PATTERN,
  MAX_AGENDA_LIMIT,
  parseAgendaPosition,
} from '../../domain/agenda.ts';
import {
  CANCELLATION_REASONS,
  IDEMPOTENCY_KEY_PATTERN,
  parseAppointmentId,
  parseIdempotencyKey,
  UUID_PATTERN,
} from '../../domain/appointment.ts';
import { MAX_LIMIT } from '../../domain/list.ts';
import type { Parsed } from '../../domain/parsed.ts';
import { ID_PATTERN, parseId } from '../../domain/people.ts';
import {
  HALF_HOUR_INPUT_PATTERN,
  type HalfHour,
  parseHalfHour,
  parseSlot,
  parseUtcDate,
  type Slot,
  slotEnd,
  UTC_DATE_PATTERN,
  type UtcDate,
} from '../../domain/slot.ts';
import { schemaBy } from '../../schema-by.ts';

/** Text that matches a pattern. For any other text, the fault is the one that the parser reports. */
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
 * Text that a parser of the domain reads. The pattern is the part of the rule that the API description
 * can express. It is checked first, so that nothing is accepted that the description forbids.
 */
function textBy<T>(pattern: RegExp, parse: (text: string) => Parsed<T>) {
  return schemaBy(text(pattern, parse), parse);
}

const path = z.object({ patient_id: textBy(ID_PATTERN, parseId) });
const datePath = z.extend(path, { date: textBy(UTC_DATE_PATTERN, parseUtcDate) });

const NOT_AN_ID = `must be a string or an integer from 1 to ${Number.MAX_SAFE_INTEGER}`;

/** An id in a body. A positive integer stands for its decimal digits. */
const bodyId = schemaBy(
  z.union([text(ID_PATTERN, parseId), z.int(NOT_AN_ID).check(z.minimum(1, NOT_AN_ID))], {
    error: ({ input }) => (input === undefined ? 'is required' : NOT_AN_ID),
  }),
  (value) => parseId(String(value)),
);

const appointmentId = textBy(UUID_PATTERN, parseAppointmentId);

const times = {
  start_time: textBy(HALF_HOUR_INPUT_PATTERN, parseSlot),
  end_time: z.optional(textBy(HALF_HOUR_INPUT_PATTERN, parseHalfHour)),
};

const lastsHalfAnHour = z.refine<{ start_time: Slot; end_time?: HalfHour | undefined }>(
  ({ start_time, end_time }) => end_time === undefined || end_time === slotEnd(start_time),
  {
    path: ['end_time'],
    error: 'must be 30 minutes after start_time',
    // Also reported next to faults of other members, as long as both times can be read.
    when: ({ value }) => z.safeParse(readTimes, value).success,
  },
);

/** A body without other members. */
function body<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.strictObject(shape, { error: 'is not a member of this request. Remove it' });
}

const readTime = z.string().check(z.regex(HALF_HOUR_INPUT_PATTERN));
const readTimes = z.object({ start_time: readTime, end_time: readTime });

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

/** The size of a page, in decimal digits. */
function limitTo(most: number) {
  const fault = `must be an integer from 1 to ${most}`;
  return z.pipe(
    z.transform((digits) => (/^[1-9][0-9]{0,8}$/.test(String(digits)) ? Number(digits) : digits)),
    z.int(fault).check(z.minimum(1, fault), z.maximum(most, fault)),
  );
}

const range = {
  from: z.optional(textBy(UTC_DATE_PATTERN, parseUtcDate)),
  to: z.optional(textBy(UTC_DATE_PATTERN, parseUtcDate)),
  order: z.optional(z.enum(['asc', 'desc'], 'must be "asc" or "desc"')),
};

const isInOrder = z.refine<{ from?: UtcDate | undefined; to?: UtcDate | undefined }>(
  ({ from, to }) => from === undefined || to === undefined || from <= to,
  {
    path: ['from'],
    error: 'must not be after "to"',
    when: ({ value }) => z.safeParse(readDates, value).success,
  },
);

const readDate = z.string().check(z.regex(UTC_DATE_PATTERN));
const readDates = z.object({ from: readDate, to: readDate });

const listQuery = z
  .object({
    ...range,
    status: z.optional(z.enum(['booked', 'all'], 'must be "booked" or "all"')),
    after: z.optional(appointmentId),
    limit: z.optional(limitTo(MAX_LIMIT)),
  })
  .check(isInOrder);

const agendaQuery = z
  .object({
    ...range,
    after: z.optional(textBy(AGENDA_POSITION_PATTERN, parseAgendaPosition)),
    limit: z.optional(limitTo(MAX_AGENDA_LIMIT)),
  })
  .check(isInOrder);

/** GET /api/patients/{patient_id}/appointments */
export const listRequest = z.object({ path, query: listQuery });

/** GET /api/patients/{patient_id}/appointments/{date} */
export const getRequest = z.object({ path: datePath });

const practitionerPath = z.object({ practitioner_id: textBy(ID_PATTERN, parseId) });

/** GET /api/practitioners/{practitioner_id}/appointments */
export const agendaRequest = z.object({ path: practitionerPath, query: agendaQuery });

/** GET /api/practitioners/{practitioner_id}/slots */
export const slotsRequest = z.object({
  path: practitionerPath,
  query: z.object({ date: textBy(UTC_DATE_PATTERN, parseUtcDate) }),
});
