// The environment of tests without a store, with an address where no store can be.
Object.assign(process.env, {
  TABLE_NAME: 'appointments-test',
  AUTH: 'none',
  PRACTITIONER_DOUBLE_BOOKING: 'allow',
  AWS_ENDPOINT_URL_DYNAMODB: 'http://127.0.0.1:1',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
});
