import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import type { Id, Name } from '../../src/domain/people.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/table.ts';
import { ALEXEI, BOB } from '../support/people.ts';

const table = openTable(`appointments-${randomUUID()}`);
const { patients, practitioners } = createRepositories(table);

beforeAll(async () => {
  await createTable(table.name);
  await createTable(table.name);
});

describe('patients and practitioners', () => {
  it('are found right after they were created', async () => {
    await expect(patients.create(ALEXEI)).resolves.toEqual(ALEXEI);
    await expect(practitioners.create(BOB)).resolves.toEqual(BOB);

    await expect(patients.findById(ALEXEI.patientId)).resolves.toEqual(ALEXEI);
    await expect(practitioners.findById(BOB.practitionerId)).resolves.toEqual(BOB);
  });

  it('are not found where nobody has the id', async () => {
    await expect(patients.findById('nobody' as Id)).resolves.toBeUndefined();
    await expect(practitioners.findById('nobody' as Id)).resolves.toBeUndefined();
  });

  it('of the same id are different people', async () => {
    const id = randomUUID() as Id;
    await patients.create({ ...ALEXEI, patientId: id });

    await expect(practitioners.findById(id)).resolves.toBeUndefined();
  });

  it('stay as they are where their id is taken again', async () => {
    const first = { ...BOB, practitionerId: randomUUID() as Id, npi: null };
    await practitioners.create(first);

    await expect(
      practitioners.create({ ...first, lastName: 'Other' as Name, npi: '200' }),
    ).resolves.toEqual(first);
    await expect(practitioners.findById(first.practitionerId)).resolves.toEqual(first);
  });
});
