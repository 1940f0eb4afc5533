import { patternFormat } from './parsed.ts';
import { type HalfHour, type Slot, slotDate } from './slot.ts';

declare const timeOfDay: unique symbol;

/** A time of day in UTC on the hour or half hour, `hh:mm`, from `00:00` to `24:00`. */
export type TimeOfDay = string & { readonly [timeOfDay]: true };

export const TIME_OF_DAY = patternFormat<TimeOfDay>(
  /^(?:(?:[01][0-9]|2[0-3]):[03]0|24:00)$/,
  'must be a time on the hour or half hour from "00:00" to "24:00"',
);

/** In the order of `Date.prototype.getUTCDay`. */
export const DAYS_OF_WEEK = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
type DayOfWeek = (typeof DAYS_OF_WEEK)[number];

/** A half-open range, `[from, to)`. */
export interface Range<T> {
  readonly from: T;
  readonly to: T;
}

/** The most ranges per day of the week. */
export const MAX_RANGES_PER_DAY = 10;

/** The most ranges of time off. */
export const MAX_TIME_OFF = 100;

/** When a practitioner works. All times are UTC. */
export interface Schedule {
  /** A day that is left out is closed. Null means always open. The ranges of a day do not overlap. */
  readonly hours: Readonly<Partial<Record<DayOfWeek, readonly Range<TimeOfDay>[]>>> | null;
  /** In any order. Ranges can overlap. */
  readonly timeOff: readonly Range<HalfHour>[];
}

/** The schedule of a practitioner who has not been given one. */
export const ALWAYS_OPEN: Schedule = { hours: null, timeOff: [] };

/** Whether the practitioner works during the slot. Ranges and slots are on the half hour, so its start decides. */
export function isOpen({ hours, timeOff }: Schedule, slot: Slot): boolean {
  if (timeOff.some((range) => includes(range, slot))) return false;
  if (hours === null) return true;
  const day = DAYS_OF_WEEK[new Date(`${slotDate(slot)}T00:00:00Z`).getUTCDay()];
  const time = slot.slice('YYYY-MM-DDT'.length, -':00Z'.length);
  return day !== undefined && (hours[day] ?? []).some((range) => includes(range, time));
}

/** Texts of one format are in the order of the times that they stand for. */
function includes({ from, to }: Range<string>, text: string): boolean {
  return from <= text && text < to;
}

/** The indexes of the ranges that overlap one before them. A range that does not end after it starts overlaps none. */
export function overlapping(ranges: readonly Range<string>[]): number[] {
  return ranges.flatMap(({ from, to }, index) =>
    ranges.slice(0, index).some((other) => {
      return [from, other.from].every((start) => start < to && start < other.to);
    })
      ? [index]
      : [],
  );
}
