import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Connection, withConnection } from '../../scripts/local/connection.ts';
import { ROOT } from '../../scripts/local/local-folder.ts';
import type { PractitionerDoubleBooking } from '../../src/domain/repositories.ts';

/** The bundled functions behind an HTTP front, in a process of their own. */
export interface Api {
  readonly url: string;
  /** Every line that the functions have printed. */
  readonly logLines: readonly string[];
  close(): Promise<void>;
}

/** Starts the front with the bundles of a folder, on a store and a table. */
export async function startApi(
  folder: string,
  connection: Connection,
  tableName: string,
  doubleBooking: PractitionerDoubleBooking,
): Promise<Api> {
  const front: ChildProcess = fork(join(ROOT, 'tests/support/http-front.ts'), [folder], {
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
      throw new Error(`the functions could not be loaded:\n${logLines.join('\n')}`);
    }),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    logLines,
    async close() {
      front.kill();
      await exited;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface AppointmentBody {
  readonly appointment_id: string;
  readonly patient_id: string;
  readonly practitioner_id: string;
  readonly start_time: string;
}

export interface BookingRequest {
  readonly patientId: string;
  readonly practitionerId: string;
  /** `YYYY-MM-DDThh:mm:00Z` */
  readonly start: string;
  readonly key?: string;
}

/** Books over HTTP. */
export async function book({ url }: Api, request: BookingRequest): Promise<Answer> {
  return answerOf(
    await fetch(`${url}/api/patients/${request.patientId}/appointments`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(request.key !== undefined && { 'idempotency-key': request.key }),
      },
      body: JSON.stringify({ practitioner_id: request.practitionerId, start_time: request.start }),
    }),
  );
}

/** Lists over HTTP. */
export async function list({ url }: Api, patientId: string): Promise<Answer> {
  return answerOf(await fetch(`${url}/api/patients/${patientId}/appointments`));
}

async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  return { status, headers, body: await response.json() };
}
