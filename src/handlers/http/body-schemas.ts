import * as z from 'zod/mini';
import { ID, NAME } from '../../domain/people.ts';
import { HALF_HOUR, type HalfHour, SLOT, type Slot, slotEnd } from '../../domain/slot.ts';
import { ifReadable, schemaBy, text, textBy } from './schemas.ts';

/** A body, or an object in one, without other members. */
export function body<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys'
        ? 'is not a member of this request. Remove it'
        : 'must be an object',
  });
}

const NOT_AN_ID = `must be a string or an integer from 1 to ${Number.MAX_SAFE_INTEGER}`;

/** An id in a body. A positive integer stands for its decimal digits. */
export const bodyId = schemaBy(
  z.union([text(ID), z.int(NOT_AN_ID).check(z.minimum(1, NOT_AN_ID))], {
    error: ({ input }) => (input === undefined ? 'is required' : NOT_AN_ID),
  }),
  (value) => ID.parse(String(value)),
);

/** The names of a person. */
export const names = { first_name: textBy(NAME), last_name: textBy(NAME) };

/** The start of an appointment and, optionally, its end. */
export const times = { start_time: textBy(SLOT), end_time: z.optional(textBy(HALF_HOUR)) };

export const lastsHalfAnHour = z.refine<{ start_time: Slot; end_time?: HalfHour | undefined }>(
  ({ start_time, end_time }) => end_time === undefined || end_time === slotEnd(start_time),
  {
    path: ['end_time'],
    error: 'must be 30 minutes after start_time',
    when: ifReadable(HALF_HOUR, 'start_time', 'end_time'),
  },
);
