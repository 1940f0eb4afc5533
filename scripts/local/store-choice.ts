import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { type Connection, connectTo } from './connection.ts';
import { StartError } from './start-error.ts';

/** DynamoDB Local on Java or in Docker, or the native emulator, which is an optional dependency. */
const ENGINES = ['java', 'docker', 'native'] as const;
export type Engine = (typeof ENGINES)[number];

export const ENGINE_NAMES: Readonly<Record<Engine, string>> = {
  java: 'DynamoDB Local on Java',
  docker: 'DynamoDB Local in Docker',
  native: 'Dynoxide, a native emulator of DynamoDB',
};

/** A running store, or the engine of a store to start. */
export type StoreChoice = { readonly connection: Connection } | { readonly engine: Engine };

/**
 * Chooses the store: `DYNAMODB_ENDPOINT` if it is set, otherwise the engine that `DYNAMODB_ENGINE` names,
 * otherwise the first engine that can run here. An empty variable counts as unset.
 *
 * @throws StartError if the chosen store cannot be used, or none can
 */
export function chooseStore(env: NodeJS.ProcessEnv, canRun = canRunHere): StoreChoice {
  const { DYNAMODB_ENDPOINT: endpoint = '', DYNAMODB_ENGINE: forced = '' } = env;
  if (endpoint !== '' && forced !== '') {
    throw new StartError(
      'DYNAMODB_ENDPOINT uses a running store and DYNAMODB_ENGINE starts one. Unset one of the two.',
    );
  }
  if (endpoint !== '') return { connection: connectTo(endpoint) };
  const engine = ENGINES.find((name) => (forced === '' ? canRun(name) : name === forced));
  if (engine === undefined && forced !== '') {
    throw new StartError(`DYNAMODB_ENGINE=${forced} is invalid. Set it to ${ENGINES.join(', ')}.`);
  }
  if (engine === undefined || (forced !== '' && !canRun(engine))) {
    throw new StartError(
      `${engine ?? 'A local DynamoDB'} cannot run here. Install Java 17 or later (Debian: apt-get install default-jre-headless), start a Docker engine, or set DYNAMODB_ENDPOINT to a store on this machine. The native engine runs on Linux on x64 only.`,
    );
  }
  return { engine };
}

function canRunHere(engine: Engine): boolean {
  switch (engine) {
    case 'java':
      return javaVersion() >= 17;
    case 'docker':
      return spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 }).status === 0;
    case 'native':
      return nativeEmulator() !== undefined;
  }
}

/** The major version of Java on the PATH, or 0 if there is none. */
function javaVersion(): number {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = /version "(?:1\.)?(\d+)/.exec(stderr);
  return Number(version?.[1] ?? 0);
}

/** The path of the native emulator. */
export function nativeEmulator(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide');
  } catch {
    return undefined;
  }
}
