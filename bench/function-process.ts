import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A Lambda function in a process of its own. */
export interface FunctionProcess {
  /** How long loading the bundle took. */
  readonly loadMilliseconds: number;
  /**
   * Handles events one after the other, and returns the last response and the times of all events together.
   *
   * @throws Error if the last response does not have the expected status
   */
  invoke(status: number, ...events: readonly object[]): Promise<Invocation>;
  stop(): Promise<void>;
}

interface Invocation {
  readonly statusCode: number;
  readonly body: string;
  readonly milliseconds: number;
  /** User and system time of the process, all threads together. */
  readonly cpuMilliseconds: number;
}

/** Starts a process that loads a bundle. */
export async function startFunction(
  bundle: string,
  environment: NodeJS.ProcessEnv,
): Promise<FunctionProcess> {
  const child = fork(fileURLToPath(new URL('function-process.mjs', import.meta.url)), [bundle], {
    // The functions log to the standard output.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: environment,
  });
  const exited = once(child, 'exit');
  const nextMessage = async () => {
    const failed = exited.then(() => Promise.reject(new Error(`The process of ${bundle} ended.`)));
    const [message] = (await Promise.race([once(child, 'message'), failed])) as [Invocation];
    return message;
  };
  const { milliseconds: loadMilliseconds } = await nextMessage();
  return {
    loadMilliseconds,
    async invoke(status, ...events) {
      const message = nextMessage();
      child.send(events);
      const invocation = await message;
      const { statusCode, body } = invocation;
      if (statusCode === status) return invocation;
      throw new Error(`${bundle}: expected status ${status}, got ${statusCode}: ${body}`);
    },
    async stop() {
      child.kill();
      await exited;
    },
  };
}
