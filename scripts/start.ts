// npm start: a local DynamoDB, the table, demo people, the API and its reference, until Ctrl-C or SIGTERM.
import { relative } from 'node:path';
import { PRACTITIONER_DOUBLE_BOOKING } from '../src/domain/repositories.ts';
import { openTable } from '../src/repositories/table.ts';
import { startApi } from './local/api.ts';
import { type Connection, connectTo, withConnection } from './local/connection.ts';
import { createTable } from './local/create-table.ts';
import { createDemoPeople } from './local/demo-people.ts';
import { ROOT, storeFolder } from './local/local-folder.ts';
import { type Ports, readPorts, requireFree } from './local/ports.ts';
import { type Program, stopPrograms } from './local/program.ts';
import { referenceOrigins, serveReferencePage } from './local/reference-page.ts';
import { StartError } from './local/start-error.ts';
import { startStore } from './local/store.ts';
import { chooseStore, ENGINE_NAMES } from './local/store-choice.ts';
import { TABLE_NAME } from './local/table-name.ts';

const stopRequested = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      resolve();
    });
  }
  // A signal to npm alone ends npm and its shell, and this process hears nothing but that they are gone.
  const { ppid: parent } = process;
  setInterval(() => {
    if (process.ppid !== parent) resolve();
  }, 250);
});

try {
  await Promise.race([run(), stopRequested]);
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await stopPrograms();
}
process.exit();

/** Runs until one of the programs ends by itself. */
async function run(): Promise<never> {
  const ports = readPorts(process.env);
  const doubleBooking = readDoubleBooking(process.env);
  await requireFree(ports.api, 'PORT', 'the API');
  await requireFree(ports.reference, 'PORT', 'the API reference (PORT+1)');
  await requireFree(ports.lambda, 'PORT', 'serverless-offline (PORT+2)');

  const { connection, description, programs } = await provideStore(ports);
  process.env = withConnection(process.env, connection);
  try {
    await createTable(TABLE_NAME);
    await createDemoPeople(openTable(TABLE_NAME));
  } catch (error) {
    throw new StartError(
      `The store at ${connection.AWS_ENDPOINT_URL_DYNAMODB} cannot be used: ${String(error)}`,
    );
  }

  const api = await startApi({
    ports,
    connection,
    tableName: TABLE_NAME,
    doubleBooking,
    auth: 'none',
    pageOrigins: referenceOrigins(ports.reference),
    onLine: console.log,
  });
  await serveReferencePage(ports.reference, `http://localhost:${ports.api}`);
  console.log(welcome(ports, description));

  const ended = await Promise.race(
    [api, ...programs].map(async (program) => {
      await program.ended;
      return program;
    }),
  );
  throw new StartError(`${ended.name} has ended by itself:\n${ended.lastLines()}`);
}

function readDoubleBooking({ PRACTITIONER_DOUBLE_BOOKING: text = '' }: NodeJS.ProcessEnv) {
  const mode = PRACTITIONER_DOUBLE_BOOKING.find((name) => name === (text === '' ? 'allow' : text));
  if (mode !== undefined) return mode;
  throw new StartError(
    `PRACTITIONER_DOUBLE_BOOKING=${text} is not known: set it to ${PRACTITIONER_DOUBLE_BOOKING.join(' or ')}.`,
  );
}

interface ProvidedStore {
  readonly connection: Connection;
  readonly description: string;
  readonly programs: readonly Program[];
}

async function provideStore(ports: Ports): Promise<ProvidedStore> {
  const choice = chooseStore(process.env);
  if ('connection' in choice) {
    const { connection } = choice;
    return { connection, description: connection.AWS_ENDPOINT_URL_DYNAMODB, programs: [] };
  }
  const { engine } = choice;
  await requireFree(ports.store, 'DYNAMODB_PORT', 'the store');
  const folder = storeFolder(ports.store, engine);
  console.log(`Starting ${ENGINE_NAMES[engine]} ...`);
  const store = await startStore(engine, ports.store, folder);
  return {
    connection: connectTo(store.endpoint),
    description: `http://localhost:${ports.store}  (${ENGINE_NAMES[engine]}; bookings are kept in ${relative(ROOT, folder)})`,
    programs: [store],
  };
}

function welcome(ports: Ports, store: string): string {
  const api = `http://localhost:${ports.api}`;
  return `
  API        ${api}
  Reference  http://localhost:${ports.reference}  (a page to read it and try it out)
  Store      ${store}

Book a first appointment, for patient 1 with practitioner 1:

  curl -X POST ${api}/api/patients/1/appointment -H 'content-type: application/json' -d '{ "practitioner_id": 1, "start_time": "2021-01-07 00:00:00" }'

and list it:

  curl ${api}/api/patients/1/appointments

Ctrl-C stops it all.
`;
}
