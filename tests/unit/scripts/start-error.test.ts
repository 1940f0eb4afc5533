import { describe, expect, it } from '@jest/globals';
import { explainSystemError, StartError } from '../../../scripts/local/start-error.ts';

describe('explainSystemError', () => {
  it.each([
    [new StartError('A sentence.'), 'A sentence.'],
    [
      { code: 'EACCES', port: 80 },
      'Port 80 needs special permission. Set PORT and DYNAMODB_PORT to ports above 1023.',
    ],
    [
      { code: 'EACCES', path: '/home/someone' },
      '/home/someone cannot be written. Give your user permission to write there.',
    ],
    [
      { code: 'EROFS', path: '/project/.local' },
      '/project/.local is on a read-only file system. Use a copy of the project on a writable one.',
    ],
    [new TypeError('a bug'), undefined],
  ])('explains %j in one sentence', (error, sentence) => {
    expect(explainSystemError(error)).toBe(sentence);
  });
});
