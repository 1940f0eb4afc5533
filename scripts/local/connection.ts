import { StartError } from './start-error.ts';

/** The table of a local run. */
export const TABLE_NAME = 'appointments-local';

/** The environment variables with which the AWS SDK reaches a local store. */
export interface Connection {
  readonly AWS_ENDPOINT_URL_DYNAMODB: string;
  readonly AWS_REGION: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
}

/**
 * The connection to a store on this machine: `http` or `https` on `localhost`, `127.0.0.0/8`, or `[::1]`.
 * Local runs and tests reach no other store.
 *
 * @throws StartError if the endpoint is not on loopback
 */
export function connectTo(endpoint: string): Connection {
  const url = URL.parse(endpoint);
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    !/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  ) {
    throw new StartError(
      `DYNAMODB_ENDPOINT=${endpoint} is not on this machine. Set it to an address like http://localhost:8000. Local runs use no other store.`,
    );
  }
  return {
    AWS_ENDPOINT_URL_DYNAMODB: url.origin,
    AWS_REGION: 'us-east-1',
    // DynamoDB Local accepts any key of letters and digits.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}

/** An environment whose AWS variables all point to a local store, and none to a real account. */
export function withConnection(env: NodeJS.ProcessEnv, connection: Connection): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => !name.startsWith('AWS_'));
  return { ...Object.fromEntries(own), ...connection };
}
