import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

export interface Ports {
  /** The API. */
  readonly api: number;
  /** The API reference. */
  readonly reference: number;
  /** What serverless-offline opens beside the API, to invoke functions by name. */
  readonly lambda: number;
  /** The store, where one is started. */
  readonly store: number;
}

/** Reads `PORT` and `DYNAMODB_PORT`. */
export function readPorts(env: NodeJS.ProcessEnv): Ports {
  const api = readPort('PORT', env['PORT'], 3000, 65_533);
  const store = readPort('DYNAMODB_PORT', env['DYNAMODB_PORT'], 8000, 65_535);
  if (store >= api && store <= api + 2) {
    throw new StartError(
      `DYNAMODB_PORT=${store} is one of the ports that PORT=${api} takes (PORT to PORT+2): choose another.`,
    );
  }
  return { api, reference: api + 1, lambda: api + 2, store };
}

function readPort(name: string, text = '', otherwise: number, highest: number): number {
  if (text === '') return otherwise;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > highest) {
    throw new StartError(`${name}=${text} is not a port: set it to a number from 1 to ${highest}.`);
  }
  return port;
}

/**
 * Makes sure that a port is free.
 *
 * @throws StartError where it is taken
 */
export async function requireFree(port: number, variable: string, what: string): Promise<void> {
  if (await isTaken(port)) {
    throw new StartError(
      `Port ${port}, which ${what} needs, is taken: end the program that listens there, or set ${variable} to another port.`,
    );
  }
}

/** Whether a program listens on a port of this machine, on loopback or on every address. */
export async function isTaken(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1', '0.0.0.0', '::']) {
    const server = createServer().listen({ port, host, exclusive: true });
    try {
      await once(server, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return true;
      // This machine has no such address.
      continue;
    }
    server.close();
    await once(server, 'close');
  }
  return false;
}
