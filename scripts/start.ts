// npm start: a local DynamoDB, the table, demo people, the API, and its reference, until Ctrl-C or SIGTERM.
import { once } from 'node:events';
import { watch } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRACTITIONER_DOUBLE_BOOKING } from '../src/domain/ports.ts';
import { openTable } from '../src/repositories/store.ts';
import { EXIT, readOptions, runCommand } from './command.ts';
import { type LocalApi, startApi } from './local/api.ts';
import { connectTo, TABLE_NAME, withConnection } from './local/connection.ts';
import { createTable } from './local/create-table.ts';
import { createDemoPeople } from './local/demo-people.ts';
import { ROOT, storeFolder } from './local/local-folder.ts';
import { type Ports, readPorts, requireFree } from './local/ports.ts';
import { type Program, stopPrograms } from './local/program.ts';
import { referenceOrigins, serveReferencePage } from './local/reference-page.ts';
import { StartError } from './local/start-error.ts';
import { startStore } from './local/store.ts';
import { chooseStore, ENGINE_NAMES } from './local/store-choice.ts';

const stopRequested = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, resolve);
  // A signal to npm alone ends npm and its shell. This process only notices that they are gone.
  const { ppid: parent } = process;
  setInterval(() => {
    if (process.ppid !== parent) resolve();
  }, 250);
});

try {
  await runCommand(async () => {
    await Promise.race([run(), stopRequested]);
    console.log('Stopping ...');
    return EXIT.done;
  });
} finally {
  await stopPrograms();
}
process.exit();

/** Runs until one of the programs ends by itself. */
async function run(): Promise<never> {
  const usage = 'Usage: npm start [-- --inspect]';
  const { inspect } = readOptions('start', { inspect: { type: 'boolean' } }, usage);
  const ports = readPorts(process.env);
  const { HOST = '' } = process.env;
  const host = HOST === '' ? '127.0.0.1' : HOST;
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

  const local: LocalApi = {
    ports,
    host,
    connection,
    tableName: TABLE_NAME,
    doubleBooking,
    auth: 'none',
    pageOrigins: referenceOrigins(ports.reference),
    nodeOptions: inspect === true ? ['--inspect'] : [],
    onLine: console.log,
  };
  let api: Program | undefined = await startApi(local);
  await serveReferencePage(ports.reference, `http://localhost:${ports.api}`, host);
  console.log(welcome(ports, description, doubleBooking));

  const source = watch(join(ROOT, 'src'), { recursive: true });
  const nextChange = async () => {
    await once(source, 'change');
    // Editors and Git write several files at once.
    await sleep(200);
  };
  let changed = nextChange();
  for (;;) {
    const running = api === undefined ? programs : [api, ...programs];
    const ended = await Promise.race([
      changed,
      ...running.map(async (program) => program.ended.then(() => program)),
    ]);
    if (ended !== undefined) {
      throw new StartError(`${ended.name} ended unexpectedly:\n${ended.lastLines()}`);
    }
    console.log('The source changed. Restarting the API ...');
    await api?.stop();
    changed = nextChange();
    api = await startApi(local).catch((error: unknown) => {
      if (!(error instanceof StartError)) throw error;
      console.error(`${error.message}\nThe API is down until the next change.`);
      return undefined;
    });
    if (api !== undefined) console.log('The API runs the changed source.');
  }
}

function readDoubleBooking({ PRACTITIONER_DOUBLE_BOOKING: text = '' }: NodeJS.ProcessEnv) {
  const mode = PRACTITIONER_DOUBLE_BOOKING.find((name) => name === (text === '' ? 'allow' : text));
  if (mode !== undefined) return mode;
  throw new StartError(
    `PRACTITIONER_DOUBLE_BOOKING=${text} is invalid. Set it to ${PRACTITIONER_DOUBLE_BOOKING.join(' or ')}.`,
  );
}

async function provideStore(ports: Ports) {
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
    description: `http://localhost:${ports.store}  (${ENGINE_NAMES[engine]}, data in ${relative(ROOT, folder)})`,
    programs: [store],
  };
}

function welcome(ports: Ports, store: string, doubleBooking: string): string {
  const api = `http://localhost:${ports.api}`;
  return `
  API             ${api}
  Reference       http://localhost:${ports.reference}  (read it and try it out)
  Store           ${store}
  Double booking  ${doubleBooking}  (PRACTITIONER_DOUBLE_BOOKING)

Book an appointment for patient 1 with practitioner 1:

  curl -X POST ${api}/api/patients/1/appointment -H 'content-type: application/json' -d '{ "practitioner_id": 1, "start_time": "2021-01-07 00:00:00" }'

List it:

  curl ${api}/api/patients/1/appointments

Ctrl-C stops everything.
`;
}
