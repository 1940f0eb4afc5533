import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectTo, withConnection } from '../../scripts/local/connection.ts';
import { createTable } from '../../scripts/local/create-table.ts';
import { createDemoPeople } from '../../scripts/local/demo-people.ts';
import { type HttpFront, startHttpFront } from '../../scripts/local/http-front.ts';
import { createPeopleBatch, type PeopleBatch } from '../../scripts/people-import/people-batch.ts';
import type { Id, Name } from '../../src/domain/people.ts';
import type { PractitionerDoubleBooking, Repositories } from '../../src/domain/repositories.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/table.ts';
import { buildHandlers, type Sabotage } from '../support/build-handlers.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';

/** What a property is checked in: the functions over HTTP, on a table of their own, behind a proxy that makes faults. */
export interface World {
  readonly api: HttpFront;
  readonly proxy: FaultProxy;
  /** Past the proxy. */
  readonly repositories: Repositories;
  readonly people: PeopleBatch;
  readonly seed: number;
  readonly doubleBooking: PractitionerDoubleBooking;
  /** Stores so many new patients, and for each the {@link practitionersOf} them; their ids. */
  readonly newPatients: (count: number) => Promise<Id[]>;
  close(): Promise<void>;
}

/** The ids of two practitioners whom no other patient books. */
export const practitionersOf = (patientId: string) => [patientId, `${patientId}-2`] as [Id, Id];

/** Opens a world on a running store of this machine. */
export async function openWorld(
  store: string,
  seed: number,
  doubleBooking: PractitionerDoubleBooking,
  sabotage: readonly Sabotage[] = [],
): Promise<World> {
  process.env = withConnection(process.env, connectTo(store));
  const tableName = `proof-${randomUUID()}`;
  await createTable(tableName);
  const repositories = createRepositories(openTable(tableName), doubleBooking);
  const table = openTable(tableName);
  await createDemoPeople(table);
  const people = createPeopleBatch(table);

  const folder = await mkdtemp(join(tmpdir(), 'appointments-'));
  await buildHandlers(folder, sabotage);
  const proxy = await startFaultProxy(store);
  let patients = 0;
  const api = await startHttpFront(folder, connectTo(proxy.endpoint), tableName, doubleBooking);

  return {
    api,
    proxy,
    repositories,
    people,
    seed,
    doubleBooking,
    async newPatients(count) {
      // The same ids for the same seed: the faults that a request meets are drawn from its key.
      const ids = Array.from({ length: count }, () => `${seed}-${++patients}` as Id);
      await inParallel(ids, 20, async (patientId) => {
        const name = { firstName: 'Proof' as Name, lastName: 'Patient' as Name };
        await people.store([
          { patientId, ...name },
          ...practitionersOf(patientId).map((practitionerId) => ({
            practitionerId,
            npi: null,
            ...name,
          })),
        ]);
      });
      return ids;
    },
    async close() {
      await api.close();
      await proxy.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Does something for each item, at most so many at once; the results in the order of the items. */
export async function inParallel<Item, Result>(
  items: Iterable<Item>,
  atOnce: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = [...items].entries();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const [index, item] of queue) results[index] = await work(item, index);
    }),
  );
  return results;
}
