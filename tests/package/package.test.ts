import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Metafile } from 'esbuild';
import manifest from '../../package.json' with { type: 'json' };
import { ROOT } from '../../scripts/local/local-folder.ts';
import { bundleHandlers, MAX_BUNDLE_BYTES } from '../support/bundle.ts';
import { errorOf, type Package, packageService, type Template } from '../support/packaging.ts';

jest.setTimeout(180_000);

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11';
const TOPIC = 'arn:aws:sns:us-east-1:123456789012:appointments';
const CERTIFICATE =
  'arn:aws:acm:us-east-1:123456789012:certificate/5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11';
const FUNCTIONS = ['AppointmentCommands', 'AppointmentQueries'] as const;
const BUNDLES = ['appointment-commands', 'appointment-queries'] as const;
const { version } = manifest;
const BUS = 'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/clinic';

let byDefault: Package;
let withTokens: Package;
let withEverything: Package;

beforeAll(async () => {
  byDefault = await packageService();
  withTokens = await packageService({
    auth: 'jwt',
    jwtIssuer: 'https://idp.example.com/realm',
    jwtAudience: 'appointments,booking',
    dashboard: 'false',
  });
  withEverything = await packageService({
    kmsKeyArn: KEY,
    alarmTopicArn: TOPIC,
    noTrafficAlarmMinutes: '60',
    eventBus: 'clinic',
    domainName: 'appointments.example.com',
    certificateArn: CERTIFICATE,
    tracing: 'true',
    reservedConcurrency: '20',
    corsOrigins: 'https://a.example.com,https://b.example.com',
    throttlingBurst: '10',
    throttlingRate: '5',
    logRetentionDays: '365',
    tableName: 'clinic-appointments',
    practitionerDoubleBooking: 'reject',
  });
});

/** The properties of every resource of a type, by logical id. */
const ofType = (template: Template, type: string) =>
  Object.fromEntries(
    Object.entries(template).flatMap(([name, { Type, Properties }]) =>
      Type === type ? [[name, Properties]] : [],
    ),
  );

const properties = ({ template }: Package, name: string) => template[name]?.Properties ?? {};

describe('the template', () => {
  it.each([
    ['by default', () => byDefault],
    ['with tokens', () => withTokens],
    ['with every option', () => withEverything],
  ])('%s holds resolved values only, and references to its own resources', (_, packaged) => {
    const { template } = packaged();
    const text = JSON.stringify(template);

    expect(text).not.toMatch(/Fn::If|AWS::NoValue/);
    expect(text).not.toMatch(/null|:""(?!,\[)/);
    const references = [...text.matchAll(/\$\{(?!AWS::)([^.}]*)/g)].map(([, name]) => name);
    expect(Object.keys(template)).toEqual(expect.arrayContaining(references));
  });
});

describe('the routes', () => {
  const COMMANDS = [
    'POST /api/patients/{patient_id}/appointment',
    'POST /api/patients/{patient_id}/appointments',
    'POST /api/patients/{patient_id}/appointments/{date}/cancel',
    'POST /api/patients/{patient_id}/appointments/{date}/reschedule',
    'PUT /api/patients/{patient_id}/appointments/{date}/attendance',
    'PUT /api/patients/{patient_id}',
    'DELETE /api/patients/{patient_id}',
    'PUT /api/practitioners/{practitioner_id}',
    'PUT /api/practitioners/{practitioner_id}/schedule',
  ];
  const QUERIES = [
    'GET /api/patients/{patient_id}/appointments',
    'GET /api/patients/{patient_id}/appointments/{date}',
    'GET /api/practitioners/{practitioner_id}/appointments',
    'GET /api/practitioners/{practitioner_id}/slots',
    'GET /api/patients/{patient_id}',
    'GET /api/practitioners/{practitioner_id}',
  ];

  interface Route {
    readonly AuthorizationType: string;
    readonly AuthorizerId?: unknown;
    /** The function that API Gateway invokes. */
    readonly invokes: string;
  }

  const routesOf = ({ template }: Package): Record<string, Route> =>
    Object.fromEntries(
      Object.values(ofType(template, 'AWS::ApiGatewayV2::Route')).map((properties) => {
        const { ApiId, RouteKey, Target, ...authorization } = properties as unknown as Route & {
          ApiId: unknown;
          RouteKey: string;
          Target: { 'Fn::Join': [string, [string, { Ref: string }]] };
        };
        const [, [, integration]] = Target['Fn::Join'];
        const { IntegrationUri } = template[integration.Ref]?.Properties as {
          IntegrationUri: { 'Fn::GetAtt': [string, string] };
        };
        return [RouteKey, { ...authorization, invokes: IntegrationUri['Fn::GetAtt'][0] }];
      }),
    );
  const everyRoute = (authorization: Omit<Route, 'invokes'>): Record<string, Route> =>
    Object.fromEntries([
      ...COMMANDS.map((route) => [
        route,
        { ...authorization, invokes: 'AppointmentCommandsLambdaFunction' },
      ]),
      ...QUERIES.map((route) => [
        route,
        { ...authorization, invokes: 'AppointmentQueriesLambdaFunction' },
      ]),
    ]) as Record<string, Route>;

  it.each([
    ['by default', () => byDefault],
    ['with every option', () => withEverything],
  ])('require an IAM signature %s', (_, of) => {
    expect(routesOf(of())).toEqual(everyRoute({ AuthorizationType: 'AWS_IAM' }));
    expect(ofType(of().template, 'AWS::ApiGatewayV2::Authorizer')).toEqual({});
  });

  it('require a token from the issuer for the audience with auth=jwt', () => {
    const authorizers = ofType(withTokens.template, 'AWS::ApiGatewayV2::Authorizer');

    expect(Object.values(authorizers)).toMatchObject([
      {
        AuthorizerType: 'JWT',
        IdentitySource: ['$request.header.Authorization'],
        JwtConfiguration: {
          Audience: ['appointments', 'booking'],
          Issuer: 'https://idp.example.com/realm',
        },
      },
    ]);
    expect(routesOf(withTokens)).toEqual(
      everyRoute({
        AuthorizationType: 'JWT',
        AuthorizerId: { Ref: Object.keys(authorizers)[0] },
      }),
    );
  });
});

describe.each(FUNCTIONS)('the function %s', (name) => {
  const of = (packaged: Package) => properties(packaged, `${name}LambdaFunction`);

  it('runs on the tested runtime, logs JSON, and times out before the gateway', () => {
    expect(of(byDefault)).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 15,
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'WARN' },
    });
  });

  it('receives the table, the auth mode, the double booking policy, and what runs, and nothing else', () => {
    const environment = (packaged: Package) => of(packaged)['Environment'];

    const Variables = {
      VERSION: version,
      COMMIT: expect.stringMatching(/^[0-9a-f]{40}(-dirty)?$/),
      TABLE_NAME: 'appointments-prod',
      AUTH: 'iam',
      PRACTITIONER_DOUBLE_BOOKING: 'allow',
    };
    expect(environment(byDefault)).toEqual({ Variables });
    expect(environment(withTokens)).toEqual({ Variables: { ...Variables, AUTH: 'jwt' } });
    expect(environment(withEverything)).toEqual({
      Variables: {
        ...Variables,
        TABLE_NAME: 'clinic-appointments',
        PRACTITIONER_DOUBLE_BOOKING: 'reject',
      },
    });
  });

  it('has reserved concurrency and tracing only on request', () => {
    expect(of(byDefault)).not.toHaveProperty('ReservedConcurrentExecutions');
    expect(of(byDefault)).not.toHaveProperty('TracingConfig');
    expect(of(withEverything)).toMatchObject({
      ReservedConcurrentExecutions: 20,
      TracingConfig: { Mode: 'Active' },
    });
  });

  it('has no versions, which nothing would use', () => {
    expect(ofType(byDefault.template, 'AWS::Lambda::Version')).toEqual({});
  });
});

describe('the roles', () => {
  interface Statement {
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Resource: unknown;
    readonly Condition?: unknown;
  }
  interface Policy {
    readonly PolicyDocument: { readonly Statement: readonly Statement[] };
    readonly Roles?: readonly { Ref: string }[];
  }

  /** Everything that the policies of a role allow. */
  const statements = ({ template }: Package, role: string) => {
    const { Policies } = template[role]?.Properties as unknown as { Policies: readonly Policy[] };
    const attached = Object.values(ofType(template, 'AWS::IAM::Policy')) as unknown as Policy[];
    return [
      ...Policies,
      ...attached.filter(({ Roles = [] }) => Roles.some(({ Ref }) => Ref === role)),
    ].flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  };
  const allow = (Action: string | readonly string[], Resource: unknown): Statement => ({
    Effect: 'Allow',
    Action,
    Resource,
  });
  const TABLE = { 'Fn::GetAtt': ['AppointmentsTable', 'Arn'] };
  const logs = (name: string) =>
    allow(['logs:CreateLogStream', 'logs:PutLogEvents'], {
      'Fn::GetAtt': [`${name}LogGroup`, 'Arn'],
    });
  const READ = allow(['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'], TABLE);
  const READ_FOR_QUERIES = [
    READ,
    allow('dynamodb:Query', { 'Fn::Sub': '${AppointmentsTable.Arn}/index/by-practitioner' }),
  ];
  const WRITE = {
    ...allow(['dynamodb:PutItem', 'dynamodb:UpdateItem'], TABLE),
    Condition: {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['PATIENT#*', 'PRACTITIONER#*'] },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    },
  };
  const useKey = (...actions: readonly string[]): Statement => ({
    ...allow(actions, KEY),
    Condition: {
      StringEquals: { 'kms:ViaService': { 'Fn::Sub': 'dynamodb.${AWS::Region}.amazonaws.com' } },
    },
  });
  const TRACE = allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*');

  it('are one per function', () => {
    expect(Object.keys(ofType(byDefault.template, 'AWS::IAM::Role'))).toEqual([
      'AppointmentCommandsRole',
      'AppointmentQueriesRole',
    ]);
    for (const name of FUNCTIONS) {
      expect(properties(byDefault, `${name}LambdaFunction`)['Role']).toEqual({
        'Fn::GetAtt': [`${name}Role`, 'Arn'],
      });
      expect(properties(withEverything, `${name}Role`)).not.toHaveProperty('ManagedPolicyArns');
    }
  });

  it.each([
    ['by default', () => byDefault],
    ['with tokens', () => withTokens],
  ])(
    'let only commands write, and nobody delete, and let only queries read the index: %s',
    (_, of) => {
      expect(statements(of(), 'AppointmentCommandsRole')).toEqual([
        READ,
        WRITE,
        logs('AppointmentCommands'),
      ]);
      expect(statements(of(), 'AppointmentQueriesRole')).toEqual([
        ...READ_FOR_QUERIES,
        logs('AppointmentQueries'),
      ]);
      expect(ofType(of().template, 'AWS::IAM::Policy')).toEqual({});
    },
  );

  it('add the customer key through DynamoDB, and tracing, on request', () => {
    expect(statements(withEverything, 'AppointmentCommandsRole')).toEqual([
      READ,
      WRITE,
      logs('AppointmentCommands'),
      useKey(
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey*',
        'kms:ReEncrypt*',
      ),
      TRACE,
    ]);
    expect(statements(withEverything, 'AppointmentQueriesRole')).toEqual([
      ...READ_FOR_QUERIES,
      logs('AppointmentQueries'),
      useKey('kms:Decrypt', 'kms:DescribeKey'),
      TRACE,
    ]);
  });

  it('let the pipe read the stream, and write to the bus and the dead-letter queue', () => {
    const { AssumeRolePolicyDocument } = properties(withEverything, 'EventsPipeRole');
    const pipe = 'pipes:${AWS::Region}:${AWS::AccountId}:pipe/appointments-prod';
    expect(AssumeRolePolicyDocument).toMatchObject({
      Statement: [
        {
          Principal: { Service: 'pipes.amazonaws.com' },
          Condition: {
            ArnEquals: { 'aws:SourceArn': { 'Fn::Sub': `arn:\${AWS::Partition}:${pipe}` } },
          },
        },
      ],
    });
    const streamActions = ['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams'];
    expect(statements(withEverything, 'EventsPipeRole')).toEqual([
      allow(
        streamActions.map((action) => `dynamodb:${action}`),
        { 'Fn::GetAtt': ['AppointmentsTable', 'StreamArn'] },
      ),
      allow('events:PutEvents', { 'Fn::Sub': BUS }),
      allow('sqs:SendMessage', { 'Fn::GetAtt': ['UndeliveredEventsQueue', 'Arn'] }),
      useKey('kms:Decrypt', 'kms:DescribeKey'),
    ]);
  });
});

describe('the table', () => {
  it('is on demand, recoverable, protected from deletion, and indexed by practitioner', () => {
    expect(byDefault.template['AppointmentsTable']).toEqual({
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
          { AttributeName: 'practitioner_id', AttributeType: 'S' },
          { AttributeName: 'agenda_key', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'PK', KeyType: 'HASH' },
          { AttributeName: 'SK', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-practitioner',
            KeySchema: [
              { AttributeName: 'practitioner_id', KeyType: 'HASH' },
              { AttributeName: 'agenda_key', KeyType: 'RANGE' },
            ],
            Projection: {
              ProjectionType: 'INCLUDE',
              NonKeyAttributes: [
                ...['appointment_id', 'start_time', 'patient_id'],
                ...['practitioner_first_name', 'practitioner_last_name', 'practitioner_npi'],
                ...['created_at', 'request_id', 'booked_by', 'rescheduled_from'],
                ...['series_id', 'series_position', 'attendance', 'attendance_recorded_at'],
                ...['attendance_request_id', 'attendance_by', 'status'],
              ],
            },
          },
        ],
      },
    });
  });

  it('has the given name and customer key', () => {
    expect(properties(withEverything, 'AppointmentsTable')).toMatchObject({
      TableName: 'clinic-appointments',
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: KEY },
    });
  });
});

describe('the events', () => {
  it('come from the stream, on request', () => {
    expect(properties(withEverything, 'AppointmentsTable')).toMatchObject({
      StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    });
    expect(properties(withEverything, 'EventsPipe')).toMatchObject({
      Source: { 'Fn::GetAtt': ['AppointmentsTable', 'StreamArn'] },
      SourceParameters: {
        DynamoDBStreamParameters: {
          StartingPosition: 'TRIM_HORIZON',
          OnPartialBatchItemFailure: 'AUTOMATIC_BISECT',
          MaximumRetryAttempts: -1,
          MaximumRecordAgeInSeconds: 43_200,
          DeadLetterConfig: { Arn: { 'Fn::GetAtt': ['UndeliveredEventsQueue', 'Arn'] } },
        },
      },
      Target: { 'Fn::Sub': BUS },
      TargetParameters: {
        EventBridgeEventBusParameters: {
          Source: 'appointment-service',
          DetailType: 'Appointment Changed',
        },
      },
    });
  });

  it('are left out by default', () => {
    expect(properties(byDefault, 'AppointmentsTable')).not.toHaveProperty('StreamSpecification');
    expect(Object.keys(byDefault.template).filter((name) => name.includes('Event'))).toEqual([]);
  });
});

describe('the gateway', () => {
  it('throttles', () => {
    expect(properties(byDefault, 'HttpApiStage')['DefaultRouteSettings']).toEqual({
      ThrottlingBurstLimit: 200,
      ThrottlingRateLimit: 100,
    });
    expect(properties(withEverything, 'HttpApiStage')['DefaultRouteSettings']).toMatchObject({
      ThrottlingBurstLimit: 10,
      ThrottlingRateLimit: 5,
    });
  });

  it('logs an allowlist of fields, with the route and not the path', () => {
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

  it('allows no other origin unless origins are given', () => {
    expect(properties(byDefault, 'HttpApi')).not.toHaveProperty('CorsConfiguration');
    expect(properties(withEverything, 'HttpApi')['CorsConfiguration']).toEqual({
      AllowOrigins: ['https://a.example.com', 'https://b.example.com'],
      AllowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
      AllowHeaders: [
        ...['authorization', 'content-type', 'idempotency-key'],
        ...['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'],
      ],
      ExposeHeaders: [
        'idempotency-replayed',
        'link',
        'location',
        'retry-after',
        'www-authenticate',
      ],
      MaxAge: 3600,
    });
  });
});

describe('the log groups', () => {
  it('keep logs as long as configured, encrypted with the customer key if given', () => {
    const groups = ({ template }: Package) =>
      Object.entries(ofType(template, 'AWS::Logs::LogGroup')).map(
        ([name, { RetentionInDays, KmsKeyId }]) => [name, RetentionInDays, KmsKeyId],
      );

    expect(groups(byDefault)).toEqual([
      ['AppointmentCommandsLogGroup', 90, undefined],
      ['AppointmentQueriesLogGroup', 90, undefined],
      ['HttpApiLogGroup', 90, undefined],
    ]);
    expect(groups(withEverything)).toEqual([
      ['AppointmentCommandsLogGroup', 365, KEY],
      ['AppointmentQueriesLogGroup', 365, KEY],
      ['HttpApiLogGroup', 365, KEY],
    ]);
  });
});

describe('the access log', () => {
  it('stays when the stack is removed', () => {
    expect(byDefault.template['HttpApiLogGroup']).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });
});

describe('a domain of its own', () => {
  it('is mapped to the root, and closes the default endpoint', () => {
    expect(properties(withEverything, 'DomainName')).toEqual({
      DomainName: 'appointments.example.com',
      DomainNameConfigurations: [
        { CertificateArn: CERTIFICATE, EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' },
      ],
    });
    expect(properties(withEverything, 'DomainMapping')).toEqual({
      ApiId: { Ref: 'HttpApi' },
      DomainName: { Ref: 'DomainName' },
      Stage: { Ref: 'HttpApiStage' },
    });
    expect(properties(withEverything, 'HttpApi')).toMatchObject({
      DisableExecuteApiEndpoint: true,
    });
    expect(withEverything.outputs).toMatchObject({
      DomainTarget: { Value: { 'Fn::GetAtt': ['DomainName', 'RegionalDomainName'] } },
      DomainTargetHostedZoneId: { Value: { 'Fn::GetAtt': ['DomainName', 'RegionalHostedZoneId'] } },
    });
  });

  it('is left out by default', () => {
    expect(ofType(byDefault.template, 'AWS::ApiGatewayV2::DomainName')).toEqual({});
    expect(properties(byDefault, 'HttpApi')).toMatchObject({ DisableExecuteApiEndpoint: false });
  });
});

describe('the alarms', () => {
  const alarms = ({ template }: Package) => ofType(template, 'AWS::CloudWatch::Alarm');

  it('watch errors, latency and throttling', () => {
    const sum = (
      [Namespace, MetricName]: readonly [string, string],
      [Name, Ref]: readonly [string, string],
      Threshold: number,
    ) => ({
      Namespace,
      MetricName,
      Dimensions: [{ Name, Value: { Ref } }],
      Statistic: 'Sum',
      Threshold,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      EvaluationPeriods: 1,
      Period: 300,
      TreatMissingData: 'notBreaching',
    });
    const ofFunction = (metric: string, name: string) =>
      sum(['AWS/Lambda', metric], ['FunctionName', `${name}LambdaFunction`], 1);
    const ofTable = (metric: string) =>
      sum(['AWS/DynamoDB', metric], ['TableName', 'AppointmentsTable'], 10);
    const ofApi = (MetricName: string) => ({
      Namespace: 'AWS/ApiGateway',
      MetricName,
      Dimensions: [{ Name: 'ApiId', Value: { Ref: 'HttpApi' } }],
    });

    const found = alarms(byDefault);
    expect(Object.keys(found)).toHaveLength(9);
    expect(found).toMatchObject({
      ServerErrorsAlarm: {
        Threshold: 1,
        EvaluationPeriods: 2,
        Metrics: [
          { Expression: 'IF(FILL(errors, 0) >= 3, 100 * errors / requests, 0)' },
          { Id: 'errors', MetricStat: { Metric: ofApi('5xx'), Stat: 'Sum' } },
          { Id: 'requests', MetricStat: { Metric: ofApi('Count'), Stat: 'Sum' } },
        ],
      },
      LatencyAlarm: { ...ofApi('Latency'), ExtendedStatistic: 'p99', Threshold: 2000 },
      AppointmentCommandsErrorsAlarm: ofFunction('Errors', 'AppointmentCommands'),
      AppointmentCommandsThrottlesAlarm: ofFunction('Throttles', 'AppointmentCommands'),
      AppointmentQueriesErrorsAlarm: ofFunction('Errors', 'AppointmentQueries'),
      AppointmentQueriesThrottlesAlarm: ofFunction('Throttles', 'AppointmentQueries'),
      TableReadThrottlesAlarm: ofTable('ReadThrottleEvents'),
      TableWriteThrottlesAlarm: ofTable('WriteThrottleEvents'),
      RejectedCallersAlarm: {
        Threshold: 10,
        EvaluationPeriods: 3,
        Metrics: [
          { Expression: 'IF(FILL(rejected, 0) >= 20, 100 * rejected / requests, 0)' },
          {
            Id: 'rejected',
            MetricStat: {
              Metric: { Namespace: 'appointments-prod', MetricName: 'RejectedCallers' },
              Stat: 'Sum',
            },
          },
          { Id: 'requests', MetricStat: { Metric: ofApi('Count'), Stat: 'Sum' } },
        ],
      },
    });
  });

  it('say whether someone must act at once, and only an outage asks for that', () => {
    const urgencies = Object.entries(alarms(withEverything)).map(([name, { AlarmDescription }]) => [
      name,
      /^(Page|Ticket): \S/.exec(String(AlarmDescription))?.[1],
    ]);

    expect(urgencies.filter(([, urgency]) => urgency !== 'Ticket')).toEqual([
      ['ServerErrorsAlarm', 'Page'],
      ['NoTrafficAlarm', 'Page'],
      ['UndeliveredEventsAlarm', 'Page'],
    ]);
  });

  it('watch for a time without requests on request', () => {
    expect(alarms(withEverything)['NoTrafficAlarm']).toMatchObject({
      Namespace: 'AWS/ApiGateway',
      MetricName: 'Count',
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 12,
      Period: 300,
      TreatMissingData: 'breaching',
    });
  });

  it('notify the topic if one is given', () => {
    for (const alarm of Object.values(alarms(byDefault))) {
      expect(alarm).toMatchObject({ AlarmActions: [], OKActions: [] });
    }
    for (const alarm of Object.values(alarms(withEverything))) {
      expect(alarm).toMatchObject({ AlarmActions: [TOPIC], OKActions: [TOPIC] });
    }
  });
});

describe('the dashboard', () => {
  interface Widget {
    readonly type: string;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    readonly properties: {
      readonly title: string;
      readonly region: string;
      readonly period: number;
      readonly stat?: string;
      readonly metrics: readonly (readonly (string | Record<string, string>)[])[];
    };
  }

  /** What the dashboard shows. Each reference is the name of its resource in parentheses. */
  const bodyOf = (packaged: Package) => {
    const { DashboardBody } = properties(packaged, 'Dashboard') as {
      DashboardBody: { 'Fn::Sub': string };
    };
    return JSON.parse(DashboardBody['Fn::Sub'].replace(/\$\{(.*?)\}/g, '($1)')) as {
      periodOverride: string;
      widgets: Widget[];
    };
  };

  /** Each metric of a widget on one line, with its statistic and period. */
  const metricsOf = ({ properties: { metrics, stat, period } }: Widget) =>
    metrics.map((metric) => {
      const words = metric.filter((word) => typeof word === 'string');
      const options = metric.find((word) => typeof word === 'object') ?? {};
      const { expression } = options;
      return [...(expression ? [expression] : [...words, options['stat'] ?? stat]), period].join(
        ' ',
      );
    });

  it('shows requests, latency, errors, throttles, and what happened to appointments', () => {
    const { widgets, periodOverride } = bodyOf(byDefault);

    const table = 'TableName (AppointmentsTable)';
    const index = `${table} GlobalSecondaryIndexName by-practitioner`;
    expect(
      Object.fromEntries(widgets.map((one) => [one.properties.title, metricsOf(one)])),
    ).toEqual({
      Requests: [
        'AWS/ApiGateway Count ApiId (HttpApi) Sum 300',
        'AWS/ApiGateway 4xx ApiId (HttpApi) Sum 300',
        'AWS/ApiGateway 5xx ApiId (HttpApi) Sum 300',
      ],
      'Latency, milliseconds': [
        'AWS/ApiGateway Latency ApiId (HttpApi) p50 300',
        'AWS/ApiGateway Latency ApiId (HttpApi) p95 300',
        'AWS/ApiGateway Latency ApiId (HttpApi) p99 300',
      ],
      'Errors by problem code': [
        `SEARCH('{"appointments-prod",Code} MetricName="Problems"', 'Sum') 300`,
      ],
      Throttles: [
        'appointments-prod Throttled Sum 300',
        'AWS/Lambda Throttles FunctionName (AppointmentCommandsLambdaFunction) Sum 300',
        'AWS/Lambda Throttles FunctionName (AppointmentQueriesLambdaFunction) Sum 300',
        `AWS/DynamoDB ReadThrottleEvents ${table} Sum 300`,
        `AWS/DynamoDB WriteThrottleEvents ${table} Sum 300`,
        `AWS/DynamoDB ReadThrottleEvents ${index} Sum 300`,
        `AWS/DynamoDB WriteThrottleEvents ${index} Sum 300`,
      ],
      'Appointments per hour': [
        'appointments-prod Booked Sum 3600',
        'appointments-prod Cancelled Sum 3600',
        'appointments-prod Rescheduled Sum 3600',
        'appointments-prod Conflicts Sum 3600',
      ],
    });
    // Otherwise the console chooses the periods, and an hour is not an hour.
    expect(periodOverride).toBe('inherit');
    for (const { type, properties: of } of widgets) {
      expect([type, of.region]).toEqual(['metric', '(AWS::Region)']);
    }
  });

  it('has metrics from the log lines of both functions and the gateway', () => {
    const filters = Object.values(ofType(byDefault.template, 'AWS::Logs::MetricFilter')).map(
      ({ LogGroupName, MetricTransformations }) => {
        const [{ MetricNamespace, MetricName, Dimensions = [] }] = MetricTransformations as [
          { MetricNamespace: string; MetricName: string; Dimensions?: { Key: string }[] },
        ];
        const { Ref } = LogGroupName as { Ref: string };
        return [Ref, MetricNamespace, MetricName, ...Dimensions.map(({ Key }) => Key)].join(' ');
      },
    );

    expect(filters).toEqual([
      'HttpApiLogGroup appointments-prod RejectedCallers',
      'AppointmentCommandsLogGroup appointments-prod Booked',
      'AppointmentCommandsLogGroup appointments-prod Cancelled',
      'AppointmentCommandsLogGroup appointments-prod Rescheduled',
      'AppointmentCommandsLogGroup appointments-prod Conflicts',
      'AppointmentCommandsLogGroup appointments-prod Problems Code',
      'AppointmentQueriesLogGroup appointments-prod Problems Code',
      'HttpApiLogGroup appointments-prod Throttled',
    ]);
  });

  it('has widgets that fit in 24 columns and do not overlap', () => {
    const { widgets } = bodyOf(byDefault);

    const cells = widgets.flatMap(({ x, y, width, height }) =>
      Array.from({ length: width * height }, (_, i) => ({
        column: x + (i % width),
        row: y + Math.floor(i / width),
      })),
    );
    expect(cells.filter(({ column }) => column >= 24)).toEqual([]);
    expect(new Set(cells.map(({ column, row }) => `${column} ${row}`)).size).toBe(cells.length);
  });

  it('has a different name in each region, because regions share dashboard names', () => {
    expect(properties(byDefault, 'Dashboard')['DashboardName']).toEqual({
      'Fn::Sub': 'appointments-prod-${AWS::Region}',
    });
  });

  it('is left out, with its metrics, if dashboard=false', () => {
    expect(ofType(withTokens.template, 'AWS::CloudWatch::Dashboard')).toEqual({});
    expect(Object.keys(ofType(withTokens.template, 'AWS::Logs::MetricFilter'))).toEqual([
      'RejectedCallersMetricFilter',
    ]);
    expect(bodyOf(withEverything)).toEqual(bodyOf(byDefault));
  });
});

describe('the stack', () => {
  it('says in its outputs what runs', () => {
    expect(byDefault.outputs['Version']).toMatchObject({
      Value: expect.stringMatching(new RegExp(`^${RegExp.escape(version)} [0-9a-f]{40}(-dirty)?$`)),
    });
  });

  it('is tagged, and its deployments are private and versioned', () => {
    expect(byDefault.stackTags).toEqual({ SERVICE: 'appointments' });
    expect(properties(byDefault, 'ServerlessDeploymentBucket')).toMatchObject({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
    });
  });
});

describe('the bundles', () => {
  let folder: string;
  let metafile: Metafile;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'appointments-bundles-'));
    metafile = await bundleHandlers(folder);
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** The sources that a bundle holds code from. */
  const inputsOf = (bundle: string) =>
    Object.entries(metafile.outputs)
      .filter(([path]) => path.endsWith(`/${bundle}.js`))
      .flatMap(([, { inputs }]) => Object.keys(inputs));
  const packagesOf = (bundle: string) =>
    new Set(
      inputsOf(bundle).flatMap(
        (path) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? [],
      ),
    );

  it.each(BUNDLES)(
    '%s.js is alone in its zip, and is the bundle that the tests and benchmarks run',
    async (bundle) => {
      const zip = byDefault.zips[camelCase(bundle)];

      expect(zip).toEqual({
        [`src/handlers/${bundle}.js`]: await readFile(join(folder, `${bundle}.js`), 'utf8'),
      });
    },
  );

  it.each(BUNDLES)('%s.js is small, minified CommonJS without sources', (bundle) => {
    const code = byDefault.zips[camelCase(bundle)]?.[`src/handlers/${bundle}.js`] ?? '';

    expect(code.length).toBeGreaterThan(100_000);
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
    expect(code.split('\n').length).toBeLessThan(code.length / 1000);
    expect(code).toMatch(/\bmodule\.exports=\{[^}]*\bhandler\b/);
    expect(code).not.toMatch(/sourceMappingURL|sourcesContent/);
  });

  it.each(BUNDLES)('%s.js holds these packages and no other', (bundle) => {
    const names = [...packagesOf(bundle)].map((path) => path.replace(/.*node_modules\//, ''));

    expect(names.sort()).toEqual([
      '@aws-sdk/client-dynamodb',
      '@aws-sdk/core',
      '@aws-sdk/credential-provider-env',
      '@aws-sdk/dynamodb-codec',
      '@aws-sdk/endpoint-cache',
      '@aws-sdk/lib-dynamodb',
      '@aws-sdk/middleware-endpoint-discovery',
      '@aws-sdk/util-dynamodb',
      '@aws/lambda-invoke-store',
      '@middy/core',
      '@smithy/core',
      '@smithy/node-http-handler',
      '@smithy/signature-v4',
      '@smithy/types',
      'mnemonist',
      'obliterator',
      'zod',
    ]);
  });

  it.each(BUNDLES)('%s.js holds zod/mini only', (bundle) => {
    const zod = inputsOf(bundle).flatMap(
      (path) => /node_modules\/zod\/(.*)\/[^/]*$/.exec(path)?.[1] ?? [],
    );

    expect([...new Set(zod)].sort()).toEqual(['v4/core', 'v4/mini']);
  });

  it('hold the SDK as ES modules, and credentials from the environment only', () => {
    const sdk = Object.entries(metafile.inputs).filter(([path]) =>
      /node_modules\/@(aws|aws-sdk|smithy)\//.test(path),
    );

    expect(sdk.length).toBeGreaterThan(100);
    for (const [path, { format }] of sdk) {
      expect([path, format]).not.toEqual([path, 'cjs']);
      expect(path).not.toMatch(/dist-cjs|nested-clients|token-providers/);
      expect(path).not.toMatch(/credential-provider-(?!env\/)|\/from(SSO|Ini|Process|Http|Token)/);
    }
  });

  it('are listed in the SBOM, package by package and version by version', async () => {
    const bundled = await Promise.all(
      [...BUNDLES.map(packagesOf).reduce((all, some) => all.union(some))].map(async (path) => {
        const text = await readFile(join(ROOT, path, 'package.json'), 'utf8');
        const { name, version } = JSON.parse(text) as { name: string; version: string };
        return `${name}@${version}`;
      }),
    );
    const listed = byDefault.sbom.components.map(({ group, name, version }) =>
      group === undefined ? `${name}@${version}` : `${group}/${name}@${version}`,
    );

    expect(listed.sort()).toEqual(bundled.sort());
  });

  it('have their source maps beside the SBOM', () => {
    for (const bundle of BUNDLES) {
      const { sources } = JSON.parse(byDefault.sourceMaps[bundle] ?? '{}') as { sources: string[] };
      expect(sources.map((source) => source.replace(/^(\.\.\/)+/, ''))).toContain(
        'src/repositories/store.ts',
      );
    }
  });
});

describe('packaging', () => {
  it('leaves nothing in the temporary folder', () => {
    expect(byDefault.leftovers).toEqual([]);
  });

  it.each(['prod', 'local'])('rejects auth=none in the stage %s', async (stage) => {
    const output = await errorOf('npx', ['serverless', 'package', '--stage', stage], {
      auth: 'none',
      practitionerDoubleBooking: 'allow',
    });

    expect(output).toContain('auth=none lets anyone read and change appointments');
    expect(output).not.toContain('    at ');
  });

  it('rejects an unknown parameter', async () => {
    const output = await errorOf('npx', ['serverless', 'package'], { authorizer: 'none' });

    expect(output).toContain(
      'Unknown parameter in --param for stage dev: authorizer. Known parameters: auth, jwtIssuer,',
    );
    expect(output).not.toContain('    at ');
  });

  it('rejects a misspelled parameter of a stage in serverless.yml', async () => {
    const yml = await readFile(join(ROOT, 'serverless.yml'), 'utf8');
    const config = 'misspelled.serverless.yml';
    await writeFile(
      join(ROOT, config),
      yml.replace('\nparams:\n', '\nparams:\n  prod:\n    auht: jwt\n'),
    );
    try {
      const output = await errorOf('npx', ['serverless', 'package', '--config', config]);

      expect(output).toContain('Unknown parameter in params.prod of serverless.yml: auht. Known');
      expect(output).not.toContain('    at ');
    } finally {
      await rm(join(ROOT, config));
    }
  });

  it('rejects another region than that of the stage', async () => {
    const output = await errorOf('npx', ['serverless', 'package', '--region', 'eu-west-1']);

    expect(output).toContain('Stage dev is in the region us-east-1, not in eu-west-1.');
    expect(output).not.toContain('    at ');
  });

  it('warns that the alarms notify no one', () => {
    expect(byDefault.output).toContain('The alarms of stage prod notify no one.');
    expect(withEverything.output).not.toContain('notify no one');
  });

  it.each([
    ['package', ['--stage=prod'], '--stage'],
    ['deploy', ['--stage=prod'], '--stage'],
    ['deploy', ['--stage', 'prod'], '--stage'],
    ['deploy', ['--region=eu-west-1'], '--region'],
    ['deploy', ['--param=auth=jwt', '--param=jwtAudience=a'], '--param'],
    ['deploy', ['--aws-profile=prod'], '--aws-profile'],
  ])('rejects npm run %s %j, and shows the right command', async (script, words, option) => {
    const output = await errorOf('npm', ['run', script, ...words]);

    expect(output).toContain(`npm run ${script} -- ${option} ...\n`);
    expect(output).not.toContain('    at ');
  });
});

/** The name of the function that a bundle belongs to. */
function camelCase(bundle: string): string {
  return bundle.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
