import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { fetchDescribed } from './api-description.ts';

/**
 * Runs commands in bash, with another API instead of the one on port 3000. Returns the response to each curl, in order,
 * after checking it against openapi.json.
 *
 * @param api its origin, such as `http://127.0.0.1:3010`, or its port on this machine
 * @param send sends each request
 */
export async function curl(
  commands: string,
  api: number | string,
  send: (request: Request) => Promise<Response> = fetch,
): Promise<Response[]> {
  const origin = typeof api === 'number' ? `http://127.0.0.1:${api}` : api;
  const responses: Promise<Response>[] = [];
  const recorder = createServer((incoming, outgoing) => {
    const response = forward(incoming, origin, send);
    responses.push(response);
    response
      .then(async (received) => {
        outgoing.writeHead(received.status).end(await received.clone().text());
      })
      // Awaiting all responses reports the error.
      .catch(() => outgoing.writeHead(502).end());
  });
  await once(recorder.listen(0, '127.0.0.1'), 'listening');
  const address = recorder.address() as AddressInfo;
  try {
    await promisify(execFile)('bash', ['-c', commands.replaceAll(':3000', `:${address.port}`)], {
      env: { ...process.env, no_proxy: '*' },
    });
    return await Promise.all(responses);
  } finally {
    recorder.close();
  }
}

async function forward(
  incoming: IncomingMessage,
  origin: string,
  send: (request: Request) => Promise<Response>,
): Promise<Response> {
  const { method = '', url = '', headers } = incoming;
  const { host: _, ...others } = headers;
  const body = await buffer(incoming);
  const init = {
    method,
    headers: others as Record<string, string>,
    body: body.length === 0 ? null : body,
  };
  return fetchDescribed(`${origin}${url}`, init, send);
}
