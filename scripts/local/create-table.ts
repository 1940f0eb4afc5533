import { readFile } from 'node:fs/promises';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { parse } from 'yaml';

interface TableTemplate {
  readonly Resources: {
    readonly AppointmentsTable: { readonly Properties: CreateTableCommandInput };
  };
}

/**
 * Creates the table in the store of the environment, unless it exists. Deployments use the same definition,
 * `resources/table.yml`.
 */
export async function createTable(TableName: string): Promise<void> {
  const client = new DynamoDBClient({
    requestHandler: { requestTimeout: 5000, throwOnRequestTimeout: true },
  });
  const text = await readFile(new URL('../../resources/table.yml', import.meta.url), 'utf8');
  const { Properties } = (parse(text) as TableTemplate).Resources.AppointmentsTable;
  const { BillingMode, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = Properties;
  try {
    await client.send(
      new CreateTableCommand({
        ...{ TableName, BillingMode, AttributeDefinitions },
        ...{ KeySchema, GlobalSecondaryIndexes },
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName });
  client.destroy();
}
