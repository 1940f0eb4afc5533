import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { type Connection, connectTo } from './connection.ts';
import { StartError } from './start-error.ts';

/** DynamoDB Local on Java, DynamoDB Local in Docker, or the native emulator of the optional dependency. */
const ENGINES = ['java', 'docker', 'native'] as const;
export type Engine = (typeof ENGINES)[number];

export const ENGINE_NAMES: Readonly<Record<Engine, string>> = {
  java: 'DynamoDB Local on Java',
  docker: 'DynamoDB Local in Docker',
  native: 'Dynoxide, a native emulator of DynamoDB',
};

const MISSING: Readonly<Record<Engine, string>> = {
  java: 'there is no Java 17 or later on the PATH',
  docker: 'no Docker engine answers',
  native:
    'the optional dependency @dynoxide/linux-x64 is not installed (it is there for Linux on x64)',
};

/** A store that runs already, or the engine of one to start. */
export type StoreChoice = { readonly connection: Connection } | { readonly engine: Engine };

/**
 * Chooses the store: `DYNAMODB_ENDPOINT` if it is set, else the engine that `DYNAMODB_ENGINE` names,
 * else the first that can run here. An empty variable counts as not set.
 *
 * @throws StartError where the choice cannot be followed, or there is none
 */
export function chooseStore(env: NodeJS.ProcessEnv, canRun = canRunHere): StoreChoice {
  const { DYNAMODB_ENDPOINT: endpoint = '', DYNAMODB_ENGINE: forced = '' } = env;
  if (endpoint !== '' && forced !== '') {
    throw new StartError(
      'DYNAMODB_ENDPOINT names a store that runs and DYNAMODB_ENGINE one to start: unset one of them.',
    );
  }
  if (endpoint !== '') return { connection: connectTo(endpoint) };
  if (forced === '') {
    const engine = ENGINES.find(canRun);
    if (engine !== undefined) return { engine };
    throw new StartError(
      'There is nothing here to run a local DynamoDB on: install Java 17 or later (Debian: apt-get install default-jre-headless), or start a Docker engine, or set DYNAMODB_ENDPOINT to a store on this machine.',
    );
  }
  const engine = ENGINES.find((name) => name === forced);
  if (engine === undefined) {
    throw new StartError(
      `DYNAMODB_ENGINE=${forced} is not known: set it to ${ENGINES.join(', ')}.`,
    );
  }
  if (!canRun(engine)) {
    throw new StartError(`DYNAMODB_ENGINE=${engine} cannot run here: ${MISSING[engine]}.`);
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

/** The major version of the Java on the PATH; 0 where there is none. */
function javaVersion(): number {
  const { stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = /version "(?:1\.)?(\d+)/.exec(stderr);
  return Number(version?.[1] ?? 0);
}

/** Where the executable of the native emulator is. */
export function nativeEmulator(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('@dynoxide/linux-x64/dynoxide');
  } catch {
    return undefined;
  }
}
