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

declare const halfHour: unique symbol;
declare const slot: unique symbol;

/** An instant on the hour or half hour in UTC, always written `YYYY-MM-DDThh:mm:00Z`. */
export type HalfHour = string & { readonly [halfHour]: true };

/** The 30 minutes an appointment takes, half open `[start, end)`, named by their start. */
export type Slot = HalfHour & { readonly [slot]: true };

const SLOT_MILLISECONDS = 30 * 60_000;

/** The slot that would end in the year 10000, which RFC 3339 cannot write. */
const BEYOND_THE_LAST_SLOT = `${LAST_DATE}T23:30:00Z`;

const SPACED = /^(?<date>\d{4}-\d{2}-\d{2}) (?<time>\d{2}:\d{2}:\d{2})$/;
const RFC_3339 =
  /^(?<date>\d{4}-\d{2}-\d{2})T(?<time>\d{2}:\d{2}:\d{2})(?:\.(?<fraction>\d+))?(?:Z|\+00:00)$/;

/**
 * Reads an instant on the hour or half hour from `YYYY-MM-DD hh:mm:ss`, taken as UTC, or from
 * RFC 3339 with an upper-case `T` and `Z` or `+00:00`, whose fraction, if it has one, is zero.
 */
export function parseHalfHour(text: string): Parsed<HalfHour> {
  const parts = (SPACED.exec(text) ?? RFC_3339.exec(text))?.groups;
  if (parts?.['date'] === undefined || parts['time'] === undefined) {
    return { fault: 'must be a UTC time like "2021-01-07 00:00:00" or "2021-01-07T00:00:00Z"' };
  }
  const date = parseUtcDate(parts['date']);
  if ('fault' in date) return date;
  if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(parts['time'])) {
    return { fault: 'must be a time of day from 00:00:00 to 23:59:59' };
  }
  if (!/:[03]0:00$/.test(parts['time']) || !/^0*$/.test(parts['fraction'] ?? '')) {
    return { fault: 'must be on the hour or half hour: minute 00 or 30, second 00' };
  }
  return { value: `${date.value}T${parts['time']}Z` as HalfHour };
}

/** Reads a slot from the text of its start, in the forms of {@link parseHalfHour}. */
export function parseSlot(text: string): Parsed<Slot> {
  const start = parseHalfHour(text);
  if ('fault' in start) return start;
  if (start.value === BEYOND_THE_LAST_SLOT) {
    return {
      fault: `must not be after ${LAST_DATE}T23:00:00Z, the last that ends in the year 9999`,
    };
  }
  return { value: start.value as Slot };
}

/** When the slot ends: 30 minutes after its start, and the first instant that is free again. */
export function slotEnd(slot: Slot): HalfHour {
  const end = new Date(Date.parse(slot) + SLOT_MILLISECONDS).toISOString();
  return end.replace('.000Z', 'Z') as HalfHour;
}

/** The UTC date the slot belongs to: the one it starts on, also where it ends at midnight. */
export function slotDate(slot: Slot): UtcDate {
  return slot.slice(0, 'YYYY-MM-DD'.length) as UtcDate;
}
