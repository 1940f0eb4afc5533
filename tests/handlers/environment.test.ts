import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '../../src/handlers/environment.ts';

describe('readEnvironment', () => {
  it('takes the name of the table', () => {
    expect(readEnvironment({ TABLE_NAME: 'appointments-prod', AUTH: 'iam', HOME: '/' })).toEqual({
      tableName: 'appointments-prod',
      auth: 'iam',
    });
  });

  it('says which variable is missing', () => {
    expect(() => readEnvironment({})).toThrow(
      'TABLE_NAME is not set: it names the DynamoDB table of the service. AUTH is not set to who may call: iam, jwt, none.',
    );
  });

  it.each(['', 'ab', 'a table', 'x'.repeat(256)])('refuses %j', (TABLE_NAME) => {
    expect(() => readEnvironment({ TABLE_NAME, AUTH: 'iam' })).toThrow(
      'TABLE_NAME is not the name of a DynamoDB table.',
    );
  });

  it.each([undefined, '', 'IAM', 'off'])('refuses AUTH=%s', (AUTH) => {
    expect(() => readEnvironment({ TABLE_NAME: 'appointments', AUTH })).toThrow(
      'AUTH is not set to who may call: iam, jwt, none.',
    );
  });
});
