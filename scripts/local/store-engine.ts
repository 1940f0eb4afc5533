import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
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

/**
 * Chooses the store: the first engine that can run here, or the one that `DYNAMODB_ENGINE` names.
 *
 * @throws StartError where it cannot run, or none can
 */
export function chooseEngine(
  forced: string | undefined,
  canRun: (engine: Engine) => boolean = canRunHere,
): Engine {
  if (forced === undefined) {
    const engine = ENGINES.find(canRun);
    if (engine !== undefined) return engine;
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
  return engine;
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
