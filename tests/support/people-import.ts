import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/local/local-folder.ts';

/** Starts the import as `npm run people:import -- ...` does. */
export function startImport(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ['scripts/people-import.ts', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  return {
    /** Everything printed so far, on both streams. */
    output: () => output,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    /** Resolves with the exit code, or null if a signal ended the run. */
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
}

/** Runs the import to its end. */
export async function runImport(args: readonly string[], env?: NodeJS.ProcessEnv) {
  const run = startImport(args, env);
  const code = await run.ended;
  return { code, output: run.output() };
}

export type Folder = Awaited<ReturnType<typeof createFolder>>;

/** Creates a temporary folder for the files of a test. */
export async function createFolder() {
  const path = await mkdtemp(join(tmpdir(), 'people-import-'));
  return {
    path,
    /** Writes a file and returns its path. */
    async file(name: string, content: string | Buffer): Promise<string> {
      await writeFile(join(path, name), content);
      return join(path, name);
    },
    remove: async () => rm(path, { recursive: true }),
  };
}
