import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '../../../src/handlers/environment.ts';

const RIGHT = {
  TABLE_NAME: 'appointments-prod',
  AUTH: 'iam',
  PRACTITIONER_DOUBLE_BOOKING: 'reject',
};

describe('readEnvironment', () => {
  it('takes what the deployment says', () => {
    expect(readEnvironment({ ...RIGHT, HOME: '/' })).toEqual({
      tableName: 'appointments-prod',
      auth: 'iam',
      doubleBooking: 'reject',
    });
  });

  it('says which variable is missing', () => {
    expect(() => readEnvironment({})).toThrow(
      'TABLE_NAME is not set: it names the DynamoDB table of the service. AUTH is not set to who may call: iam, jwt, none. PRACTITIONER_DOUBLE_BOOKING is not set to allow or reject.',
    );
  });

  it.each(['', 'ab', 'a table', 'x'.repeat(256)])('refuses %j', (TABLE_NAME) => {
    expect(() => readEnvironment({ ...RIGHT, TABLE_NAME })).toThrow(
      'TABLE_NAME is not the name of a DynamoDB table.',
    );
  });

  it.each([undefined, '', 'IAM', 'off'])('refuses AUTH=%s', (AUTH) => {
    expect(() => readEnvironment({ ...RIGHT, AUTH })).toThrow(
      'AUTH is not set to who may call: iam, jwt, none.',
    );
  });

  it.each([undefined, '', 'REJECT', 'true'])('refuses PRACTITIONER_DOUBLE_BOOKING=%s', (text) => {
    expect(() => readEnvironment({ ...RIGHT, PRACTITIONER_DOUBLE_BOOKING: text })).toThrow(
      'PRACTITIONER_DOUBLE_BOOKING is not set to allow or reject.',
    );
  });
});
