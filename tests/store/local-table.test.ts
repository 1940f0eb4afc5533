import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { expect, it } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { createDemoPeople } from '../../scripts/local/demo-people.ts';
import type { Name } from '../../src/domain/people.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/store.ts';
import { addPeople } from '../support/add-people.ts';
import { ALEXEI } from '../support/people.ts';

const newTable = () => openTable(`appointments-${randomUUID()}`);

it('a local table gets an index that it lacks, and stays as it is otherwise', async () => {
  const { client, name: TableName } = newTable();
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'PK', AttributeType: 'S' },
        { AttributeName: 'SK', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'PK', KeyType: 'HASH' },
        { AttributeName: 'SK', KeyType: 'RANGE' },
      ],
    }),
  );
  await createTable(TableName);
  await createTable(TableName);

  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  expect(Table?.GlobalSecondaryIndexes).toMatchObject([
    { IndexName: 'by-practitioner', IndexStatus: 'ACTIVE' },
  ]);
});

it('people keep their names when the demo people are stored again', async () => {
  const table = newTable();
  await createTable(table.name);
  const renamed = { ...ALEXEI, lastName: 'Other' as Name };
  await createDemoPeople(table);
  await addPeople(table, [renamed]);

  await createDemoPeople(table);

  const { people } = createRepositories(table, 'allow');
  await expect(people.findPatient(ALEXEI.patientId)).resolves.toEqual(renamed);
});
