import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from './start-error.ts';

const MILLISECONDS_TO_STOP = 8000;
const LINES_KEPT = 20;
const STACK_FRAME = /^\s+at /;

/** A child process that is watched, and stopped together with the others. */
export interface Program {
  readonly name: string;
  /** Resolves when the program ends, for any reason. */
  readonly ended: Promise<void>;
  /** Its last lines of output, for the error message if it ends unexpectedly. */
  lastLines(): string;
  /** Stops it, and waits until it has ended. */
  stop(): Promise<void>;
}

const running = new Map<Program, ChildProcess>();
let stopping = false;

/** Stops all programs in reverse order of their start, and any program that is started from now on. */
export async function stopPrograms(): Promise<void> {
  stopping = true;
  for (const [program, child] of [...running].reverse()) await stop(program, child);
}

async function stop(program: Program, child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  const impatience = setTimeout(() => child.kill('SIGKILL'), MILLISECONDS_TO_STOP);
  await program.ended;
  clearTimeout(impatience);
}

/**
 * Watches a child process from start to end.
 *
 * @param onLine receives each line of output, from either stream
 */
export function watchProgram(
  name: string,
  child: ChildProcess,
  onLine: (line: string) => void = () => undefined,
): Program {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const complete = (rest + chunk).split(/\r?\n/);
      rest = complete.pop() ?? '';
      for (const line of complete) {
        if (!STACK_FRAME.test(line)) lines.push(line);
        if (lines.length > LINES_KEPT) lines.shift();
        onLine(line);
      }
    });
  }

  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', (error) => {
      lines.push(`${name}: ${error.message}`);
      resolve();
    });
  });

  const program: Program = {
    name,
    ended,
    lastLines: () => lines.join('\n').trim(),
    stop: async () => stop(program, child),
  };
  running.set(program, child);
  void ended.then(() => running.delete(program));
  if (stopping) child.kill('SIGKILL');
  return program;
}

/**
 * Waits until a program responds over HTTP.
 *
 * @param isReady decides by the response
 * @throws StartError if the program ends first, or is not ready after `seconds`
 */
export async function waitUntilReady(
  program: Program,
  url: string,
  isReady: (response: Response) => boolean,
  seconds: number,
): Promise<void> {
  const latest = Date.now() + seconds * 1000;
  while (Date.now() < latest) {
    if (!running.has(program))
      throw new StartError(`${program.name} ended before it was ready:\n${program.lastLines()}`);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
      await response.arrayBuffer();
      if (isReady(response)) return;
    } catch {
      // It is not listening yet.
    }
    await sleep(50);
  }
  throw new StartError(`${program.name} was not ready after ${seconds} s:\n${program.lastLines()}`);
}
