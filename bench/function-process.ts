import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { ROOT } from '../scripts/local/local-folder.ts';

export interface FunctionProcess {
  /** Has the function answer an event so many times; the last answer, and the time of all together. */
  invoke(event: APIGatewayProxyEventV2, times?: number): Promise<Invocation>;
  stop(): Promise<void>;
}

interface Invocation {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly milliseconds: number;
}

/** Starts a process that has loaded a bundle and answers events, one after the other. */
export async function startFunction(
  bundle: string,
  environment: NodeJS.ProcessEnv,
): Promise<FunctionProcess> {
  const child = fork(join(ROOT, 'bench/function-process.mjs'), [bundle], {
    // What functions log is not for the terminal.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: environment,
  });
  const ended = once(child, 'exit');
  const reply = async () => {
    const [message] = (await Promise.race([
      once(child, 'message'),
      ended.then(() => {
        throw new Error(`${bundle} has ended`);
      }),
    ])) as [unknown];
    return message;
  };
  await reply();
  return {
    async invoke(event, times = 1) {
      const answer = reply();
      child.send({ event, times });
      return (await answer) as Invocation;
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
}
