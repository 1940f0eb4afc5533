import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import type { PractitionerDoubleBooking } from '../../src/domain/repositories.ts';
import { type Connection, withConnection } from './connection.ts';
import { apiFolder, ROOT } from './local-folder.ts';
import type { Ports } from './ports.ts';
import { type Program, waitUntilReady, watchProgram } from './program.ts';

const NAME = 'serverless-offline';
const SECONDS_TO_START = 60;

/** What serverless-offline says of each request: the path holds the patient's id. */
const REQUEST_LINES = /^(?:[A-Z]+ \/.*\(λ: .*\)|\(λ: .*|\s*)$/;

interface LocalApi {
  readonly ports: Ports;
  readonly connection: Connection;
  readonly tableName: string;
  /** Anyone, or whom a token names: its claims are checked, its signature is not. */
  readonly auth: 'none' | { readonly jwtIssuer: string; readonly jwtAudience: string };
  readonly doubleBooking: PractitionerDoubleBooking;
  /** Pages of these origins may call. */
  readonly pageOrigins?: readonly string[];
  /** Takes each line that it prints when it is ready. */
  readonly onLine: (line: string) => void;
}

/** Starts both functions behind serverless-offline, bundled as they are deployed, and waits until they answer. */
export async function startApi(local: LocalApi): Promise<Program> {
  const { ports, connection, tableName, doubleBooking, auth, pageOrigins, onLine } = local;
  const parameters = {
    tableName,
    practitionerDoubleBooking: doubleBooking,
    ...(auth === 'none' ? { auth } : { auth: 'jwt', ...auth }),
    ...(pageOrigins && { corsOrigins: pageOrigins.join(',') }),
  };
  let ready = false;
  const child = spawn(
    process.execPath,
    [
      createRequire(import.meta.url).resolve('serverless/bin/serverless.js'),
      ...['offline', 'start', '--stage', 'local', '--host', '127.0.0.1'],
      ...['--httpPort', String(ports.api), '--lambdaPort', String(ports.lambda)],
      auth === 'none' ? '--noAuth' : '--ignoreJWTSignature',
      ...Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]),
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...withConnection(process.env, connection),
        ESBUILD_WORK_FOLDER: relative(ROOT, apiFolder(ports.api)),
      },
    },
  );
  const program = watchProgram(NAME, child, (line) => {
    if (ready && !REQUEST_LINES.test(line)) onLine(line);
  });
  // A request that is refused for its caller or its form, and reaches no store.
  const url = `http://127.0.0.1:${ports.api}/api/patients/1/appointments?limit=none`;
  await waitUntilReady(
    program,
    url,
    ({ status }) => status === 400 || status === 401,
    SECONDS_TO_START,
  );
  ready = true;
  return program;
}
