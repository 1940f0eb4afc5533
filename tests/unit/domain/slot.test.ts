import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  HALF_HOUR,
  LAST_DATE,
  SLOT,
  type Slot,
  slotDate,
  slotEnd,
  slotsOf,
  type UtcDate,
} from '../../../src/domain/slot.ts';
import { civilDate } from '../../support/civil-date.ts';

const FORM = 'must be a UTC time like "2021-01-07 00:00:00" or "2021-01-07T00:00:00Z"';
const ON_THE_HALF_HOUR = 'must be on the hour or half hour: minute 00 or 30, second 00';
const TIME_OF_DAY = 'must be a time of day from 00:00:00 to 23:59:59';

/** Days since 1970-01-01 of every date from 1900-01-01 to 9999-12-30. */
const day = fc.integer({ min: -25_567, max: 2_932_895 });
const halfHourOfDay = fc.integer({ min: 0, max: 47 });

describe('SLOT.parse', () => {
  it.each([
    '2021-01-07 00:30:00',
    '2021-01-07T00:30:00Z',
    '2021-01-07T00:30:00+00:00',
    '2021-01-07T00:30:00.0Z',
    '2021-01-07T00:30:00.000Z',
    '2021-01-07T00:30:00.000000000+00:00',
  ])('accepts %s', (text) => {
    expect(SLOT.parse(text)).toEqual({ value: '2021-01-07T00:30:00Z' });
  });

  it.each([
    ['', FORM],
    ['2021-01-07', FORM],
    ['2021-01-07T00:00Z', FORM],
    ['2021-01-07T00:00:00', FORM],
    ['2021-01-07t00:00:00Z', FORM],
    ['2021-01-07T00:00:00z', FORM],
    ['2021-01-07T00:00:00-00:00', FORM],
    ['2021-01-07T00:00:00+01:00', FORM],
    ['2021-01-07T00:00:00+0000', FORM],
    ['2021-01-07T00:00:00.Z', FORM],
    ['2021-01-07T00:00:00,0Z', FORM],
    ['2021-01-07 00:00:00Z', FORM],
    ['2021-01-07 00:00:00+00:00', FORM],
    ['2021-01-07 00:00:00.000', FORM],
    ['2021-01-07  00:00:00', FORM],
    [' 2021-01-07 00:00:00', FORM],
    ['2021-01-07 00:00:00\n', FORM],
    ['12021-01-07 00:00:00', FORM],
    ['2021-02-30 00:00:00', 'must be a date that exists'],
    ['1899-12-31 23:30:00', 'must not be before 1900-01-01'],
    ['2021-01-07 24:00:00', TIME_OF_DAY],
    ['2021-01-07 12:60:00', TIME_OF_DAY],
    ['2021-01-07 12:30:60', TIME_OF_DAY],
    ['2021-01-07 12:15:00', ON_THE_HALF_HOUR],
    ['2021-01-07 12:30:01', ON_THE_HALF_HOUR],
    ['2021-01-07T12:30:00.001Z', ON_THE_HALF_HOUR],
    ['2021-01-07T12:30:00.0000000001Z', ON_THE_HALF_HOUR],
    [
      '9999-12-31 23:30:00',
      'must not be after 9999-12-31T23:00:00Z, the last slot that ends in the year 9999',
    ],
  ])('rejects %j', (text, fault) => {
    expect(SLOT.parse(text)).toEqual({ fault });
  });

  it('accepts only hours and half hours among all minutes and seconds of a day', () => {
    const passed = [];
    for (let second = 0; second < 86_400; second += 1) {
      const time = [second / 3600, (second / 60) % 60, second % 60]
        .map((part) => String(Math.floor(part)).padStart(2, '0'))
        .join(':');
      if ('value' in SLOT.parse(`2021-01-07 ${time}`)) passed.push(second);
    }
    expect(passed).toEqual(Array.from({ length: 48 }, (_, index) => index * 1800));
  });

  it('reads what it writes, for every slot', () => {
    fc.assert(
      fc.property(day, halfHourOfDay, (days, halfHour) => {
        const start = slotAt(days, halfHour);
        expect(SLOT.parse(start)).toEqual({ value: start });
        expect(SLOT.parse(start.replace('T', ' ').replace('Z', ''))).toEqual({ value: start });
      }),
    );
  });
});

describe('slotDate', () => {
  it('is the UTC day of the instant, as an independent calendar has it', () => {
    const halfHours = fc.integer({ min: -25_567 * 48, max: 2_932_896 * 48 - 1 });
    fc.assert(
      fc.property(halfHours, (count) => {
        const parsed = SLOT.parse(new Date(count * 1_800_000).toISOString());
        expect('value' in parsed && slotDate(parsed.value)).toBe(civilDate(Math.floor(count / 48)));
      }),
    );
  });
});

describe('slotEnd', () => {
  it('is the start of the next slot', () => {
    fc.assert(
      fc.property(day, halfHourOfDay, (days, halfHour) => {
        const next = halfHour === 47 ? slotAt(days + 1, 0) : slotAt(days, halfHour + 1);
        const end = slotEnd(slotAt(days, halfHour));
        expect(end).toBe(next);
        expect(HALF_HOUR.parse(end)).toEqual({ value: end });
      }),
    );
  });
});

describe('slotsOf', () => {
  it('leaves out the slot of the last date that ends after the year 9999', () => {
    const slots = slotsOf(LAST_DATE);

    expect([slots.length, slots.at(-1)]).toEqual([47, '9999-12-31T23:00:00Z']);
    expect(slots.map(slotEnd).at(-1)).toBe('9999-12-31T23:30:00Z');
  });

  it('has every slot of a date once, in order', () => {
    fc.assert(
      fc.property(day, (days) => {
        expect(slotsOf(civilDate(days) as UtcDate)).toEqual(
          Array.from({ length: 48 }, (_, halfHour) => slotAt(days, halfHour)),
        );
      }),
    );
  });
});

function slotAt(days: number, halfHour: number): Slot {
  const hour = String(Math.floor(halfHour / 2)).padStart(2, '0');
  return `${civilDate(days)}T${hour}:${halfHour % 2 === 0 ? '00' : '30'}:00Z` as Slot;
}
