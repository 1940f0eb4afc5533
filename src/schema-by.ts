import * as z from 'zod/mini';
import type { Parsed } from './domain/parsed.ts';

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
