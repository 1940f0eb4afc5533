import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addDays, FIRST_DATE, LAST_DATE, UTC_DATE } from '../../../src/domain/slot.ts';
import { civilDate } from '../../support/civil-date.ts';

describe('UTC_DATE.parse', () => {
  it.each(['1900-01-01', '1999-12-31', '2000-02-29', '2021-01-07', '2024-02-29', '9999-12-31'])(
    'accepts %s',
    (text) => {
      expect(UTC_DATE.parse(text)).toEqual({ value: text });
    },
  );

  it.each([
    ['', 'must be a date like 2021-01-07'],
    ['2021-1-7', 'must be a date like 2021-01-07'],
    ['21-01-07', 'must be a date like 2021-01-07'],
    ['2021-01-07 ', 'must be a date like 2021-01-07'],
    ['2021-01-07\n', 'must be a date like 2021-01-07'],
    ['2021-01-07T00:00:00Z', 'must be a date like 2021-01-07'],
    ['+02021-01-07', 'must be a date like 2021-01-07'],
    ['٢٠٢١-٠١-٠٧', 'must be a date like 2021-01-07'],
    ['2021-00-07', 'must be a date that exists'],
    ['2021-13-07', 'must be a date that exists'],
    ['2021-02-29', 'must be a date that exists'],
    ['1900-02-29', 'must be a date that exists'],
    ['1899-12-31', 'must not be before 1900-01-01'],
    ['0000-01-01', 'must not be before 1900-01-01'],
  ])('rejects %j', (text, fault) => {
    expect(UTC_DATE.parse(text)).toEqual({ fault });
  });

  it('accepts a date of every month up to its last day, and not the day after', () => {
    const days = fc.record({
      year: fc.integer({ min: 1900, max: 9999 }),
      month: fc.integer({ min: 1, max: 12 }),
      day: fc.integer({ min: 0, max: 33 }),
    });
    fc.assert(
      fc.property(days, ({ year, month, day }) => {
        const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
        const lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        const text = [String(year), String(month).padStart(2, '0'), String(day).padStart(2, '0')];
        const exists = day >= 1 && day <= (lengths[month - 1] ?? 0);
        expect('value' in UTC_DATE.parse(text.join('-'))).toBe(exists);
      }),
    );
  });
});

describe('addDays', () => {
  it('counts days as an independent calendar does', () => {
    const offsets = fc.integer({ min: 0, max: 2_900_000 });
    fc.assert(
      fc.property(offsets, (days) => {
        const later = addDays(FIRST_DATE, days);
        expect(later).toBe(civilDate(days - 25_567));
        expect(addDays(later, -days)).toBe(FIRST_DATE);
      }),
    );
  });

  it('does not leave the years that can be written', () => {
    expect(() => addDays(LAST_DATE, 1)).toThrow(RangeError);
    expect(() => addDays(FIRST_DATE, -1)).toThrow(
      new RangeError('a date must not be before 1900-01-01'),
    );
  });
});
