import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freePorts } from '../../scripts/local/free-ports.ts';
import { fetchDescribed } from '../support/api-description.ts';
import { endLocalRuns, npmStart, removeLocalData, untilUp } from '../support/local-run.ts';
import { createFolder, type Folder, runImport } from '../support/people-import.ts';

jest.setTimeout(90_000);

describe('npm run people:import, while npm start runs', () => {
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

  it('brings in people who can book, and renames them, without --table', async () => {
    const env = { PORT: String(port), DYNAMODB_PORT: String(port + 3), DYNAMODB_ENDPOINT: '' };
    const bring = async (lastName: string) =>
      runImport(
        [
          '--patients',
          await folder.file('p.csv', `patient_id,first_name,last_name\nann-7,Ann,${lastName}\n`),
          '--practitioners',
          await folder.file('d.csv', 'practitioner_id,first_name,last_name,npi\n77,Eve,Lo,\n'),
        ],
        env,
      );

    const imported = await bring('Lee');
    expect(imported.output).toContain('p.csv: 1 read, 1 written, 0 unchanged, 0 refused\n');
    expect(imported.code).toBe(0);

    const booked = await fetchDescribed(
      `http://localhost:${port}/api/patients/ann-7/appointments`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{ "practitioner_id": 77, "start_time": "2021-01-07 00:00:00" }',
      },
    );
    expect(booked.status).toBe(201);

    expect((await bring('Lee-Roy')).code).toBe(0);
    const listed = await fetchDescribed(`http://localhost:${port}/api/patients/ann-7/appointments`);
    expect(await listed.json()).toEqual([
      {
        ...((await booked.json()) as Record<string, unknown>),
        patient_last_name: 'Lee-Roy',
        practitioner_npi: null,
      },
    ]);
  });
});
