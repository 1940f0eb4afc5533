import { describe, expect, it } from '@jest/globals';
import {
  ALWAYS_OPEN,
  isOpen,
  overlapping,
  type Schedule,
  TIME_OF_DAY,
  type TimeOfDay,
} from '../../../src/domain/schedule.ts';
import type { Slot } from '../../../src/domain/slot.ts';
import { january } from '../../support/people.ts';

describe('TIME_OF_DAY.parse', () => {
  it('accepts the 49 half hours of a day and nothing else', () => {
    const accepted = Array.from({ length: 100 * 100 }, (_, i) =>
      [Math.floor(i / 100), i % 100].map((n) => String(n).padStart(2, '0')).join(':'),
    ).filter((text) => 'value' in TIME_OF_DAY.parse(text));

    expect(accepted).toEqual(Array.from({ length: 49 }, (_, i) => timeOfDay(i)));
  });

  it.each(['', '9:00', '09:00:00', '09:00Z', ' 09:00', '09:00\n'])('rejects %j', (text) => {
    expect(TIME_OF_DAY.parse(text)).toEqual({
      fault: 'must be a time on the hour or half hour from "00:00" to "24:00"',
    });
  });
});

/** The time of day after a number of half hours. */
function timeOfDay(halfHours: number): TimeOfDay {
  const hour = String(Math.floor(halfHours / 2)).padStart(2, '0');
  return `${hour}:${halfHours % 2 === 0 ? '00' : '30'}` as TimeOfDay;
}

describe('isOpen', () => {
  const schedule = (hours: unknown, timeOff: unknown = []) => ({ hours, timeOff }) as Schedule;
  // 2021-01-07 is a Thursday.
  const late = { from: '20:00', to: '24:00' };
  const off = { from: january(7, '20:00'), to: january(8, '20:00') };

  it.each<[string, Schedule, Slot, boolean]>([
    ['always', ALWAYS_OPEN, january(7, '03:00'), true],
    ['never without days', schedule({}), january(7, '12:00'), false],
    ['never on a day without ranges', schedule({ thu: [] }), january(7, '12:00'), false],
    ['from the start of a range', schedule({ thu: [late] }), january(7, '20:00'), true],
    ['not before it', schedule({ thu: [late] }), january(7, '19:30'), false],
    ['until midnight', schedule({ thu: [late] }), january(7, '23:30'), true],
    ['not after midnight', schedule({ thu: [late] }), january(8, '00:00'), false],
    ['not on another day', schedule({ wed: [late], fri: [late] }), january(7, '20:00'), false],
    ['before time off', schedule(null, [off]), january(7, '19:30'), true],
    ['not in time off', schedule({ thu: [late] }, [off]), january(7, '20:00'), false],
    ['not until the end of time off', schedule(null, [off]), january(8, '19:30'), false],
    ['from the end of time off', schedule(null, [off]), january(8, '20:00'), true],
  ])('%s', (_name, hours, slot, expected) => {
    expect(isOpen(hours, slot)).toBe(expected);
  });
});

describe('overlapping', () => {
  it.each<[string, string, number[]]>([
    ['nothing', '', []],
    ['ranges that touch, in any order', 'b-c a-b c-d', []],
    ['a range that is there twice', 'a-b a-b', [1]],
    ['a range within another', 'a-d b-c', [1]],
    ['a range around another', 'b-c a-d', [1]],
    ['each range after the first', 'a-c b-e d-f f-g', [1, 2]],
    ['no range that is not after its start', 'a-d b-b c-a', []],
  ])('finds %s', (_name, text, indexes) => {
    const ranges = text.split(' ').map((range) => range.split('-'));

    expect(overlapping(ranges.map(([from = '', to = '']) => ({ from, to })))).toEqual(indexes);
  });
});
