import { StoreUnavailableError } from '../../src/domain/repositories.ts';
import { openTable, type Table } from '../../src/repositories/table.ts';
import { connectTo, withConnection } from '../local/connection.ts';
import { readPorts } from '../local/ports.ts';
import { TABLE_NAME } from '../local/table-name.ts';
import { EXIT, ImportError } from './import-error.ts';

export interface ImportTable {
  readonly table: Table;
  /** For the person at the terminal: which table it is, and where. */
  readonly description: string;
}

/**
 * Opens the table that is named, as the AWS SDK finds it, or the one of the local stage.
 *
 * @throws ImportError, or StartError where the environment names no usable local store
 */
export async function openImportTable(name: string | undefined): Promise<ImportTable> {
  if (name !== undefined) {
    const table = openTable(name);
    const region = await table.client.config.region().catch((error: unknown) => {
      throw new ImportError(
        EXIT.stopped,
        'There is no AWS region: set AWS_REGION, or AWS_PROFILE to a profile that has one.',
        { cause: error },
      );
    });
    const endpoint = await table.client.config.serviceConfiguredEndpoint?.();
    return {
      table,
      description: `table ${name} ${endpoint === undefined ? `in ${region}` : `at ${endpoint}`}`,
    };
  }
  const { DYNAMODB_ENDPOINT: endpoint = '' } = process.env;
  const connection = connectTo(
    endpoint === '' ? `http://localhost:${readPorts(process.env).store}` : endpoint,
  );
  const address = connection.AWS_ENDPOINT_URL_DYNAMODB;
  await fetch(address, { signal: AbortSignal.timeout(5000) }).catch((error: unknown) => {
    throw new ImportError(
      EXIT.stopped,
      `No local store answers at ${address}: run "npm start" in another terminal and leave it running, or name a table on AWS with --table NAME.`,
      { cause: error },
    );
  });
  process.env = withConnection(process.env, connection);
  return { table: openTable(TABLE_NAME), description: `table ${TABLE_NAME} at ${address}` };
}

/** How errors of the SDK end an import, by their names; other errors are not known here. */
const SENTENCES: Readonly<Record<string, string>> = {
  ResourceNotFoundException: 'There is no such table.',
  CredentialsProviderError:
    'There are no AWS credentials: set AWS_PROFILE, or sign in as your organisation does.',
  AccessDeniedException:
    'The AWS credentials do not allow it: they need dynamodb:BatchGetItem and dynamodb:BatchWriteItem on the table.',
  ExpiredTokenException: 'The AWS credentials have expired: sign in again.',
  UnrecognizedClientException: 'AWS does not know these credentials: sign in again.',
  InvalidSignatureException: 'AWS refuses the signature: look at the secret key and the clock.',
};

/**
 * Why the store ended an import, as a sentence.
 *
 * @returns `undefined` for an error that is not the store's
 */
export function sentenceOf(error: unknown): string | undefined {
  if (error instanceof StoreUnavailableError) {
    return 'The store could not be reached, or did not take everything after many tries.';
  }
  const { name, $metadata } = error as { name: string; $metadata?: unknown };
  const sentence = SENTENCES[name];
  if (sentence !== undefined) return sentence;
  return $metadata === undefined ? undefined : `DynamoDB refused with ${name}.`;
}
