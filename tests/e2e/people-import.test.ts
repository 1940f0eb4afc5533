import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { freePorts } from '../../scripts/local/free-ports.ts';
import { fetchDescribed } from '../support/api-description.ts';
import { endLocalRuns, npmStart, removeLocalData, untilUp } from '../support/local-run.ts';
import { createFolder, type Folder, runImport } from '../support/people-import.ts';

jest.setTimeout(90_000);

let port: number;
let folder: Folder;

beforeAll(async () => {
  folder = await createFolder();
  port = await freePorts(4);
  await untilUp(npmStart({ PORT: String(port), DYNAMODB_PORT: String(port + 3) }));
});

afterAll(async () => {
  await endLocalRuns();
  await folder.remove();
  await removeLocalData(port);
});

it('people who were imported while npm start runs can be booked and renamed', async () => {
  const importPeople = async (lastName: string) => {
    const patients = `patient_id,first_name,last_name\nann-7,Ann,${lastName}\n`;
    const practitioners = 'practitioner_id,first_name,last_name,npi\n77,Eve,Lo,\n';
    return runImport(
      [
        '--patients',
        await folder.file('p.csv', patients),
        '--practitioners',
        await folder.file('d.csv', practitioners),
      ],
      { PORT: String(port), DYNAMODB_PORT: String(port + 3), DYNAMODB_ENDPOINT: '' },
    );
  };

  const imported = await importPeople('Lee');
  expect(imported.output).toContain('p.csv: 1 read, 1 written, 0 unchanged, 0 rejected\n');
  expect(imported.code).toBe(0);

  const url = `http://localhost:${port}/api/patients/ann-7/appointments`;
  const booked = await fetchDescribed(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{ "practitioner_id": 77, "start_time": "2021-01-07 00:00:00" }',
  });
  expect(booked.status).toBe(201);

  expect((await importPeople('Lee-Roy')).code).toBe(0);
  const listed = await fetchDescribed(url);
  expect(await listed.json()).toMatchObject([
    { patient_first_name: 'Ann', patient_last_name: 'Lee-Roy', practitioner_npi: null },
  ]);
});
