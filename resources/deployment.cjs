// Reads the parameters of a deployment (serverless ... --param name=value), refuses what would make a
// broken or an open one with a sentence that says what to set, and gives serverless.yml what follows.

const MODES = ['iam', 'jwt', 'none'];

/** What CloudWatch Logs takes: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653,
];

/** How each parameter must look, and the words for it. An empty one is as if it were not given. */
const RULES = {
  auth: [(text) => MODES.includes(text), `one of ${MODES.join(', ')}`],
  jwtIssuer: [
    (text) => text === '' || /^https:\/\/[^\s?#]+$/.test(text),
    'the https address of the token issuer, as in the "iss" claim',
  ],
  jwtAudience: [
    (text) => text === '' || /^[^\s,]+(,[^\s,]+)*$/.test(text),
    'the audience of the tokens, as in the "aud" claim, or several with commas between',
  ],
  practitionerDoubleBooking: [(text) => ['allow', 'reject'].includes(text), 'allow or reject'],
  tableName: [(text) => /^[A-Za-z0-9_.-]{3,255}$/.test(text), 'the name of a DynamoDB table'],
  kmsKeyArn: [
    (text) => text === '' || /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/.test(text),
    'the ARN of a KMS key (not of an alias)',
  ],
  alarmTopicArn: [
    (text) => text === '' || /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$/.test(text),
    'the ARN of an SNS topic',
  ],
  corsOrigins: [
    (text) =>
      text === '' ||
      /^https?:\/\/[A-Za-z0-9.-]+(:\d+)?(,https?:\/\/[A-Za-z0-9.-]+(:\d+)?)*$/.test(text),
    'origins like https://clinic.example.com, with commas between',
  ],
  throttlingBurst: [isInteger(1, 100_000), 'a whole number of requests from 1 to 100000'],
  throttlingRate: [isInteger(1, 100_000), 'a whole number of requests a second from 1 to 100000'],
  reservedConcurrency: [
    (text) => text === '' || isInteger(1, 100_000)(text),
    'a whole number of concurrent executions from 1 to 100000',
  ],
  logRetentionDays: [
    (text) => RETENTION_DAYS.includes(Number(text)),
    `one of ${RETENTION_DAYS.join(', ')}`,
  ],
  tracing: [(text) => ['true', 'false'].includes(text), 'true or false'],
};

function isInteger(least, most) {
  return (text) => /^\d{1,6}$/.test(text) && Number(text) >= least && Number(text) <= most;
}

/** An error that is shown as its sentence alone: the framework prints the stack of others. */
function refusal(sentence) {
  return Object.assign(new Error(sentence), { stack: sentence });
}

module.exports = async ({ options, resolveVariable }) => {
  const given = (options.param ?? []).map((assignment) => assignment.split('=')[0]);
  const unknown = given.filter((name) => !Object.hasOwn(RULES, name));
  if (unknown.length > 0) {
    throw refusal(
      `There is no parameter ${unknown.join(', ')}. There are: ${Object.keys(RULES).join(', ')}.`,
    );
  }

  const parameters = {};
  for (const [name, [isRight, words]] of Object.entries(RULES)) {
    const text = String(await resolveVariable(`param:${name}`));
    if (!isRight(text)) {
      throw refusal(`The parameter ${name} is "${text}": set --param ${name}= to ${words}.`);
    }
    parameters[name] = text;
  }

  const { auth, jwtIssuer, jwtAudience, corsOrigins } = parameters;
  if (auth === 'none' && !isLocalRun()) {
    throw refusal(
      'With the parameter auth=none anyone may read and book appointments: it is for "npm start" only. Set --param auth=iam or --param auth=jwt.',
    );
  }
  if (auth === 'jwt' && (jwtIssuer === '' || jwtAudience === '')) {
    const missing = Object.entries({ jwtIssuer, jwtAudience })
      .filter(([, text]) => text === '')
      .map(([name]) => `--param ${name}= to ${RULES[name][1]}`);
    throw refusal(`With the parameter auth=jwt, set ${missing.join(' and ')}.`);
  }

  return {
    // Also with auth=none: local runs switch authorizers off, and nothing else ever gets an open route.
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
            allowedMethods: ['GET', 'POST'],
            allowedHeaders: [
              ...['authorization', 'content-type', 'idempotency-key'],
              ...(auth === 'iam'
                ? ['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token']
                : []),
            ],
            exposedResponseHeaders: ['idempotency-replayed', 'link', 'location', 'retry-after'],
            maxAge: 3600,
          },
    throttlingBurst: Number(parameters.throttlingBurst),
    throttlingRate: Number(parameters.throttlingRate),
    reservedConcurrency: Number(parameters.reservedConcurrency),
    logRetentionDays: Number(parameters.logRetentionDays),
    tracing: parameters.tracing === 'true',
  };
};

/** Whether this is `serverless offline`, which deploys nothing and listens on this machine. */
function isLocalRun() {
  // The framework, too, takes for the command what stands before the first option.
  return process.argv[2] === 'offline';
}
