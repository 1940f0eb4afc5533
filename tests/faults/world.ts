import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand, type ScanCommandOutput } from '@aws-sdk/lib-dynamodb';
import { connectTo, withConnection } from '../../scripts/local/connection.ts';
import { createTable } from '../../scripts/local/create-table.ts';
import type { Id, Name, Patient, Practitioner } from '../../src/domain/people.ts';
import type { PractitionerDoubleBooking } from '../../src/domain/ports.ts';
import { FIRST_DATE, LAST_DATE } from '../../src/domain/slot.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable } from '../../src/repositories/store.ts';
import { addPeople } from '../support/add-people.ts';
import { buildHandlers, type Sabotage } from '../support/build-handlers.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { type HttpFront, startHttpFront } from '../support/http-front.ts';
import { type OpenSimulation, openSimulation } from './schedules/open-simulation.ts';
import type { Simulation } from './schedules/simulation.ts';

/** What a fault test runs against: the bundled functions over HTTP, behind a proxy that injects faults. */
export interface World {
  readonly api: HttpFront;
  readonly proxy: FaultProxy;
  readonly seed: number;
  readonly doubleBooking: PractitionerDoubleBooking;
  readonly isSabotaged: boolean;
  readonly storePeople: (people: readonly (Patient | Practitioner)[]) => Promise<void>;
  /** Stores new patients, and for each of them the two {@link practitionersOf} them. Returns the patients' ids. */
  readonly newPatients: (count: number) => Promise<Id[]>;
  /** The ids of a patient's appointments, read without the proxy. */
  readonly storedAppointments: (patientId: Id) => Promise<string[]>;
  /** All items of the table and all entries of its index as JSON, read without the proxy. */
  readonly scan: () => Promise<string[]>;
  /** Runs the functions in one more process, whose AWS SDK still has its full retry budget. */
  readonly startFunctions: () => Promise<HttpFront>;
  /** Runs the functions one call to the store at a time, on a store of their own. */
  readonly openSimulation: () => Promise<Simulation>;
  close(): Promise<void>;
}

/** The ids of the two practitioners that are stored with a patient. */
export const practitionersOf = (patientId: string) => [patientId, `${patientId}-2`] as [Id, Id];

export interface WorldOptions {
  readonly seed: number;
  readonly doubleBooking: PractitionerDoubleBooking;
  readonly sabotage?: Sabotage | undefined;
}

/** Opens a world with a new table in a running store on this machine. */
async function openWorld(
  store: string,
  { seed, doubleBooking, sabotage }: WorldOptions,
): Promise<World> {
  process.env = withConnection(process.env, connectTo(store));
  const table = openTable(`faults-${randomUUID()}`);
  await createTable(table.name);
  const appointments = createRepositories(table, doubleBooking).appointments;

  const folder = await mkdtemp(join(tmpdir(), 'appointments-faults-'));
  await buildHandlers(folder, sabotage && [sabotage]);
  const proxy = await startFaultProxy(store);
  const connection = connectTo(proxy.endpoint);
  const startFunctions = async () => startHttpFront(folder, connection, table.name, doubleBooking);
  const api = await startFunctions();
  let patients = 0;
  let opened: Promise<OpenSimulation> | undefined;

  const storePeople: World['storePeople'] = async (people) => addPeople(table, people);

  return {
    api,
    proxy,
    seed,
    doubleBooking,
    isSabotaged: sabotage !== undefined,
    storePeople,
    startFunctions,
    async openSimulation() {
      opened ??= openSimulation(store, folder, doubleBooking, sabotage);
      return (await opened).simulation;
    },
    async newPatients(count) {
      // The ids repeat with the seed, because a request's fault depends on its key.
      const ids = Array.from({ length: count }, () => `${seed}-${++patients}` as Id);
      const name = { firstName: 'Some' as Name, lastName: 'Person' as Name };
      await storePeople(
        ids.flatMap((patientId) => [
          { patientId, ...name },
          ...practitionersOf(patientId).map((practitionerId) => ({
            practitionerId,
            npi: null,
            ...name,
          })),
        ]),
      );
      return ids;
    },
    async storedAppointments(patientId) {
      const dates = { from: FIRST_DATE, to: LAST_DATE } as const;
      const range = { ...dates, status: 'all', order: 'asc', limit: 100 } as const;
      const stored = await appointments.listByPatient({ patientId, ...range });
      return stored.items.map(({ appointmentId }) => appointmentId);
    },
    async scan() {
      const all: object[] = [];
      for (const IndexName of [undefined, 'by-practitioner']) {
        let ExclusiveStartKey: Record<string, unknown> | undefined;
        do {
          const page: ScanCommandOutput = await table.client.send(
            new ScanCommand({ TableName: table.name, IndexName, ExclusiveStartKey }),
          );
          all.push(...(page.Items ?? []));
          ExclusiveStartKey = page.LastEvaluatedKey;
        } while (ExclusiveStartKey !== undefined);
      }
      return all.map((item) => JSON.stringify(item));
    },
    async close() {
      await (await opened)?.close();
      await api.close();
      await proxy.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Opens a world for some work, and closes it. Returns the result of the work. */
export async function inWorld<Result>(
  store: string,
  options: WorldOptions,
  work: (world: World) => Promise<Result>,
): Promise<Result> {
  const world = await openWorld(store, options);
  try {
    return await work(world);
  } finally {
    await world.close();
  }
}

/** Processes items, at most `limit` at once. Returns the results in the order of the items. */
export async function inParallel<Item, Result>(
  items: Iterable<Item>,
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = [...items].entries();
  await Promise.all(
    Array.from({ length: limit }, async () => {
      for (const [index, item] of queue) results[index] = await work(item, index);
    }),
  );
  return results;
}
