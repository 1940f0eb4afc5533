import * as z from 'zod/mini';
import { APPOINTMENT_ID } from '../../domain/appointment.ts';
import type { Parsed, TextFormat } from '../../domain/parsed.ts';
import { ID } from '../../domain/people.ts';
import { UTC_DATE } from '../../domain/slot.ts';

/** A schema that accepts what `input` accepts, and outputs the value that the domain's `parse` returns, or its fault. */
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

/** Text that matches the pattern of a format. For any other text, the fault is the one that the parser reports. */
export function text({ pattern, parse }: TextFormat<unknown>) {
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
 * Text in a format of the domain. The pattern is checked first, so that nothing is accepted that the API
 * description forbids.
 */
export function textBy<T>(format: TextFormat<T>) {
  return schemaBy(text(format), format.parse);
}

/** The condition of a rule on two members: both match the format's pattern. Faults of other members do not matter. */
export function ifReadable({ pattern }: TextFormat<unknown>, ...members: [string, string]) {
  const member = z.string().check(z.regex(pattern));
  const both = z.object(Object.fromEntries(members.map((name) => [name, member])));
  return ({ issues, value }: z.core.ParsePayload) =>
    issues.length === 0 || z.safeParse(both, value).success;
}

/** A query without other parameters. */
export function queryOf<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.strictObject(shape, { error: 'is not a parameter of this operation. Remove it' });
}

export const noQuery = queryOf({});

export const patientPath = z.object({ patient_id: textBy(ID) });
export const datePath = z.extend(patientPath, { date: textBy(UTC_DATE) });
export const practitionerPath = z.object({ practitioner_id: textBy(ID) });

export const appointmentId = textBy(APPOINTMENT_ID);

/** One of these texts. */
export function oneOf<const Texts extends readonly string[]>(texts: Texts) {
  const quoted = texts.map((text) => `"${text}"`);
  const list = texts.length > 2 ? `one of ${quoted.join(', ')}` : quoted.join(' or ');
  return z.enum(texts, `must be ${list}`);
}
