import type { Parsed } from './parsed.ts';

declare const utcDate: unique symbol;

/** A real calendar date in UTC, `YYYY-MM-DD`, from {@link FIRST_DATE} to {@link LAST_DATE}. */
export type UtcDate = string & { readonly [utcDate]: true };

export const FIRST_DATE = '1900-01-01' as UtcDate;

/** The last date that RFC 3339 can write: its years have four digits. */
export const LAST_DATE = '9999-12-31' as UtcDate;

const MILLISECONDS_A_DAY = 86_400_000;

/** Reads a date from `YYYY-MM-DD`. */
export function parseUtcDate(text: string): Parsed<UtcDate> {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return { fault: 'must be a date like 2021-01-07' };
  const midnight = Date.parse(`${text}T00:00:00Z`);
  // Date.parse refuses February 32 but turns February 30 into March 2, so the date must come back as it went in.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== text) {
    return { fault: 'must be a date that exists' };
  }
  if (text < FIRST_DATE) return { fault: `must not be before ${FIRST_DATE}` };
  return { value: text as UtcDate };
}

/**
 * The date so many days later, or earlier where `days` is negative.
 *
 * @throws RangeError where that is before {@link FIRST_DATE} or after {@link LAST_DATE}
 */
export function addDays(date: UtcDate, days: number): UtcDate {
  const midnight = Date.parse(`${date}T00:00:00Z`) + days * MILLISECONDS_A_DAY;
  const moved = parseUtcDate(new Date(midnight).toISOString().slice(0, -'T00:00:00.000Z'.length));
  if ('fault' in moved) throw new RangeError(`a date ${moved.fault}`);
  return moved.value;
}
