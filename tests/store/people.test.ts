import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { createDemoPeople } from '../../scripts/local/demo-people.ts';
import { createPeopleBatch } from '../../scripts/people-import/people-batch.ts';
import type { Id, Name } from '../../src/domain/people.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/store.ts';
import { ALEXEI, BOB } from '../support/people.ts';

const table = openTable(`appointments-${randomUUID()}`);
const people = createRepositories(table, 'allow').people;

beforeAll(async () => {
  await createTable(table.name);
  await createTable(table.name);
});

describe('people', () => {
  it('are found right after they were stored', async () => {
    await createPeopleBatch(table).store([ALEXEI, BOB]);

    await expect(people.findPatient(ALEXEI.patientId)).resolves.toEqual(ALEXEI);
    await expect(people.findPractitioner(BOB.practitionerId)).resolves.toEqual(BOB);
  });

  it('are not found if nobody has the id', async () => {
    await expect(people.findPatient('nobody' as Id)).resolves.toBeUndefined();
    await expect(people.findPractitioner('nobody' as Id)).resolves.toBeUndefined();
  });

  it('are two people if a patient and a practitioner have the same id', async () => {
    const id = randomUUID() as Id;
    await createPeopleBatch(table).store([{ ...ALEXEI, patientId: id }]);

    await expect(people.findPractitioner(id)).resolves.toBeUndefined();
  });

  it('keep their names when the demo people are stored again', async () => {
    const renamed = { ...ALEXEI, lastName: 'Other' as Name };
    await createDemoPeople(table);
    await createPeopleBatch(table).store([renamed]);

    await createDemoPeople(table);

    await expect(people.findPatient(ALEXEI.patientId)).resolves.toEqual(renamed);
  });
});
