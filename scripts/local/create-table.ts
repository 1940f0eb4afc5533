import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  type TableDescription,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { parse } from 'yaml';
import * as z from 'zod/mini';

const keySchema = z.array(
  z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }),
);

const tableDefinition = z.object({
  Resources: z.object({
    AppointmentsTable: z.object({
      Properties: z.object({
        BillingMode: z.literal('PAY_PER_REQUEST'),
        AttributeDefinitions: z.array(
          z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
        ),
        KeySchema: keySchema,
        GlobalSecondaryIndexes: z.array(
          z.object({
            IndexName: z.string(),
            KeySchema: keySchema,
            Projection: z.object({
              ProjectionType: z.literal('INCLUDE'),
              NonKeyAttributes: z.array(z.string()),
            }),
          }),
        ),
      }),
    }),
  }),
});

/**
 * Creates the table in the store of the environment, unless it exists, and adds any missing indexes.
 * Deployments use the same definition, `resources/table.yml`.
 */
export async function createTable(TableName: string): Promise<void> {
  const client = new DynamoDBClient({
    requestHandler: { requestTimeout: 5000, throwOnRequestTimeout: true },
  });
  const text = await readFile(new URL('../../resources/table.yml', import.meta.url), 'utf8');
  const { Properties } = z.parse(tableDefinition, parse(text)).Resources.AppointmentsTable;
  const { AttributeDefinitions, GlobalSecondaryIndexes } = Properties;
  try {
    await client.send(new CreateTableCommand({ TableName, ...Properties }));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  const table = await waitUntilActive(client, TableName);
  const names = table.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName) ?? [];
  for (const Create of GlobalSecondaryIndexes) {
    if (names.includes(Create.IndexName)) continue;
    const GlobalSecondaryIndexUpdates = [{ Create }];
    await client.send(
      new UpdateTableCommand({ TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates }),
    );
    await waitUntilActive(client, TableName);
  }
  client.destroy();
}

/** Waits up to 30 s for the table and its indexes. The SDK's own waiter doesn't look at indexes. */
async function waitUntilActive(client: DynamoDBClient, TableName: string) {
  const signal = AbortSignal.timeout(30_000);
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }), {
      abortSignal: signal,
    });
    if (Table && isActive(Table)) return Table;
    await sleep(100, undefined, { signal });
  }
}

function isActive({ TableStatus, GlobalSecondaryIndexes = [] }: TableDescription): boolean {
  return [TableStatus, ...GlobalSecondaryIndexes.map(({ IndexStatus }) => IndexStatus)].every(
    (status) => status === 'ACTIVE',
  );
}
