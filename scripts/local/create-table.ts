import { readFile } from 'node:fs/promises';
import {
  CreateTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { parse } from 'yaml';
import * as z from 'zod/mini';

const tableDefinition = z.object({
  Resources: z.object({
    AppointmentsTable: z.object({
      Properties: z.object({
        BillingMode: z.literal('PAY_PER_REQUEST'),
        AttributeDefinitions: z.array(
          z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
        ),
        KeySchema: z.array(
          z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }),
        ),
      }),
    }),
  }),
});

/**
 * Creates the table in the store of the environment, unless it exists. The definition is that of the
 * deployment, `resources/table.yml`.
 */
export async function createTable(tableName: string): Promise<void> {
  const client = new DynamoDBClient({
    requestHandler: { requestTimeout: 5000, throwOnRequestTimeout: true },
  });
  const text = await readFile(new URL('../../resources/table.yml', import.meta.url), 'utf8');
  const { Resources } = z.parse(tableDefinition, parse(text));
  try {
    await client.send(
      new CreateTableCommand({ TableName: tableName, ...Resources.AppointmentsTable.Properties }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1 }, { TableName: tableName });
  client.destroy();
}
