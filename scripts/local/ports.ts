import { once } from 'node:events';
import { createServer } from 'node:net';
import { StartError } from './start-error.ts';

export interface Ports {
  /** The API. */
  readonly api: number;
  /** The API reference. */
  readonly reference: number;
  /** serverless-offline's own port for invoking functions by name. */
  readonly lambda: number;
  /** The store, if one is started. */
  readonly store: number;
}

/** Reads `PORT` and `DYNAMODB_PORT`. */
export function readPorts(env: NodeJS.ProcessEnv): Ports {
  const api = readPort('PORT', env['PORT'], 3000, 65_533);
  const store = readPort('DYNAMODB_PORT', env['DYNAMODB_PORT'], 8000, 65_535);
  if (store >= api && store <= api + 2) {
    throw new StartError(
      `DYNAMODB_PORT=${store} is one of the ports that PORT=${api} uses (PORT to PORT+2). Choose another.`,
    );
  }
  return { api, reference: api + 1, lambda: api + 2, store };
}

function readPort(name: string, text = '', fallback: number, highest: number): number {
  if (text === '') return fallback;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port < 1 || port > highest) {
    throw new StartError(
      `${name}=${text} is not a valid port. Set it to a number from 1 to ${highest}.`,
    );
  }
  return port;
}

/**
 * Makes sure that a port is free.
 *
 * @throws StartError if it is taken
 */
export async function requireFree(port: number, variable: string, what: string): Promise<void> {
  if (await isTaken(port)) {
    throw new StartError(
      `Port ${port}, which ${what} needs, is taken. Stop the program that listens there, or set ${variable} to another port.`,
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
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE') return true;
      if (code === 'EACCES') throw error;
      // This machine does not have the address.
      continue;
    }
    server.close();
    await once(server, 'close');
  }
  return false;
}
