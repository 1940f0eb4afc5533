// Validates the parameters of a deployment and derives the settings that serverless.yml and resources/*.yml use.

/** The retention periods that CloudWatch Logs accepts: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

/** The osls command of a local run, which deploys nothing. */
const LOCAL_RUN = 'offline start';

interface Rule {
  readonly accepts: (text: string) => boolean;
  /** Completes "It must be ...". */
  readonly description: string;
}

const RULES = {
  auth: {
    accepts: (text) => ['iam', 'jwt', 'none'].includes(text),
    description: 'iam or jwt',
  },
  jwtIssuer: optional(
    /^https:\/\/[^\s?#]+$/,
    'the https URL of the token issuer, exactly as in the "iss" claim',
  ),
  jwtAudience: optional(
    /^[^\s,]+(,[^\s,]+)*$/,
    'the audience of the tokens, as in the "aud" claim, or several separated by commas',
  ),
  practitionerDoubleBooking: {
    accepts: (text) => ['', 'allow', 'reject'].includes(text),
    description: 'allow or reject',
  },
  region: {
    accepts: (text) => /^[a-z]{2}(-[a-z]+)+-\d$/.test(text),
    description: 'an AWS region, such as us-east-1',
  },
  accountId: optional(/^\d{12}$/, 'the 12 digits of an AWS account, in quotes'),
  tableName: {
    accepts: (text) => /^[A-Za-z0-9_.-]{3,255}$/.test(text),
    description: 'a valid DynamoDB table name',
  },
  kmsKeyArn: optional(
    /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
    'the ARN of a KMS key, not of an alias',
  ),
  alarmTopicArn: optional(
    /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$/,
    'the ARN of an SNS topic',
  ),
  eventBus: optional(
    /^(arn:aws[a-z-]*:events:[a-z0-9-]+:\d{12}:event-bus\/)?[A-Za-z0-9._/-]{1,256}$/,
    'the name or the ARN of an EventBridge event bus',
  ),
  noTrafficAlarmMinutes: {
    accepts: (text) =>
      text === '' || (isWholeNumber(text) && Number(text) % 5 === 0 && Number(text) <= 1440),
    description: 'a multiple of 5 minutes, up to 1440',
  },
  domainName: optional(
    /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
    'a domain name in lower case, such as appointments.example.com',
  ),
  certificateArn: optional(
    /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+$/,
    'the ARN of an ACM certificate',
  ),
  corsOrigins: optional(
    /^https?:\/\/[A-Za-z0-9.-]+(:\d+)?(,https?:\/\/[A-Za-z0-9.-]+(:\d+)?)*$/,
    'origins such as https://clinic.example.com, separated by commas',
  ),
  throttlingBurst: wholeNumber('a number of requests from 1 to 100000'),
  throttlingRate: wholeNumber('a number of requests per second from 1 to 100000'),
  reservedConcurrency: {
    accepts: (text) => text === '' || isWholeNumber(text),
    description: 'a number of concurrent executions from 1 to 100000',
  },
  logRetentionDays: {
    accepts: (text) => RETENTION_DAYS.includes(Number(text)),
    description: `one of ${RETENTION_DAYS.join(', ')}`,
  },
  dashboard: choice('true', 'false'),
  tracing: choice('true', 'false'),
} satisfies Record<string, Rule>;

type ParameterName = keyof typeof RULES;

export type Parameters = Readonly<Record<ParameterName, string>>;

export const PARAMETER_NAMES = Object.keys(RULES) as readonly ParameterName[];

/** Settings that are `null` leave their property out of the template. */
export interface Deployment {
  readonly authorizer:
    | { readonly type: 'aws_iam' }
    | { readonly name: 'jwt'; readonly type: 'jwt' };
  readonly authorizers: Readonly<Record<string, unknown>>;
  readonly cors: false | Readonly<Record<string, unknown>>;
  readonly throttlingBurst: number;
  readonly throttlingRate: number;
  readonly reservedConcurrency: number | null;
  readonly logRetentionDays: number;
  readonly tracing: boolean;
  readonly alarmActions: readonly string[];
  /** Periods of 5 minutes. */
  readonly noTrafficPeriods: number;
  readonly practitionerDoubleBooking: 'allow' | 'reject';
  /** For `Fn::Sub`. Empty without a bus. */
  readonly eventBusArn: string;
  readonly hasOwnDomain: boolean;
  /** The account that the stage must be deployed to. */
  readonly accountId: string | null;
  /** Optional parts of the template. */
  readonly resources: {
    readonly customerKey: string | null;
    readonly dashboard: string | null;
    readonly tracing: string | null;
    readonly domain: string | null;
    readonly noTrafficAlarm: string | null;
    readonly events: string | null;
    readonly eventsCustomerKey: string | null;
  };
}

/** The stage, and the osls command for it. */
export interface Request {
  readonly stage: string;
  /** The words of the osls command, such as `deploy`. */
  readonly command: string;
  /** The value of `--region`. */
  readonly regionOption?: string | null | undefined;
}

/** The stage for trying things out, which needs neither decisions nor alarms. */
const TRIAL_STAGE = 'dev';

/** Whether the command deploys a stack, or builds what a deployment needs. */
function builds({ command }: Request): boolean {
  return command === 'package' || command === 'deploy';
}

/** @throws Error that names the unknown parameters, and lists the known ones */
export function rejectUnknown(names: readonly string[], place: string): void {
  const known: readonly string[] = PARAMETER_NAMES;
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(
      `Unknown parameter in ${place}: ${unknown.join(', ')}. Known parameters: ${known.join(', ')}.`,
    );
  }
}

/** Warnings about what the stage's operator probably forgot. */
export function warningsFor({ alarmTopicArn }: Parameters, request: Request): string[] {
  const { stage } = request;
  if (!builds(request) || stage === TRIAL_STAGE || alarmTopicArn !== '') return [];
  return [
    `The alarms of stage ${stage} notify no one. Set alarmTopicArn under params.${stage} in serverless.yml to the ARN of an SNS topic.`,
  ];
}

/**
 * Derives the settings of a deployment from its parameters.
 *
 * @throws Error if a parameter is invalid, missing, or at odds with another, if the stage belongs to another region, or
 * if the deployment would be open to anyone
 */
export function deploymentFrom(parameters: Parameters, request: Request): Deployment {
  const { stage, command, regionOption } = request;
  const place = `under params.${stage} in serverless.yml`;
  for (const name of PARAMETER_NAMES) {
    if (!RULES[name].accepts(parameters[name])) {
      throw new Error(
        `Invalid parameter ${name}="${parameters[name]}" of stage ${stage}. It must be ${RULES[name].description}.`,
      );
    }
  }
  const { auth, jwtIssuer, jwtAudience, corsOrigins, reservedConcurrency, alarmTopicArn } =
    parameters;
  const { region, domainName, practitionerDoubleBooking, eventBus, kmsKeyArn } = parameters;
  const accounts = [parameters.accountId, accountOf(alarmTopicArn), accountOf(eventBus)];
  const accountId = accounts.find(Boolean) ?? null;
  if (auth === 'none' && command !== LOCAL_RUN) {
    throw new Error(
      `auth=none lets anyone read and change appointments, and is only for "npm start". Set auth to iam or jwt ${place}.`,
    );
  }
  if (practitionerDoubleBooking === '' && builds(request) && stage !== TRIAL_STAGE) {
    throw new Error(
      `Stage ${stage} needs practitionerDoubleBooking. Set it ${place}: to allow, if any number of patients can book a practitioner for the same time, or to reject, if only one can.`,
    );
  }
  if (regionOption && regionOption !== region) {
    throw new Error(
      `Stage ${stage} is in the region ${region}, not in ${regionOption}. Leave out --region, or set region to ${regionOption} ${place}.`,
    );
  }
  for (const name of ['alarmTopicArn', 'eventBus', 'certificateArn', 'kmsKeyArn'] as const) {
    const [, , , regionOfArn] = parameters[name].split(':');
    const accountOfArn = accountOf(parameters[name]);
    if (regionOfArn !== undefined && regionOfArn !== region) {
      throw new Error(
        `The parameter ${name} of stage ${stage} is in the region ${regionOfArn}. Choose one in ${region}, the region of the stage, or set region ${place}.`,
      );
    }
    // A key can belong to another account.
    if (name === 'kmsKeyArn' || accountId === null || accountOfArn === undefined) continue;
    if (accountOfArn !== accountId) {
      throw new Error(
        `The parameter ${name} of stage ${stage} is in the account ${accountOfArn}. Choose one in ${accountId}, the account of the stage, or set accountId ${place}.`,
      );
    }
  }
  requireTogether(parameters, ['domainName', 'certificateArn'], place);
  if (auth === 'jwt') requireTogether(parameters, ['auth', 'jwtIssuer', 'jwtAudience'], place);

  return {
    // With auth=none too: local runs turn authorizers off, so no other command can create an open route.
    authorizer: auth === 'jwt' ? { name: 'jwt', type: 'jwt' } : { type: 'aws_iam' },
    authorizers:
      auth === 'jwt'
        ? {
            jwt: {
              type: 'jwt',
              identitySource: '$request.header.Authorization',
              issuerUrl: jwtIssuer,
              audience: jwtAudience.split(','),
            },
          }
        : {},
    cors:
      corsOrigins === ''
        ? false
        : {
            allowedOrigins: corsOrigins.split(','),
            allowedMethods: ['GET', 'POST', 'PUT', 'DELETE'],
            allowedHeaders: [
              ...['authorization', 'content-type', 'idempotency-key'],
              ...(auth === 'iam'
                ? ['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token']
                : []),
            ],
            exposedResponseHeaders: [
              ...['idempotency-replayed', 'link', 'location', 'retry-after', 'www-authenticate'],
            ],
            maxAge: 3600,
          },
    throttlingBurst: Number(parameters.throttlingBurst),
    throttlingRate: Number(parameters.throttlingRate),
    reservedConcurrency: reservedConcurrency === '' ? null : Number(reservedConcurrency),
    logRetentionDays: Number(parameters.logRetentionDays),
    tracing: parameters.tracing === 'true',
    alarmActions: alarmTopicArn === '' ? [] : [alarmTopicArn],
    noTrafficPeriods: Number(parameters.noTrafficAlarmMinutes) / 5,
    practitionerDoubleBooking: practitionerDoubleBooking === 'reject' ? 'reject' : 'allow',
    eventBusArn:
      eventBus === '' || eventBus.startsWith('arn:')
        ? eventBus
        : `arn:\${AWS::Partition}:events:\${AWS::Region}:\${AWS::AccountId}:event-bus/${eventBus}`,
    hasOwnDomain: domainName !== '',
    accountId,
    resources: {
      customerKey: kmsKeyArn === '' ? null : '${file(resources/customer-key.yml)}',
      dashboard: parameters.dashboard === 'true' ? '${file(resources/dashboard.yml)}' : null,
      tracing: parameters.tracing === 'true' ? '${file(resources/tracing.yml)}' : null,
      domain: domainName === '' ? null : '${file(resources/domain.yml)}',
      noTrafficAlarm:
        parameters.noTrafficAlarmMinutes === '' ? null : '${file(resources/no-traffic-alarm.yml)}',
      events: eventBus === '' ? null : '${file(resources/events.yml)}',
      eventsCustomerKey:
        eventBus === '' || kmsKeyArn === '' ? null : '${file(resources/events-customer-key.yml)}',
    },
  };
}

/**
 * Checks the account that a command is about to change.
 *
 * @throws Error if the stage belongs to another one
 */
export function requireAccount(deployment: Deployment, actual: string, stage: string): void {
  const { accountId } = deployment;
  if (accountId !== null && accountId !== actual) {
    throw new Error(
      `Stage ${stage} belongs to the account ${accountId}, by its accountId, alarmTopicArn, or eventBus, but these credentials belong to ${actual}. Use credentials of ${accountId}, or change these parameters under params.${stage} in serverless.yml.`,
    );
  }
}

/** @throws Error if some of the parameters are set, and others are not */
function requireTogether(
  parameters: Parameters,
  names: readonly ParameterName[],
  place: string,
): void {
  const missing = names.filter((name) => parameters[name] === '');
  if (missing.length === 0 || missing.length === names.length) return;
  const present = names.find((name) => parameters[name] !== '') ?? 'auth';
  const wanted = missing.map((name) => `${name} (${RULES[name].description})`);
  throw new Error(
    `${present}=${parameters[present]} is incomplete. Also set ${wanted.join(' and ')} ${place}.`,
  );
}

/** The account in an ARN, or undefined if it is not an ARN. */
function accountOf(arn: string): string | undefined {
  return arn.split(':')[4];
}

function choice(...values: readonly string[]): Rule {
  return { accepts: (text) => values.includes(text), description: values.join(' or ') };
}

function optional(pattern: RegExp, description: string): Rule {
  return { accepts: (text) => text === '' || pattern.test(text), description };
}

function wholeNumber(description: string): Rule {
  return { accepts: isWholeNumber, description };
}

function isWholeNumber(text: string): boolean {
  return /^\d{1,6}$/.test(text) && Number(text) >= 1 && Number(text) <= 100_000;
}
