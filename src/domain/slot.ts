import type { Parsed, TextFormat } from './parsed.ts';

declare const utcDate: unique symbol;
declare const halfHour: unique symbol;
declare const slot: unique symbol;
declare const utcSecond: unique symbol;

/** A calendar date in UTC, `YYYY-MM-DD`, from {@link FIRST_DATE} to {@link LAST_DATE}. */
export type UtcDate = string & { readonly [utcDate]: true };

/** An instant on the hour or half hour in UTC, always written `YYYY-MM-DDThh:mm:00Z`. */
export type HalfHour = string & { readonly [halfHour]: true };

/** The 30 minutes of an appointment, half open `[start, end)`, named by its start. */
export type Slot = HalfHour & { readonly [slot]: true };

/** An instant in UTC to the second, always written `YYYY-MM-DDThh:mm:ssZ`. */
export type UtcSecond = string & { readonly [utcSecond]: true };

export const FIRST_DATE = '1900-01-01' as UtcDate;

/** The last date that RFC 3339 can write: its years have four digits. */
export const LAST_DATE = '9999-12-31' as UtcDate;

const SLOT_MILLISECONDS = 30 * 60_000;
const DAY_MILLISECONDS = 86_400_000;

/** The slot that would end in the year 10000, which RFC 3339 cannot write. */
const BEYOND_THE_LAST_SLOT = `${LAST_DATE}T23:30:00Z`;

const DATE = '(?:19|[2-9][0-9])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])';
const TIME = '(?:[01][0-9]|2[0-3]):[03]0:00';

/** `YYYY-MM-DD`. The pattern cannot know which dates exist. */
export const UTC_DATE: TextFormat<UtcDate> = {
  pattern: new RegExp(`^${DATE}$`),
  parse: parseUtcDate,
};

/** The one form in which times are stored and returned. */
export const HALF_HOUR_PATTERN = new RegExp(`^${DATE}T${TIME}Z$`);

/** The forms in which a request can write a half hour. */
const HALF_HOUR_INPUT_PATTERN = inputPattern(DATE, TIME, '0');

/**
 * An instant on the hour or half hour: `YYYY-MM-DD hh:mm:ss`, taken as UTC, or RFC 3339 with an upper-case
 * `T` and either `Z` or `+00:00`. A fraction is allowed if it is zero.
 */
export const HALF_HOUR: TextFormat<HalfHour> = {
  pattern: HALF_HOUR_INPUT_PATTERN,
  parse: parseHalfHour,
};

/** An instant to the second, in the forms of {@link HALF_HOUR}. */
export const UTC_SECOND: TextFormat<UtcSecond> = {
  pattern: inputPattern(DATE, '(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){2}', '0'),
  parse(text) {
    const instant = parseInstant(text);
    if ('fault' in instant) return instant;
    return UTC_SECOND.pattern.test(text)
      ? { value: instant.value as UtcSecond }
      : { fault: 'must be a time without a fraction of a second' };
  },
};

/** A slot, written as its start in the forms of {@link HALF_HOUR}. */
export const SLOT: TextFormat<Slot> = { pattern: HALF_HOUR_INPUT_PATTERN, parse: parseSlot };

/** The same forms with any digits, to tell a wrong form from a wrong date or time. */
const ANY_INSTANT_PATTERN = inputPattern('\\d{4}-\\d{2}-\\d{2}', '\\d{2}:\\d{2}:\\d{2}', '\\d');

function inputPattern(date: string, time: string, fractionDigit: string): RegExp {
  return new RegExp(`^${date}(?: ${time}|T${time}(?:\\.${fractionDigit}+)?(?:Z|\\+00:00))$`);
}

function parseUtcDate(text: string): Parsed<UtcDate> {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return { fault: 'must be a date like 2021-01-07' };
  const midnight = Date.parse(`${text}T00:00:00Z`);
  // Date.parse rejects February 32 but turns February 30 into March 2, so compare the round trip.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== text) {
    return { fault: 'must be a date that exists' };
  }
  if (text < FIRST_DATE) return { fault: `must not be before ${FIRST_DATE}` };
  return { value: text as UtcDate };
}

function parseHalfHour(text: string): Parsed<HalfHour> {
  const instant = parseInstant(text);
  if ('fault' in instant) return instant;
  if (!HALF_HOUR_INPUT_PATTERN.test(text)) {
    return { fault: 'must be on the hour or half hour: minute 00 or 30, second 00' };
  }
  return { value: instant.value as HalfHour };
}

/** Reads an instant in the forms of {@link HALF_HOUR}, with any fraction, which it drops. */
function parseInstant(text: string): Parsed<string> {
  if (!ANY_INSTANT_PATTERN.test(text)) {
    return { fault: 'must be a UTC time like "2021-01-07 00:00:00" or "2021-01-07T00:00:00Z"' };
  }
  const date = parseUtcDate(text.slice(0, 10));
  if ('fault' in date) return date;
  const time = text.slice(11, 19);
  if (!/(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d/.test(time)) {
    return { fault: 'must be a time of day from 00:00:00 to 23:59:59' };
  }
  return { value: `${date.value}T${time}Z` };
}

function parseSlot(text: string): Parsed<Slot> {
  const start = parseHalfHour(text);
  if ('fault' in start) return start;
  if (start.value === BEYOND_THE_LAST_SLOT) {
    return {
      fault: `must not be after ${LAST_DATE}T23:00:00Z, the last slot that ends in the year 9999`,
    };
  }
  return { value: start.value as Slot };
}

/** The end of the slot: 30 minutes after its start, and the first instant that is free again. */
export function slotEnd(slot: Slot): HalfHour {
  const end = new Date(Date.parse(slot) + SLOT_MILLISECONDS).toISOString();
  return end.replace('.000Z', 'Z') as HalfHour;
}

/** The UTC date that the slot starts on. A slot that ends at midnight belongs to the date before. */
export function slotDate(slot: Slot): UtcDate {
  return slot.slice(0, 'YYYY-MM-DD'.length) as UtcDate;
}

/**
 * The date `days` later, or earlier if `days` is negative.
 *
 * @throws RangeError if the result is before {@link FIRST_DATE} or after {@link LAST_DATE}
 */
export function addDays(date: UtcDate, days: number): UtcDate {
  const midnight = Date.parse(`${date}T00:00:00Z`) + days * DAY_MILLISECONDS;
  const moved = parseUtcDate(new Date(midnight).toISOString().slice(0, -'T00:00:00.000Z'.length));
  if ('fault' in moved) throw new RangeError(`a date ${moved.fault}`);
  return moved.value;
}

/** The slots of a date, in order: 48, or 47 on {@link LAST_DATE}, because the 48th would end in the year 10000. */
export function slotsOf(date: UtcDate): Slot[] {
  return Array.from({ length: DAY_MILLISECONDS / SLOT_MILLISECONDS }, (_, i) => {
    const start = new Date(Date.parse(`${date}T00:00:00Z`) + i * SLOT_MILLISECONDS).toISOString();
    return parseSlot(start);
  }).flatMap((parsed) => ('value' in parsed ? [parsed.value] : []));
}

/** How many days later a date is than another. */
export function daysBetween(earlier: UtcDate, later: UtcDate): number {
  const midnight = (date: UtcDate) => Date.parse(`${date}T00:00:00Z`);
  return (midnight(later) - midnight(earlier)) / DAY_MILLISECONDS;
}
