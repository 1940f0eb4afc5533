import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { createDemoPeople } from '../../scripts/local/demo-people.ts';
import type { Name } from '../../src/domain/people.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/store.ts';
import { addPeople } from '../support/add-people.ts';
import { ALEXEI } from '../support/people.ts';

const newTable = () => openTable(`appointments-${randomUUID()}`);

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
