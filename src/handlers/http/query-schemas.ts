import * as z from 'zod/mini';
import { UTC_DATE, type UtcDate } from '../../domain/slot.ts';
import { ifReadable, oneOf, textBy } from './schemas.ts';

/** The size of a page, in decimal digits. */
export function limitTo(most: number) {
  const fault = `must be an integer from 1 to ${most}`;
  return z.pipe(
    z.transform((digits) => (/^[1-9][0-9]{0,8}$/.test(String(digits)) ? Number(digits) : digits)),
    z.int(fault).check(z.minimum(1, fault), z.maximum(most, fault)),
  );
}

export const range = {
  from: z.optional(textBy(UTC_DATE)),
  to: z.optional(textBy(UTC_DATE)),
  order: z.optional(oneOf(['asc', 'desc'])),
};

export const isInOrder = z.refine<{ from?: UtcDate | undefined; to?: UtcDate | undefined }>(
  ({ from, to }) => from === undefined || to === undefined || from <= to,
  {
    path: ['from'],
    error: 'must not be after "to"',
    when: ifReadable(UTC_DATE, 'from', 'to'),
  },
);
