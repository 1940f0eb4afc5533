import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/local/local-folder.ts';

export interface ImportRun {
  /** Both streams, in the order in which they came. */
  output(): string;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** Runs the import as `npm run people:import -- ...` does. */
export function startImport(words: readonly string[], env: NodeJS.ProcessEnv = {}): ImportRun {
  const child = spawn(process.execPath, ['scripts/people-import.ts', ...words], {
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
    output: () => output,
    kill: (signal) => child.kill(signal),
    ended: once(child, 'close').then(([code]) => code as number | null),
  };
}

/** Runs the import to its end. */
export async function runImport(
  words: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  const run = startImport(words, env);
  const code = await run.ended;
  return { code, output: run.output() };
}

/** A folder for the files of a test. */
export interface Folder {
  readonly path: string;
  /** Writes a file, and returns its path. */
  file(name: string, content: string | Buffer): Promise<string>;
  remove(): Promise<void>;
}

export async function createFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'people-import-'));
  return {
    path,
    async file(name, content) {
      await writeFile(join(path, name), content);
      return join(path, name);
    },
    remove: async () => rm(path, { recursive: true }),
  };
}
