import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { StoreUnavailableError } from '../src/domain/ports.ts';
import type { Table } from '../src/repositories/store.ts';
import { CommandError, EXIT } from './command.ts';
import { connectTo, TABLE_NAME, withConnection } from './local/connection.ts';
import { readPorts } from './local/ports.ts';

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
  if (name === '') throw new CommandError(EXIT.usage, '--table has no value.');
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

export const RUN_AGAIN =
  'Everything written so far is valid. Run the same command again to do the rest.';

/** What the AWS SDK's own message does not say, by the name of its error. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'The table does not exist.',
  CredentialsProviderError: 'There are no AWS credentials. Set AWS_PROFILE, or sign in.',
};

/** Turns a failure of the store or the disk into a `CommandError` with a sentence. Returns any other error unchanged. */
export function explainFailure(error: unknown): unknown {
  const { name, message, syscall, $metadata } = error as NodeJS.ErrnoException & {
    readonly $metadata?: object;
  };
  const explanation =
    error instanceof StoreUnavailableError
      ? 'The store is unreachable, or it still rejected requests after many attempts.'
      : (EXPLANATIONS[name] ?? ($metadata || syscall ? `${message}.` : undefined));
  if (explanation === undefined) return error;
  return new CommandError(EXIT.failed, `${explanation} ${RUN_AGAIN}`, { cause: error });
}
