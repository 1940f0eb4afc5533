import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LocalApi, startApi } from '../../scripts/local/api.ts';
import { freePorts } from '../../scripts/local/free-ports.ts';
import { apiFolder, ROOT, storeFolder } from '../../scripts/local/local-folder.ts';

export interface LocalRun {
  /** Its output so far. */
  output(): string;
  /** Sends a signal to all its processes, as a terminal does, or to npm alone. */
  signal(signal: NodeJS.Signals, to: 'all' | 'npm'): void;
  /** Resolves with npm's exit code. */
  readonly ended: Promise<number | null>;
  /** Whether all processes that it started are gone, or are within 10 seconds. */
  isGone(): Promise<boolean>;
}

/** Every run that was started, to end those that a failed test leaves behind. */
const runs: LocalRun[] = [];

/** Runs `npm start` with these environment variables, as a person at a terminal does. */
export function npmStart(variables: Record<string, string>): LocalRun {
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    // Its own process group, which Ctrl-C in a terminal would end.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...withoutStore(process.env), ...variables },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const { pid } = child;
  if (pid === undefined) throw new Error('npm could not be started');
  const run: LocalRun = {
    output: () => output,
    signal(signal, to) {
      process.kill(to === 'all' ? -pid : pid, signal);
    },
    ended: new Promise((resolve) => {
      child.once('close', resolve);
    }),
    async isGone() {
      for (let tries = 0; tries < 200; tries += 1) {
        try {
          process.kill(-pid, 0);
        } catch {
          return true;
        }
        await sleep(50);
      }
      return false;
    },
  };
  runs.push(run);
  return run;
}

/** Waits until the run has printed that it is up. */
export async function untilUp(run: LocalRun): Promise<void> {
  const ended = run.ended.then(() => 'ended');
  while (!run.output().includes('Ctrl-C stops everything.')) {
    if ((await Promise.race([ended, sleep(50)])) === 'ended') {
      throw new Error(`npm start ended:\n${run.output()}`);
    }
  }
}

/** Starts the API of a local run alone, on a table that exists. Returns its port. */
export async function startApiOn(
  local: Pick<LocalApi, 'connection' | 'tableName' | 'auth'>,
): Promise<number> {
  const api = await freePorts(3);
  const ports = { api, reference: api + 1, lambda: api + 2, store: 0 };
  await startApi({ ...local, ports, doubleBooking: 'allow', onLine: () => undefined });
  return api;
}

/** Ends the runs that still exist. */
export async function endLocalRuns(): Promise<void> {
  for (const run of runs.splice(0)) {
    try {
      run.signal('SIGTERM', 'all');
    } catch {
      // It has ended.
    }
    await run.isGone();
  }
}

/** Removes the data of a run on `port`, whose store was on `port + 3`. */
export async function removeLocalData(port: number): Promise<void> {
  await rm(dirname(storeFolder(port + 3, 'java')), { recursive: true, force: true });
  await rm(apiFolder(port), { recursive: true, force: true });
}

/** Removes the variables that this test run has set, and those that choose another store. */
function withoutStore(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const set = /^(?:AWS_.*|AUTH|PRACTITIONER_DOUBLE_BOOKING|TABLE_NAME|PORT|DYNAMODB_.*)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !set.test(name)));
}
