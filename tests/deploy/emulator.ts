import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as sendHttp } from 'node:http';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { freePorts } from '../../scripts/local/free-ports.ts';
import { ROOT } from '../../scripts/local/local-folder.ts';
import { waitUntilReady, watchProgram } from '../../scripts/local/program.ts';

const FOLDER = join(ROOT, '.local/ministack');
export const EMULATOR = { folder: FOLDER, python: join(FOLDER, 'bin/python') };

/** The account and the region in the commands of the documentation. */
export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';

export interface Emulator {
  readonly port: number;
  /** The environment of a command that uses the emulator as AWS, with the keys of its administrator. */
  readonly environment: NodeJS.ProcessEnv;
  /** Sends a request to the emulator, whatever its host is on AWS. */
  readonly send: (request: Request) => Promise<Response>;
  readonly stop: () => Promise<void>;
}

/** @param certificate a PEM file that the emulator trusts */
export async function startEmulator(certificate: string): Promise<Emulator> {
  const port = await freePorts(1);
  const temporary = await mkdtemp(join(tmpdir(), 'appointments-emulator-'));
  const endpoint = `http://127.0.0.1:${port}`;
  const administrator = {
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  };
  const child = spawn(EMULATOR.python, [join(ROOT, 'tests/deploy/emulator.py')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...administrator,
      // The functions run on the first node on the path: the one of these tests.
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
      TMPDIR: temporary,
      HOME: temporary,
      SSL_CERT_FILE: certificate,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      IOT_MTLS_ENABLED: 'false',
      LAMBDA_EXECUTOR: 'local',
      LOG_LEVEL: 'WARNING',
      MINISTACK_ACCOUNT_ID: ACCOUNT,
      MINISTACK_REGION: REGION,
      // Checks signatures and policies.
      AUTH: 'true',
    },
  });
  const program = watchProgram('The emulator', child);
  await waitUntilReady(program, `${endpoint}/_ministack/health`, ({ ok }) => ok, 60);
  return {
    port,
    environment: {
      ...withoutAws(process.env),
      ...administrator,
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      AWS_PAGER: '',
      // Milliseconds. osls asks for the events of a stack every 5 seconds.
      SLS_AWS_MONITORING_FREQUENCY: '250',
      no_proxy: '*',
    },
    send: async (request) => send(request, port),
    async stop() {
      await program.stop();
      await rm(temporary, { recursive: true, force: true });
    },
  };
}

/** Unlike `fetch`, keeps the Host that was signed. */
async function send(request: Request, port: number): Promise<Response> {
  const { host, pathname, search } = new URL(request.url);
  const body = Buffer.from(await request.arrayBuffer());
  return new Promise((resolve, reject) => {
    const outgoing = sendHttp({
      host: '127.0.0.1',
      port,
      method: request.method,
      path: pathname + search,
      headers: { ...Object.fromEntries(request.headers), host, 'content-length': body.length },
    });
    outgoing.once('error', reject).once('response', (incoming) => {
      buffer(incoming).then((content) => {
        const { statusCode: status = 0, headers } = incoming;
        const hasBody = content.length > 0;
        resolve(
          new Response(hasBody ? content : null, {
            status,
            headers: headers as Record<string, string>,
          }),
        );
      }, reject);
    });
    outgoing.end(body);
  });
}

function withoutAws(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AWS_')));
}
