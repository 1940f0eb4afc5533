import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { connectTo, withConnection } from '../../../scripts/local/connection.ts';
import { createTable } from '../../../scripts/local/create-table.ts';
import { freePorts } from '../../../scripts/local/free-ports.ts';
import { startStore } from '../../../scripts/local/store.ts';
import { nativeEmulator } from '../../../scripts/local/store-choice.ts';
import type { Id, Name } from '../../../src/domain/people.ts';
import type { PractitionerDoubleBooking } from '../../../src/domain/ports.ts';
import { FIRST_DATE } from '../../../src/domain/slot.ts';
import { openTable } from '../../../src/repositories/store.ts';
import { addPeople } from '../../support/add-people.ts';
import { type Sabotage, sabotagePlugin } from '../../support/build-handlers.ts';
import { bundle } from '../../support/bundle.ts';
import { Calendar, SHARED_PEOPLE } from './commands.ts';
import { Engine } from './engine.ts';
import { Simulation, type System } from './simulation.ts';

export interface OpenSimulation {
  readonly simulation: Simulation;
  close(): Promise<void>;
}

/**
 * Opens a simulation of the service, with or without a deliberate bug. It runs on the native emulator, which is fast,
 * or else on a running store.
 */
export async function openSimulation(
  runningStore: string,
  folder: string,
  doubleBooking: PractitionerDoubleBooking,
  sabotage: Sabotage | undefined,
): Promise<OpenSimulation> {
  const native =
    nativeEmulator() === undefined ? undefined : await startStore('native', await freePorts(1));
  const endpoint = native?.endpoint ?? runningStore;
  const table = openTable(`schedules-${randomUUID()}`);
  const before = process.env;
  // The functions connect to a table when they are loaded. The simulation gives them another one.
  process.env = withConnection(
    { ...before, TABLE_NAME: table.name, AUTH: 'none', PRACTITIONER_DOUBLE_BOOKING: doubleBooking },
    connectTo(endpoint),
  );
  let system: System;
  try {
    await createTable(table.name);
    await addPeople(table, SHARED_PEOPLE.flatMap(peopleOf));
    system = await buildSystem(folder, sabotage);
  } finally {
    process.env = before;
  }
  const engine = new Engine(endpoint);
  return {
    simulation: new Simulation(system, engine, table.name, doubleBooking),
    async close() {
      engine.close();
      await native?.stop();
    },
  };
}

function peopleOf(number: number) {
  const calendar = new Calendar(FIRST_DATE);
  const name = { firstName: 'Some' as Name, lastName: 'Person' as Name };
  return [
    { patientId: calendar.patientId(number) as Id, ...name },
    { practitionerId: calendar.practitionerId(number) as Id, npi: null, ...name },
  ];
}

async function buildSystem(folder: string, sabotage: Sabotage | undefined): Promise<System> {
  await bundle({ system: 'tests/faults/schedules/system.ts' }, folder, {
    plugins: [sabotagePlugin(sabotage ? [sabotage] : [])],
  });
  return createRequire(import.meta.url)(join(folder, 'system.js')) as System;
}
