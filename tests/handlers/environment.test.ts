import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '../../src/handlers/environment.ts';

describe('readEnvironment', () => {
  it('takes the name of the table', () => {
    expect(readEnvironment({ TABLE_NAME: 'appointments-prod', HOME: '/' })).toEqual({
      tableName: 'appointments-prod',
    });
  });

  it('says which variable is missing', () => {
    expect(() => readEnvironment({})).toThrow(
      'TABLE_NAME is not set: it names the DynamoDB table of the service.',
    );
  });

  it.each(['', 'ab', 'a table', 'x'.repeat(256)])('refuses %j', (TABLE_NAME) => {
    expect(() => readEnvironment({ TABLE_NAME })).toThrow(
      'TABLE_NAME is not the name of a DynamoDB table.',
    );
  });
});
