import { describe, expect, it } from '@jest/globals';
import { parseId } from '../../../src/domain/people.ts';

describe('parseId', () => {
  it.each(['1', '0', 'a', 'A', '_', '-', '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11', 'x'.repeat(64)])(
    'accepts %s',
    (text) => {
      expect(parseId(text)).toEqual({ value: text });
    },
  );

  it.each([
    '',
    ' ',
    '1 ',
    '1\n',
    'a#b',
    'a/b',
    'a.b',
    'ä',
    '１',
    'x'.repeat(65),
    '\u0000',
    '\ud800',
  ])('rejects %j', (text) => {
    expect(parseId(text)).toEqual({ fault: 'must be 1 to 64 letters, digits, "_" or "-"' });
  });
});
