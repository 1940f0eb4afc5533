import { describe, expect, it } from '@jest/globals';
import { deploymentFrom, type Parameters } from '../../resources/deployment.ts';

const DEFAULTS: Parameters = {
  auth: 'iam',
  jwtIssuer: '',
  jwtAudience: '',
  practitionerDoubleBooking: 'allow',
  tableName: 'appointments-prod',
  kmsKeyArn: '',
  alarmTopicArn: '',
  corsOrigins: '',
  throttlingBurst: '200',
  throttlingRate: '100',
  reservedConcurrency: '',
  logRetentionDays: '90',
  dashboard: 'true',
  tracing: 'false',
};

describe('a deployment', () => {
  it.each([
    [{ auth: 'off' }, 'Invalid parameter auth="off". It must be iam or jwt.'],
    [{ auth: 'none' }, 'auth=none lets anyone read and change appointments'],
    [
      { auth: 'jwt', jwtAudience: 'a' },
      'auth=jwt also requires jwtIssuer (the https URL of the token issuer',
    ],
    [
      { auth: 'jwt', jwtIssuer: 'https://idp.example.com' },
      'auth=jwt also requires jwtAudience (the audience of the tokens',
    ],
    [{ auth: 'jwt' }, ') and jwtAudience ('],
    [
      { auth: 'jwt', jwtIssuer: 'http://idp.example.com', jwtAudience: 'a' },
      'Invalid parameter jwtIssuer="http://idp.example.com". It must be the https URL',
    ],
    [{ tableName: 'a b' }, 'It must be a valid DynamoDB table name.'],
    [{ kmsKeyArn: 'alias/key' }, 'It must be the ARN of a KMS key, not of an alias.'],
    [{ alarmTopicArn: 'topic' }, 'It must be the ARN of an SNS topic.'],
    [{ corsOrigins: '*' }, 'It must be origins such as https://clinic.example.com'],
    [{ corsOrigins: 'https://*' }, 'It must be origins such as'],
    [{ corsOrigins: 'https://*.example.com' }, 'It must be origins such as'],
    [{ throttlingBurst: '' }, 'It must be a number of requests from 1 to 100000.'],
    [{ throttlingRate: '0' }, 'It must be a number of requests per second from 1 to 100000.'],
    [{ reservedConcurrency: 'all' }, 'It must be a number of concurrent executions'],
    [{ logRetentionDays: '42' }, 'It must be one of 1, 3, 5,'],
    [{ practitionerDoubleBooking: 'yes' }, 'It must be allow or reject.'],
    [{ dashboard: 'yes' }, 'It must be true or false.'],
    [{ tracing: 'yes' }, 'It must be true or false.'],
  ])('is rejected with %j', (parameters, sentence) => {
    expect(() => deploymentFrom({ ...DEFAULTS, ...parameters }, false)).toThrow(sentence);
  });

  it('may be open in a local run, but still has no open route', () => {
    const { authorizer } = deploymentFrom({ ...DEFAULTS, auth: 'none' }, true);

    expect(authorizer).toEqual({ type: 'aws_iam' });
  });
});
