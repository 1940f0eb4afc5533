import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { entriesOf, packageService, refusalOf, type Template } from '../support/packaging.ts';

jest.setTimeout(60_000);

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11';
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:appointments';
const FUNCTIONS = ['AppointmentCommands', 'AppointmentQueries'] as const;

const ofType = (template: Template, type: string) =>
  Object.entries(template).filter(([, resource]) => resource.Type === type);

const properties = (template: Template, name: string) => template[name]?.Properties ?? {};

interface Statement {
  readonly Effect: string;
  readonly Action: string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** All that a role allows. */
function statements(template: Template, name: string): Statement[] {
  const { Policies } = properties(template, name) as {
    Policies: { PolicyDocument: { Statement: Statement[] } }[];
  };
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}

let byDefault: Template;
let zips: Readonly<Record<string, Buffer>>;
let withTokens: Template;
let withAll: Template;

beforeAll(async () => {
  ({ template: byDefault, zips } = await packageService());
  ({ template: withTokens } = await packageService({
    auth: 'jwt',
    jwtIssuer: 'https://idp.example.com/realm',
    jwtAudience: 'appointments,booking',
  }));
  ({ template: withAll } = await packageService({
    kmsKeyArn: KEY,
    alarmTopicArn: TOPIC,
    tracing: 'true',
    reservedConcurrency: '20',
    corsOrigins: 'https://a.example.com,https://b.example.com',
    throttlingBurst: '10',
    throttlingRate: '5',
    logRetentionDays: '365',
    tableName: 'clinic-appointments',
    practitionerDoubleBooking: 'reject',
  }));
});

describe('who may call', () => {
  const routesOf = (template: Template) =>
    ofType(template, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => Properties);
  const ROUTES = [
    'GET /api/patients/{patient_id}/appointments',
    'POST /api/patients/{patient_id}/appointment',
    'POST /api/patients/{patient_id}/appointments',
  ];

  it('are signed principals, on every route, by default', () => {
    const routes = routesOf(byDefault);

    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(ROUTES);
    for (const { AuthorizationType } of routes) expect(AuthorizationType).toBe('AWS_IAM');
    expect(ofType(byDefault, 'AWS::ApiGatewayV2::Authorizer')).toEqual([]);
  });

  it('are tokens of the issuer for the audience, on every route, with auth=jwt', () => {
    const routes = routesOf(withTokens);
    const [[name, authorizer] = [], ...others] = ofType(
      withTokens,
      'AWS::ApiGatewayV2::Authorizer',
    );

    expect(others).toEqual([]);
    expect(authorizer?.Properties).toMatchObject({
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: {
        Audience: ['appointments', 'booking'],
        Issuer: 'https://idp.example.com/realm',
      },
    });
    expect(routes.map(({ RouteKey }) => RouteKey).sort()).toEqual(ROUTES);
    for (const { AuthorizationType, AuthorizerId } of routes) {
      expect([AuthorizationType, AuthorizerId]).toEqual(['JWT', { Ref: name }]);
    }
  });

  it('is known to the functions, whose environment holds nothing else but the table', () => {
    for (const name of FUNCTIONS) {
      expect(properties(byDefault, `${name}LambdaFunction`)['Environment']).toEqual({
        Variables: {
          TABLE_NAME: 'appointments-prod',
          AUTH: 'iam',
          PRACTITIONER_DOUBLE_BOOKING: 'allow',
        },
      });
      expect(properties(withTokens, `${name}LambdaFunction`)['Environment']).toEqual({
        Variables: {
          TABLE_NAME: 'appointments-prod',
          AUTH: 'jwt',
          PRACTITIONER_DOUBLE_BOOKING: 'allow',
        },
      });
      expect(properties(withAll, `${name}LambdaFunction`)['Environment']).toMatchObject({
        Variables: { PRACTITIONER_DOUBLE_BOOKING: 'reject' },
      });
    }
  });
});

describe('the roles', () => {
  const TABLE = { 'Fn::GetAtt': ['AppointmentsTable', 'Arn'] };
  const logs = (name: string): Statement => ({
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: { 'Fn::GetAtt': [`${name}LogGroup`, 'Arn'] },
  });
  const onTable = (...Action: string[]): Statement => ({
    Effect: 'Allow',
    Action,
    Resource: TABLE,
  });
  const onKey = (...Action: string[]): Statement => ({
    Effect: 'Allow',
    Action,
    Resource: KEY,
    Condition: {
      StringEquals: { 'kms:ViaService': { 'Fn::Sub': 'dynamodb.${AWS::Region}.amazonaws.com' } },
    },
  });
  const TRACES: Statement = {
    Effect: 'Allow',
    Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
    Resource: '*',
  };

  it('are one a function', () => {
    expect(ofType(byDefault, 'AWS::IAM::Role').map(([name]) => name)).toEqual([
      'AppointmentCommandsRole',
      'AppointmentQueriesRole',
    ]);
    expect(ofType(byDefault, 'AWS::IAM::Policy')).toEqual([]);
    for (const name of FUNCTIONS) {
      expect(properties(byDefault, `${name}LambdaFunction`)['Role']).toEqual({
        'Fn::GetAtt': [`${name}Role`, 'Arn'],
      });
      expect(properties(byDefault, `${name}Role`)).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  it.each([() => byDefault, () => withTokens])(
    'allow what each uses, and nothing else',
    (template) => {
      expect(statements(template(), 'AppointmentCommandsRole')).toEqual([
        onTable('dynamodb:GetItem', 'dynamodb:PutItem'),
        logs('AppointmentCommands'),
      ]);
      expect(statements(template(), 'AppointmentQueriesRole')).toEqual([
        onTable('dynamodb:GetItem', 'dynamodb:Query'),
        logs('AppointmentQueries'),
      ]);
    },
  );

  it("allow the use of a customer's key through DynamoDB alone, and traces where tracing is on", () => {
    expect(statements(withAll, 'AppointmentCommandsRole')).toEqual([
      onTable('dynamodb:GetItem', 'dynamodb:PutItem'),
      logs('AppointmentCommands'),
      onKey(
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey*',
        'kms:ReEncrypt*',
      ),
      TRACES,
    ]);
    expect(statements(withAll, 'AppointmentQueriesRole')).toEqual([
      onTable('dynamodb:GetItem', 'dynamodb:Query'),
      logs('AppointmentQueries'),
      onKey('kms:Decrypt', 'kms:DescribeKey'),
      TRACES,
    ]);
  });
});

describe('the table', () => {
  it('is on demand, can be restored, and is not deleted by a mistake', () => {
    expect(byDefault['AppointmentsTable']).toEqual({
      Type: 'AWS::DynamoDB::Table',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        TableName: 'appointments-prod',
        BillingMode: 'PAY_PER_REQUEST',
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        AttributeDefinitions: [
          { AttributeName: 'PK', AttributeType: 'S' },
          { AttributeName: 'SK', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'PK', KeyType: 'HASH' },
          { AttributeName: 'SK', KeyType: 'RANGE' },
        ],
      },
    });
  });

  it('is encrypted with the key of a customer, and has the name that is given', () => {
    expect(properties(withAll, 'AppointmentsTable')).toMatchObject({
      TableName: 'clinic-appointments',
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY },
    });
  });
});

describe('the edge', () => {
  it('throttles', () => {
    expect(properties(byDefault, 'HttpApiStage')['DefaultRouteSettings']).toEqual({
      DetailedMetricsEnabled: true,
      ThrottlingBurstLimit: 200,
      ThrottlingRateLimit: 100,
    });
    expect(properties(withAll, 'HttpApiStage')['DefaultRouteSettings']).toMatchObject({
      ThrottlingBurstLimit: 10,
      ThrottlingRateLimit: 5,
    });
  });

  it('logs who called which route, from a list of what may be logged', () => {
    const { AccessLogSettings } = properties(byDefault, 'HttpApiStage') as {
      AccessLogSettings: { Format: string };
    };

    expect(JSON.parse(AccessLogSettings.Format)).toEqual({
      time: '$context.requestTime',
      request_id: '$context.requestId',
      route: '$context.routeKey',
      status: '$context.status',
      latency_ms: '$context.responseLatency',
      integration_error: '$context.integrationErrorMessage',
      principal: '$context.identity.userArn',
      subject: '$context.authorizer.claims.sub',
    });
  });

  it('answers no page of another origin unless origins are given', () => {
    expect(properties(byDefault, 'HttpApi')).not.toHaveProperty('CorsConfiguration');
    expect(properties(withAll, 'HttpApi')['CorsConfiguration']).toEqual({
      AllowOrigins: ['https://a.example.com', 'https://b.example.com'],
      AllowMethods: ['GET', 'POST'],
      AllowHeaders: [
        ...['authorization', 'content-type', 'idempotency-key'],
        ...['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'],
      ],
      ExposeHeaders: ['idempotency-replayed', 'link', 'location', 'retry-after'],
      MaxAge: 3600,
    });
  });
});

describe('the functions', () => {
  it.each(FUNCTIONS)(
    '%s runs on what is tested, logs JSON, and ends before the gateway gives up',
    (name) => {
      expect(properties(byDefault, `${name}LambdaFunction`)).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Timeout: 15,
        LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'WARN' },
      });
    },
  );

  it('keep their logs as long as is said', () => {
    const retention = (template: Template) =>
      ofType(template, 'AWS::Logs::LogGroup').map(([name, { Properties }]) => [
        name,
        Properties['RetentionInDays'],
      ]);

    expect(retention(byDefault)).toEqual([
      ['AppointmentCommandsLogGroup', 90],
      ['AppointmentQueriesLogGroup', 90],
      ['HttpApiLogGroup', 90],
    ]);
    expect(retention(withAll).map(([, days]) => days)).toEqual([365, 365, 365]);
  });

  it('have concurrency of their own and tracing only where that is said', () => {
    for (const name of FUNCTIONS) {
      const plain = properties(byDefault, `${name}LambdaFunction`);
      expect(plain).not.toHaveProperty('ReservedConcurrentExecutions');
      expect(plain).not.toHaveProperty('TracingConfig');
      expect(properties(withAll, `${name}LambdaFunction`)).toMatchObject({
        ReservedConcurrentExecutions: 20,
        TracingConfig: { Mode: 'Active' },
      });
    }
  });

  it.each([
    ['appointmentCommands', 'appointment-commands'],
    ['appointmentQueries', 'appointment-queries'],
  ])('are deployed as one bundle each, without sources: %s', (name, file) => {
    const zip = zips[name] ?? Buffer.alloc(0);

    const [entry, ...others] = entriesOf(zip);
    expect(others).toEqual([]);
    expect(entry?.name).toBe(`src/handlers/${file}.mjs`);
    const code = entry?.text ?? '';
    expect(code).toContain('urn:problem:');
    expect(code).not.toMatch(/sourceMappingURL|sourcesContent/);
  });
});

describe('the alarms', () => {
  const alarms = (template: Template) => ofType(template, 'AWS::CloudWatch::Alarm');

  it('watch errors, latency and throttling', () => {
    const sum = (Namespace: string, MetricName: string, dimension: string, resource: string) => ({
      Namespace,
      MetricName,
      Dimensions: [{ Name: dimension, Value: { Ref: resource } }],
      Statistic: 'Sum',
    });
    const ofFunction = (metric: string, name: string) =>
      sum('AWS/Lambda', metric, 'FunctionName', `${name}LambdaFunction`);
    const ofTable = (metric: string) =>
      sum('AWS/DynamoDB', metric, 'TableName', 'AppointmentsTable');
    const ofApi = (MetricName: string) => ({
      Namespace: 'AWS/ApiGateway',
      MetricName,
      Dimensions: [{ Name: 'ApiId', Value: { Ref: 'HttpApi' } }],
    });

    expect(alarms(byDefault).map(([name, { Properties }]) => [name, Properties])).toMatchObject([
      [
        'ServerErrorsAlarm',
        {
          Threshold: 1,
          Metrics: [
            { Expression: '100 * FILL(errors, 0) / requests' },
            { Id: 'errors', MetricStat: { Metric: ofApi('5xx'), Stat: 'Sum' } },
            { Id: 'requests', MetricStat: { Metric: ofApi('Count'), Stat: 'Sum' } },
          ],
        },
      ],
      ['LatencyAlarm', { ...ofApi('Latency'), ExtendedStatistic: 'p99', Threshold: 2000 }],
      ['AppointmentCommandsErrorsAlarm', ofFunction('Errors', 'AppointmentCommands')],
      ['AppointmentCommandsThrottlesAlarm', ofFunction('Throttles', 'AppointmentCommands')],
      ['AppointmentQueriesErrorsAlarm', ofFunction('Errors', 'AppointmentQueries')],
      ['AppointmentQueriesThrottlesAlarm', ofFunction('Throttles', 'AppointmentQueries')],
      ['TableReadThrottlesAlarm', ofTable('ReadThrottleEvents')],
      ['TableWriteThrottlesAlarm', ofTable('WriteThrottleEvents')],
    ]);
  });

  it('tell a topic where one is given', () => {
    for (const [, { Properties }] of alarms(byDefault)) {
      expect(Properties).not.toHaveProperty('AlarmActions');
    }
    for (const [, { Properties }] of alarms(withAll)) {
      expect(Properties).toMatchObject({ AlarmActions: [TOPIC], OKActions: [TOPIC] });
    }
  });
});

describe('packaging refuses', () => {
  it.each([
    [{ auth: 'none' }, 'With the parameter auth=none anyone may read and book appointments'],
    [{ auth: 'off' }, 'The parameter auth is "off": set --param auth= to one of iam, jwt, none.'],
    [
      { auth: 'jwt', jwtAudience: 'a' },
      'With the parameter auth=jwt, set --param jwtIssuer= to the https address of the token issuer',
    ],
    [
      { auth: 'jwt', jwtIssuer: 'https://idp.example.com' },
      'With the parameter auth=jwt, set --param jwtAudience= to the audience of the tokens',
    ],
    [
      { auth: 'jwt', jwtIssuer: 'http://idp.example.com', jwtAudience: 'a' },
      'The parameter jwtIssuer is "http://idp.example.com": set --param jwtIssuer= to the https address',
    ],
    [
      { kmsKeyArn: 'alias/key' },
      'set --param kmsKeyArn= to the ARN of a KMS key (not of an alias).',
    ],
    [{ alarmTopicArn: 'topic' }, 'set --param alarmTopicArn= to the ARN of an SNS topic.'],
    [{ corsOrigins: '*' }, 'set --param corsOrigins= to origins like https://clinic.example.com'],
    [
      { corsOrigins: 'https://*' },
      'set --param corsOrigins= to origins like https://clinic.example.com',
    ],
    [{ corsOrigins: 'https://*.example.com' }, 'set --param corsOrigins= to origins like'],
    [{ throttlingRate: '0' }, 'set --param throttlingRate= to a whole number of requests a second'],
    [{ reservedConcurrency: 'all' }, 'set --param reservedConcurrency= to a whole number'],
    [{ logRetentionDays: '42' }, 'set --param logRetentionDays= to one of 1, 3, 5,'],
    [
      { practitionerDoubleBooking: 'yes' },
      'set --param practitionerDoubleBooking= to allow or reject.',
    ],
    [{ tracing: 'yes' }, 'set --param tracing= to true or false.'],
    [{ authorizer: 'none' }, 'There is no parameter authorizer. There are: auth,'],
  ])('%j, and says what to set', async (parameters, sentence) => {
    const refusal = await refusalOf(parameters);

    expect(refusal).toContain(sentence);
    expect(refusal).not.toContain('    at ');
  });

  it('auth=none on the stage of local runs too', async () => {
    await expect(refusalOf({ auth: 'none' }, 'local')).resolves.toContain('auth=none');
  });
});
