import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import type { PractitionerDoubleBooking } from '../../src/domain/ports.ts';
import { type Connection, withConnection } from './connection.ts';
import { apiFolder, ROOT } from './local-folder.ts';
import type { Ports } from './ports.ts';
import { type Program, waitUntilReady, watchProgram } from './program.ts';

const NAME = 'serverless-offline';
const SECONDS_TO_START = 60;

/** The lines that serverless-offline prints per request. Their path has the patient's id. */
const REQUEST_LINES = /^(?:[A-Z]+ \/.*\(λ: .*\)|\(λ: .*|\s*)$/;

export interface LocalApi {
  readonly ports: Ports;
  readonly connection: Connection;
  readonly tableName: string;
  /** Anyone, or the caller that a token names. The token's claims are checked, but not its signature. */
  readonly auth: 'none' | { readonly jwtIssuer: string; readonly jwtAudience: string };
  readonly doubleBooking: PractitionerDoubleBooking;
  /** The address to listen on: 127.0.0.1 by default. */
  readonly host?: string;
  /** The origins of web pages that may call. */
  readonly pageOrigins?: readonly string[];
  /** Options for the Node process that runs the functions, such as `--inspect`. */
  readonly nodeOptions?: readonly string[];
  /** Receives each line that it prints once it is ready. */
  readonly onLine: (line: string) => void;
}

/** Starts both functions behind serverless-offline, and waits until they respond. */
export async function startApi(local: LocalApi): Promise<Program> {
  const { ports, connection, auth, host = '127.0.0.1', pageOrigins = [], onLine } = local;
  const parameters = {
    tableName: local.tableName,
    practitionerDoubleBooking: local.doubleBooking,
    ...(auth === 'none' ? { auth } : { auth: 'jwt', ...auth }),
    ...(pageOrigins.length > 0 && { corsOrigins: pageOrigins.join(',') }),
  };
  let ready = false;
  const child = spawn(
    process.execPath,
    [
      ...['--enable-source-maps', ...(local.nodeOptions ?? [])],
      createRequire(import.meta.url).resolve('serverless/bin/serverless.js'),
      ...['offline', 'start', '--stage', 'local', '--host', host],
      ...['--httpPort', String(ports.api), '--lambdaPort', String(ports.lambda)],
      auth === 'none' ? '--noAuth' : '--ignoreJWTSignature',
      ...Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]),
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...withConnection(process.env, connection),
        // osls keeps its settings in the home folder, which may not be writable.
        HOME: join(apiFolder(ports.api), 'home'),
        ESBUILD_WORK_FOLDER: relative(ROOT, apiFolder(ports.api)),
        PAGE_ORIGINS: pageOrigins.join(','),
      },
    },
  );
  const program = watchProgram(NAME, child, (line) => {
    if (ready && !REQUEST_LINES.test(line)) onLine(line);
  });
  // This request is rejected before it reaches the store.
  const url = `http://127.0.0.1:${ports.api}/api/patients/1/appointments?limit=none`;
  try {
    await waitUntilReady(
      program,
      url,
      ({ status }) => status === 400 || status === 401,
      SECONDS_TO_START,
    );
  } catch (error) {
    await program.stop();
    throw error;
  }
  ready = true;
  return program;
}
