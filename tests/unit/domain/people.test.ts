import { describe, expect, it } from '@jest/globals';
import { NAME } from '../../../src/domain/people.ts';

describe('NAME.parse', () => {
  it.each(['A', "O'Neill-Zoë", '李', '👩‍⚕️', 'n'.repeat(100), '👩'.repeat(100)])(
    'accepts %s',
    (text) => {
      expect(NAME.parse(text)).toEqual({ value: text });
    },
  );

  it.each(['', 'a\nb', 'a\u0000', '\u007f', '\u0085', '\ud800', 'n'.repeat(101), '👩'.repeat(101)])(
    'rejects %j',
    (text) => {
      expect(NAME.parse(text)).toEqual({
        fault: 'must be 1 to 100 characters without control characters',
      });
    },
  );
});
