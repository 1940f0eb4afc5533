import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { StoreUnavailableError } from '../src/domain/ports.ts';
import type { Table } from '../src/repositories/store.ts';
import { CommandError, EXIT } from './command-error.ts';
import { connectTo, withConnection } from './local/connection.ts';
import { readPorts } from './local/ports.ts';
import { TABLE_NAME } from './local/table-name.ts';

/**
 * Opens a table on AWS by its name, with the AWS SDK's usual configuration, or the local table.
 *
 * @returns the table, and which one it is for the person at the terminal
 * @throws CommandError if the region is unknown or no local store responds
 * @throws StartError if the environment names an unusable local store
 */
export async function openChosenTable(
  name: string | undefined,
): Promise<{ table: Table; description: string }> {
  if (name !== undefined) {
    const table = openTable(name);
    const region = await table.client.config.region().catch((error: unknown) => {
      throw new CommandError(
        EXIT.failed,
        'There is no AWS region. Set AWS_REGION, or set AWS_PROFILE to a profile with a region.',
        { cause: error },
      );
    });
    const endpoint = await table.client.config.serviceConfiguredEndpoint?.();
    const place = endpoint === undefined ? `in ${region}` : `at ${endpoint}`;
    return { table, description: `table ${name} ${place}` };
  }
  const { DYNAMODB_ENDPOINT: endpoint = '' } = process.env;
  const connection = connectTo(
    endpoint === '' ? `http://localhost:${readPorts(process.env).store}` : endpoint,
  );
  const address = connection.AWS_ENDPOINT_URL_DYNAMODB;
  await fetch(address, { signal: AbortSignal.timeout(5000) }).catch((error: unknown) => {
    throw new CommandError(
      EXIT.failed,
      `No local store responds at ${address}. Keep "npm start" running in another terminal, or name a table on AWS with --table NAME.`,
      { cause: error },
    );
  });
  process.env = withConnection(process.env, connection);
  return { table: openTable(TABLE_NAME), description: `table ${TABLE_NAME} at ${address}` };
}

/** As many calls as the import makes at once. */
const MAX_SOCKETS = 200;

/**
 * Has a socket for each call of the import, because waiting for a socket would count as waiting for the store. Waits
 * longer than the functions do: a person who is put again after a timeout counts as unchanged.
 */
function openTable(name: string): Table {
  const sockets = { maxSockets: MAX_SOCKETS };
  const client = new DynamoDBClient({
    requestHandler: {
      httpAgent: sockets,
      httpsAgent: sockets,
      connectionTimeout: 5000,
      requestTimeout: 10_000,
      throwOnRequestTimeout: true,
      socketTimeout: 10_000,
    },
  });
  return { client: DynamoDBDocumentClient.from(client), name };
}

/** What to tell the user, by the name of the AWS SDK's error. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'The table does not exist.',
  CredentialsProviderError: 'There are no AWS credentials. Set AWS_PROFILE, or sign in.',
  ExpiredTokenException: 'The AWS credentials have expired. Sign in again.',
  UnrecognizedClientException: 'AWS does not recognize the credentials. Sign in again.',
  InvalidSignatureException:
    'AWS rejected the signature. Check the secret access key and the system clock.',
};

/**
 * Explains why the store stopped a command, or returns `undefined` if the error is not the store's.
 *
 * @param permissions what the command needs, such as `dynamodb:Scan on the table`
 */
export function explainStoreError(error: unknown, permissions: string): string | undefined {
  if (error instanceof StoreUnavailableError) {
    return 'The store is unreachable, or it still rejected requests after many attempts.';
  }
  const { name, $metadata } = error as { name: string; $metadata?: unknown };
  if ($metadata === undefined) return EXPLANATIONS[name];
  if (name === 'AccessDeniedException') {
    return `The AWS credentials lack permission. They need ${permissions}.`;
  }
  return EXPLANATIONS[name] ?? `DynamoDB rejected the request with ${name}.`;
}
