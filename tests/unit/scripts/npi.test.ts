import { describe, expect, it } from '@jest/globals';
import { isIssuedNpi } from '../../../scripts/people-import/npi.ts';

describe('isIssuedNpi', () => {
  // The first is the example of CMS.
  it.each(['1234567893', '1245319599', '1000000004'])('takes %s', (text) => {
    expect(isIssuedNpi(text)).toBe(true);
  });

  it.each([
    '1234567890',
    '1234567894',
    '1234576893',
    '123456789',
    '12345678933',
    '100',
    '',
    '808401234567893',
    '１２３４５６７８９３',
    '123456789X',
  ])('refuses %j', (text) => {
    expect(isIssuedNpi(text)).toBe(false);
  });
});
