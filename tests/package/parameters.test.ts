import { describe, expect, it } from '@jest/globals';
import {
  deploymentFrom,
  type Parameters,
  rejectUnknown,
  requireAccount,
  warningsFor,
} from '../../resources/deployment.ts';

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
  region: 'us-east-1',
  accountId: '',
  noTrafficAlarmMinutes: '',
  eventBus: '',
  domainName: '',
  certificateArn: '',
};
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:appointments';
const BUS = 'arn:aws:events:us-east-1:123456789012:event-bus/clinic';
const DEPLOY = { stage: 'prod', command: 'deploy' };

describe('a deployment', () => {
  it.each([
    [{ auth: 'off' }, 'Invalid parameter auth="off" of stage prod. It must be iam or jwt.'],
    [{ auth: 'none' }, 'auth=none lets anyone read and change appointments'],
    [
      { auth: 'jwt', jwtAudience: 'a' },
      'auth=jwt is incomplete. Also set jwtIssuer (the https URL of the token issuer',
    ],
    [
      { auth: 'jwt', jwtIssuer: 'https://idp.example.com' },
      'Also set jwtAudience (the audience of the tokens',
    ],
    [{ auth: 'jwt' }, ') and jwtAudience ('],
    [
      { auth: 'jwt', jwtIssuer: 'http://idp.example.com', jwtAudience: 'a' },
      'Invalid parameter jwtIssuer="http://idp.example.com" of stage prod. It must be the https URL',
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
    [
      { practitionerDoubleBooking: '' },
      'Stage prod needs practitionerDoubleBooking. Set it under params.prod in serverless.yml: to allow, ',
    ],
    [{ region: 'useast1' }, 'It must be an AWS region, such as us-east-1.'],
    [{ accountId: '12345678901' }, 'It must be the 12 digits of an AWS account, in quotes.'],
    [
      { region: 'eu-west-1', alarmTopicArn: TOPIC },
      'The parameter alarmTopicArn of stage prod is in the region us-east-1. Choose one in eu-west-1,',
    ],
    [
      { accountId: '210987654321', alarmTopicArn: TOPIC },
      'The parameter alarmTopicArn of stage prod is in the account 123456789012. Choose one in 210987654321,',
    ],
    [{ eventBus: 'clinic events' }, 'It must be the name or the ARN of an EventBridge event bus.'],
    [
      { eventBus: 'arn:aws:events:us-east-1:1234:event-bus/clinic' },
      'It must be the name or the ARN of an EventBridge event bus.',
    ],
    [
      { eventBus: 'arn:aws:events:us-east-1:123456789012:clinic' },
      'It must be the name or the ARN',
    ],
    [
      { region: 'eu-west-1', eventBus: BUS },
      'The parameter eventBus of stage prod is in the region us-east-1. Choose one in eu-west-1,',
    ],
    [
      { accountId: '210987654321', eventBus: BUS },
      'The parameter eventBus of stage prod is in the account 123456789012. Choose one in 210987654321,',
    ],
    [
      { alarmTopicArn: TOPIC.replace('123456789012', '210987654321'), eventBus: BUS },
      'The parameter eventBus of stage prod is in the account 123456789012. Choose one in 210987654321,',
    ],
    [
      {
        domainName: 'appointments.example.com',
        certificateArn: 'arn:aws:acm:eu-west-1:123456789012:certificate/5b0c1b3e',
      },
      'The parameter certificateArn of stage prod is in the region eu-west-1. Choose one in us-east-1,',
    ],
    [
      { domainName: 'appointments.example.com' },
      'domainName=appointments.example.com is incomplete. Also set certificateArn (the ARN of an ACM certificate) under params.prod in serverless.yml.',
    ],
    [
      { certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/5b0c1b3e' },
      'Also set domainName (a domain name in lower case,',
    ],
    [{ domainName: 'https://example.com' }, 'It must be a domain name in lower case, such as'],
    [{ noTrafficAlarmMinutes: '7' }, 'It must be a multiple of 5 minutes, up to 1440.'],
    [{ noTrafficAlarmMinutes: '1445' }, 'It must be a multiple of 5 minutes, up to 1440.'],
    [{ dashboard: 'yes' }, 'It must be true or false.'],
    [{ tracing: 'yes' }, 'It must be true or false.'],
  ])('is rejected with %j', (parameters, sentence) => {
    expect(() => deploymentFrom({ ...DEFAULTS, ...parameters }, DEPLOY)).toThrow(sentence);
  });

  it('is rejected in another region than that of the stage', () => {
    const deploy = (regionOption?: string) => deploymentFrom(DEFAULTS, { ...DEPLOY, regionOption });

    expect(() => deploy('eu-west-1')).toThrow(
      'Stage prod is in the region us-east-1, not in eu-west-1. Leave out --region, or set region to eu-west-1 under params.prod in serverless.yml.',
    );
    expect(() => deploy('us-east-1')).not.toThrow();
  });

  it.each([
    [{ accountId: '210987654321' }],
    [{ alarmTopicArn: 'arn:aws:sns:us-east-1:210987654321:appointments' }],
    [{ eventBus: 'arn:aws:events:us-east-1:210987654321:event-bus/clinic' }],
  ])('with %j is rejected in another account', (parameters) => {
    const deployment = deploymentFrom({ ...DEFAULTS, ...parameters }, DEPLOY);

    expect(() => {
      requireAccount(deployment, '123456789012', 'prod');
    }).toThrow(
      'Stage prod belongs to the account 210987654321, by its accountId, alarmTopicArn, or eventBus, but these credentials belong to 123456789012.',
    );
    expect(() => {
      requireAccount(deployment, '210987654321', 'prod');
    }).not.toThrow();
  });

  it('can be in any account if the parameters name none', () => {
    const deployment = deploymentFrom(DEFAULTS, DEPLOY);

    expect(() => {
      requireAccount(deployment, '123456789012', 'prod');
    }).not.toThrow();
  });

  it('on the stage dev allows double booking unless told otherwise', () => {
    const unsaid = { ...DEFAULTS, practitionerDoubleBooking: '' };

    expect(deploymentFrom(unsaid, { ...DEPLOY, stage: 'dev' })).toMatchObject({
      practitionerDoubleBooking: 'allow',
    });
  });

  it('needs no decision to be removed', () => {
    const unsaid = { ...DEFAULTS, practitionerDoubleBooking: '' };

    expect(() => deploymentFrom(unsaid, { ...DEPLOY, command: 'remove' })).not.toThrow();
  });

  it('warns if its alarms notify no one, except on the stage dev', () => {
    expect(warningsFor(DEFAULTS, DEPLOY)).toEqual([
      'The alarms of stage prod notify no one. Set alarmTopicArn under params.prod in serverless.yml to the ARN of an SNS topic.',
    ]);
    expect(warningsFor({ ...DEFAULTS, alarmTopicArn: TOPIC }, DEPLOY)).toEqual([]);
    expect(warningsFor(DEFAULTS, { ...DEPLOY, stage: 'dev' })).toEqual([]);
    expect(warningsFor(DEFAULTS, { ...DEPLOY, command: 'remove' })).toEqual([]);
  });

  it.each(['practitionerDoubleBoking', 'alarmTopicARN', 'auht'])(
    'is rejected with the unknown parameter %s',
    (name) => {
      expect(() => {
        rejectUnknown(['auth', name], 'params.prod of serverless.yml');
      }).toThrow(
        `Unknown parameter in params.prod of serverless.yml: ${name}. Known parameters: auth, jwtIssuer,`,
      );
    },
  );

  it('may be open in a local run, but still has no open route', () => {
    const { authorizer } = deploymentFrom(
      { ...DEFAULTS, auth: 'none' },
      { stage: 'local', command: 'offline start' },
    );

    expect(authorizer).toEqual({ type: 'aws_iam' });
  });
});
