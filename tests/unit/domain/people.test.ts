import { describe, expect, it } from '@jest/globals';
import { NAME, NPI } from '../../../src/domain/people.ts';

describe('NAME.parse', () => {
  it.each([
    'A',
    "O'Neill-Zo\u00eb",
    '李',
    '.',
    ' A ',
    'A\u200d\u200b',
    // An emoji of several code points.
    '👩\u200d⚕\ufe0f',
    'A\u2028',
    '\u2028A',
    // Left-to-right and right-to-left marks affect only their neighbors.
    '\u200e\u05d0\u200f',
    'n'.repeat(100),
    '👩'.repeat(100),
  ])('accepts %j', (text) => {
    expect(NAME.parse(text)).toEqual({ value: text });
  });

  it.each([
    ['Zoe\u0308', 'Zo\u00eb'],
    ['\u212b', '\u00c5'],
    ['\ufb2c', '\u05e9\u05bc\u05c1'],
    [`${'n'.repeat(98)}e\u0308`, `${'n'.repeat(98)}\u00eb`],
  ])('writes %j in Unicode form NFC', (text, value) => {
    expect(NAME.parse(text)).toEqual({ value });
  });

  it.each([
    '',
    // Nothing visible.
    ' ',
    '\u00a0\u2003\u2028',
    '\u200b',
    '\ufeff',
    '\u00ad',
    '\u115f\u3164',
    '\u2800',
    '\ue000',
    '\u{e0041}',
    // Control characters.
    'a\nb',
    'a\u0000',
    '\u007f',
    '\u0085',
    // Lone surrogates.
    'a\ud800',
    '\udc00a',
    // Each character that reverses the direction of other text.
    ...Array.from('\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069', (char) => `a${char}`),
    // More than 100 code points, as they are or in Unicode form NFC.
    'n'.repeat(101),
    '👩'.repeat(101),
    `${'n'.repeat(99)}e\u0308`,
    '\ufb2c'.repeat(34),
  ])('rejects %j', (text) => {
    expect(NAME.parse(text)).toEqual({
      fault:
        'must be 1 to 100 characters, at least one of them visible, without control characters or bidirectional overrides',
    });
  });
});

describe('NPI.parse', () => {
  it.each(['1234567893', ' ', 'DE-1', 'n'.repeat(64), '👩'.repeat(64)])('accepts %j', (text) => {
    expect(NPI.parse(text)).toEqual({ value: text });
  });

  it.each(['', 'n'.repeat(65), '1\n', '\u0000', '\u0085', '\ud800'])('rejects %j', (text) => {
    expect(NPI.parse(text)).toEqual({
      fault: 'must be 1 to 64 characters without control characters',
    });
  });
});
