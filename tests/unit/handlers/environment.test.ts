import { describe, expect, it } from '@jest/globals';
import { readEnvironment } from '../../../src/handlers/environment.ts';

const RIGHT = {
  TABLE_NAME: 'appointments-prod',
  AUTH: 'iam',
  PRACTITIONER_DOUBLE_BOOKING: 'reject',
};

describe('readEnvironment', () => {
  it('reads the variables of the deployment', () => {
    expect(readEnvironment({ ...RIGHT, HOME: '/' })).toEqual({
      tableName: 'appointments-prod',
      auth: 'iam',
      doubleBooking: 'reject',
    });
  });

  it('names every variable that is missing', () => {
    expect(() => readEnvironment({})).toThrow(
      'TABLE_NAME is not set. Set it to the name of the DynamoDB table. AUTH must be "iam" or "jwt". PRACTITIONER_DOUBLE_BOOKING must be "allow" or "reject".',
    );
  });

  it.each(['', 'ab', 'a table', 'x'.repeat(256)])('rejects TABLE_NAME=%j', (TABLE_NAME) => {
    expect(() => readEnvironment({ ...RIGHT, TABLE_NAME })).toThrow(
      'TABLE_NAME is not a valid name of a DynamoDB table.',
    );
  });

  it.each([undefined, '', 'IAM', 'off'])('rejects AUTH=%s', (AUTH) => {
    expect(() => readEnvironment({ ...RIGHT, AUTH })).toThrow('AUTH must be "iam" or "jwt".');
  });

  it.each([undefined, '', 'REJECT', 'true'])('rejects PRACTITIONER_DOUBLE_BOOKING=%s', (text) => {
    expect(() => readEnvironment({ ...RIGHT, PRACTITIONER_DOUBLE_BOOKING: text })).toThrow(
      'PRACTITIONER_DOUBLE_BOOKING must be "allow" or "reject".',
    );
  });
});
