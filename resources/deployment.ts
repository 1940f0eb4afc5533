// Validates the parameters of a deployment and derives the settings that serverless.yml and resources/*.yml use.

/** The retention periods that CloudWatch Logs accepts: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

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
  practitionerDoubleBooking: choice('allow', 'reject'),
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
  /** Optional parts of the template. */
  readonly resources: {
    readonly customerKey: string | null;
    readonly dashboard: string | null;
    readonly tracing: string | null;
  };
}

/**
 * Derives the settings of a deployment from its parameters.
 *
 * @param isLocalRun whether this is `serverless offline`, which deploys nothing
 * @throws Error if a parameter is invalid or missing, or if the deployment would be open to anyone
 */
export function deploymentFrom(parameters: Parameters, isLocalRun: boolean): Deployment {
  for (const name of PARAMETER_NAMES) {
    if (!RULES[name].accepts(parameters[name])) {
      throw new Error(
        `Invalid parameter ${name}="${parameters[name]}". It must be ${RULES[name].description}.`,
      );
    }
  }
  const { auth, jwtIssuer, jwtAudience, corsOrigins, reservedConcurrency, alarmTopicArn } =
    parameters;
  if (auth === 'none' && !isLocalRun) {
    throw new Error(
      'auth=none lets anyone read and change appointments, and is only for "npm start". Use auth=iam or auth=jwt.',
    );
  }
  if (auth === 'jwt') {
    const missing = (['jwtIssuer', 'jwtAudience'] as const)
      .filter((name) => parameters[name] === '')
      .map((name) => `${name} (${RULES[name].description})`);
    if (missing.length > 0) throw new Error(`auth=jwt also requires ${missing.join(' and ')}.`);
  }

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
    resources: {
      customerKey: parameters.kmsKeyArn === '' ? null : '${file(resources/customer-key.yml)}',
      dashboard: parameters.dashboard === 'true' ? '${file(resources/dashboard.yml)}' : null,
      tracing: parameters.tracing === 'true' ? '${file(resources/tracing.yml)}' : null,
    },
  };
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
