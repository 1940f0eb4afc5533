import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Connection, withConnection } from '../../scripts/local/connection.ts';
import { ROOT } from '../../scripts/local/local-folder.ts';
import type { PractitionerDoubleBooking } from '../../src/domain/ports.ts';

/** The bundled Lambda functions behind an HTTP server, in a process of their own. */
export interface HttpFront {
  readonly url: string;
  /** Every line that the functions have printed. */
  readonly logLines: readonly string[];
  /** The user and system time that the process has used so far, all threads together. */
  cpuSeconds(): Promise<number>;
  close(): Promise<void>;
}

/**
 * Serves the bundles in a folder over HTTP on a free port.
 *
 * @throws Error with the output of the process if the bundles cannot be loaded
 */
export async function startHttpFront(
  folder: string,
  connection: Connection,
  tableName: string,
  doubleBooking: PractitionerDoubleBooking,
): Promise<HttpFront> {
  const front: ChildProcess = fork(join(ROOT, 'tests/support/http-front-process.ts'), [folder], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...withConnection(process.env, connection),
      TABLE_NAME: tableName,
      AUTH: 'none',
      PRACTITIONER_DOUBLE_BOOKING: doubleBooking,
    },
  });
  const logLines: string[] = [];
  for (const stream of [front.stdout, front.stderr]) {
    if (stream) createInterface(stream).on('line', (line) => logLines.push(line));
  }
  const exited = once(front, 'exit');
  const port = await Promise.race([
    once(front, 'message').then(([message]) => Number(message)),
    exited.then(() => {
      throw new Error(`Cannot load the functions:\n${logLines.join('\n')}`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    logLines,
    async cpuSeconds() {
      const answered = once(front, 'message');
      front.send('cpu');
      const [{ user, system }] = (await answered) as [NodeJS.CpuUsage];
      return (user + system) / 1e6;
    },
    async close() {
      front.kill();
      await exited;
    },
  };
}
