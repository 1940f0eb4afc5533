import * as z from 'zod/mini';
import type { TextFormat } from '../../domain/parsed.ts';
import type { Repositories } from '../../domain/ports.ts';
import {
  DAYS_OF_WEEK,
  MAX_RANGES_PER_DAY,
  MAX_TIME_OFF,
  overlapping,
  type Range,
  TIME_OF_DAY,
  type TimeOfDay,
} from '../../domain/schedule.ts';
import { HALF_HOUR } from '../../domain/slot.ts';
import { putSchedule as put } from '../../domain/use-cases/put-schedule.ts';
import { body } from '../http/body-schemas.ts';
import { type Call, operation } from '../http/operation.ts';
import { respondPractitioner } from '../http/people-responses.ts';
import { ifReadable, noQuery, practitionerPath, text, textBy } from '../http/schemas.ts';

/** A list of at most `most` half-open ranges, with a rule for all of them together. */
function ranges<T extends string>(
  format: TextFormat<T>,
  most: number,
  rule = z.check<Range<T>[]>(() => undefined),
) {
  const range = body({ from: textBy(format), to: textBy(format) }).check(
    z.refine<Range<T>>(({ from, to }) => from < to, {
      path: ['to'],
      error: 'must be after "from"',
      when: ifReadable(format, 'from', 'to'),
    }),
  );
  return z
    .array(range, {
      error: ({ input }) => (input === undefined ? 'is required' : 'must be a list'),
    })
    .check(
      // If the length came first, zod would not report what is wrong within a list that is too long.
      rule,
      z.maxLength(most, `must have at most ${most} ranges`),
    );
}

const readable = z.object({ from: text(TIME_OF_DAY), to: text(TIME_OF_DAY) });
const NO_RANGE = { from: '', to: '' };

const day = ranges(
  TIME_OF_DAY,
  MAX_RANGES_PER_DAY,
  z.check<Range<TimeOfDay>[]>(
    ({ value, issues }) => {
      const read = value.map((range) => z.safeParse(readable, range).data ?? NO_RANGE);
      for (const index of overlapping(read)) {
        const message = 'must not overlap another range of the day';
        issues.push({ code: 'custom', path: [index], message, input: value, continue: true });
      }
    },
    // Also if another range is invalid.
    { when: ({ value }) => Array.isArray(value) },
  ),
);

const hours = z.nullable(
  z.strictObject(
    Object.fromEntries(DAYS_OF_WEEK.map((name) => [name, z.exactOptional(day)])) as Record<
      (typeof DAYS_OF_WEEK)[number],
      z.ZodMiniExactOptional<typeof day>
    >,
    {
      error: ({ code, input }) => {
        if (code === 'unrecognized_keys') {
          return `is not a day of the week. Use ${DAYS_OF_WEEK.join(', ')}`;
        }
        return input === undefined ? 'is required' : 'must be an object or null';
      },
    },
  ),
);

const request = z.object({
  path: practitionerPath,
  query: noQuery,
  body: body({ hours, time_off: ranges(HALF_HOUR, MAX_TIME_OFF) }),
});

export const putSchedule = operation(
  'putSchedule',
  request,
  async ({ path, body }, { repositories, origin }: Call<Repositories>) => {
    const outcome = await put(
      repositories,
      {
        practitionerId: path.practitioner_id,
        schedule: { hours: body.hours, timeOff: body.time_off },
      },
      origin,
    );
    return outcome.kind === 'practitioner-not-found'
      ? { code: outcome.kind }
      : respondPractitioner(outcome.kind, outcome.practitioner);
  },
);
