import { mkdtemp, rm } from 'node:fs/promises';
import { validateHeaderValue } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { createTable } from '../../scripts/local/create-table.ts';
import { stopPrograms } from '../../scripts/local/program.ts';
import { openTable } from '../../src/repositories/store.ts';
import { CANARY_PEOPLE, malformedRequests, type RawRequest, send } from '../faults/malformed.ts';
import { addPeople } from '../support/add-people.ts';
import { buildHandlers } from '../support/build-handlers.ts';
import {
  allowedRequests,
  forbiddenRequests,
  type Request,
  ROUTES,
} from '../support/described-requests.ts';
import { type HttpFront, startHttpFront } from '../support/http-front.ts';
import { removeLocalData, startApiOn } from '../support/local-run.ts';
import { testStore } from '../support/test-store.ts';

jest.setTimeout(120_000);

const SEED = 1;
const LIST = '/api/patients/1/appointments';

let api: number;
let folder: string;
let front: HttpFront;

// The same functions twice, each with a table of its own: in a local run, and in a process of their own behind a
// front that acts as API Gateway does.
beforeAll(async () => {
  const connection = testStore();
  const tables = ['appointments-local-run', 'appointments-front'] as const;
  for (const table of tables) {
    await createTable(table);
    await addPeople(openTable(table), CANARY_PEOPLE);
  }
  folder = await mkdtemp(join(tmpdir(), 'appointments-same-'));
  await buildHandlers(folder);
  front = await startHttpFront(folder, connection, tables[1], 'allow');
  api = await startApiOn({ connection, tableName: tables[0], auth: 'none' });
});

afterAll(async () => {
  await stopPrograms();
  await front.close();
  await rm(folder, { recursive: true, force: true });
  await removeLocalData(api);
});

/** Members that differ between two runs. */
const OWN =
  /"(?:appointment_id|series_id|created_at|cancelled_at|rescheduled_at|attendance_recorded_at|request_id)":"[^"]*"/g;

/** What the two answer to requests, one after the other, if it differs. */
async function differences(requests: readonly RawRequest[]) {
  const different: unknown[] = [];
  for (const request of requests) {
    const [local, deployed] = await Promise.all(
      [`http://127.0.0.1:${api}`, front.url].map(async (url) => {
        const { status, type, body } = await send(url, request);
        // serverless-offline gives a 204 a content type.
        const mediaType = status === 204 ? undefined : type?.replace(/;.*/, '');
        return { status, type: mediaType, body: body.trim().replace(OWN, '') };
      }),
    );
    if (JSON.stringify(local) !== JSON.stringify(deployed)) {
      different.push({ request, local, deployed });
    }
  }
  return different;
}

/** The request as it is sent, unless HTTP cannot carry one of its headers. */
function rawRequestsOf(route: string, { path, header, query, body }: Request): RawRequest[] {
  const [method = '', template = ''] = route.split(' ');
  try {
    for (const [name, value] of Object.entries(header)) validateHeaderValue(name, value);
  } catch {
    return [];
  }
  const encoded = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((path[name] ?? '').toWellFormed()),
  );
  return [
    {
      method,
      path: `${encoded}?${new URLSearchParams(query).toString()}`,
      headers: header,
      body: body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
    },
  ];
}

it('a local run answers malformed requests as API Gateway and the functions do', async () => {
  expect(await differences(malformedRequests(SEED, 200))).toEqual([]);
});

it.each(ROUTES)('a local run answers described requests as they do: %s', async (route) => {
  const sample = (requests: fc.Arbitrary<Request>) =>
    fc.sample(requests, { seed: SEED, numRuns: 12 });
  const requests = [...sample(allowedRequests(route)), ...sample(forbiddenRequests(route))];

  expect(await differences(requests.flatMap((one) => rawRequestsOf(route, one)))).toEqual([]);
});

it.each([
  ['HEAD', LIST],
  ['DELETE', LIST],
  ['GET', `${LIST}/`],
  ['GET', '/api/patients/1/appointment'],
  ['POST', `${LIST}/2021-01-07`],
  ['DELETE', `${LIST}/2021-01-07`],
  ['GET', `${LIST}/2021-01-07/cancel`],
  ['POST', `${LIST}/2021-01-07/undo`],
  ['POST', `${LIST}/2021-01-07/cancel/now`],
  ['GET', '/api/patients'],
  ['GET', '/'],
  ['POST', '/'],
])('a local run has no route that API Gateway does not have: %s %s', async (method, path) => {
  const request = { method, path, headers: {}, body: '' };

  expect(await differences([request])).toEqual([]);
  await expect(send(`http://127.0.0.1:${api}`, request)).resolves.toMatchObject({ status: 404 });
});
