import * as z from 'zod/mini';
import { parseAppointmentId, UUID_PATTERN } from '../../domain/appointment.ts';
import type { Parsed } from '../../domain/parsed.ts';
import { ID_PATTERN, parseId } from '../../domain/people.ts';
import { parseUtcDate, UTC_DATE_PATTERN } from '../../domain/slot.ts';

/** A schema that accepts what `input` accepts and outputs what the domain's `parse` makes of it, or its fault. */
export function schemaBy<Input extends z.core.$ZodType, T>(
  input: Input,
  parse: (value: z.output<Input>) => Parsed<T>,
) {
  return z.pipe(
    input,
    z.transform((value: z.output<Input>, context): T => {
      const parsed = parse(value);
      if ('value' in parsed) return parsed.value;
      context.issues.push({ code: 'custom', message: parsed.fault, input: value });
      return z.NEVER;
    }),
  );
}

/** Text that matches a pattern. For any other text, the fault is the one that the parser reports. */
export function text(pattern: RegExp, parse: (text: string) => Parsed<unknown>) {
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
export function textBy<T>(pattern: RegExp, parse: (text: string) => Parsed<T>) {
  return schemaBy(text(pattern, parse), parse);
}

/** The condition of a rule on two members: both match the pattern. Faults of other members do not matter. */
export function ifReadable(pattern: RegExp, ...members: [string, string]) {
  const member = z.string().check(z.regex(pattern));
  const both = z.object(Object.fromEntries(members.map((name) => [name, member])));
  return ({ issues, value }: z.core.ParsePayload) =>
    issues.length === 0 || z.safeParse(both, value).success;
}

export const path = z.object({ patient_id: textBy(ID_PATTERN, parseId) });
export const datePath = z.extend(path, { date: textBy(UTC_DATE_PATTERN, parseUtcDate) });

export const appointmentId = textBy(UUID_PATTERN, parseAppointmentId);
