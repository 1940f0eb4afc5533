import { StartError } from './start-error.ts';

/** What the AWS SDK takes from the environment to reach a local store. */
export interface Connection {
  readonly AWS_ENDPOINT_URL_DYNAMODB: string;
  readonly AWS_REGION: string;
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
}

/**
 * The connection to a store on this machine. No other is ever reached by a local run or a test:
 * `http` or `https` on `localhost`, `127.0.0.0/8` or `[::1]`.
 *
 * @throws StartError where the endpoint is not on loopback
 */
export function connectTo(endpoint: string): Connection {
  const url = URL.parse(endpoint);
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    !/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname)
  ) {
    throw new StartError(
      `DYNAMODB_ENDPOINT=${endpoint} is not on this machine: set it to an address like http://localhost:8000. A local run reaches no other store.`,
    );
  }
  return {
    AWS_ENDPOINT_URL_DYNAMODB: url.origin,
    AWS_REGION: 'us-east-1',
    // DynamoDB Local takes any key of letters and digits.
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}

/** The environment of this process without what points the AWS SDK to a real account, and with a local connection. */
export function withConnection(env: NodeJS.ProcessEnv, connection: Connection): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => !name.startsWith('AWS_'));
  return { ...Object.fromEntries(own), ...connection };
}
