import { fetchDescribed } from './api-description.ts';

/** The request of a curl command with the options -X, -H, -d, -i, and -s. */
function requestOf(command: string): Request {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
  const headers = new Headers({ accept: '*/*', 'user-agent': 'curl/8.0.0' });
  let url: string | undefined;
  let method: string | undefined;
  let body: string | undefined;
  const [program, ...rest] = words;
  if (program !== 'curl') throw new Error(`not a curl command: ${command}`);
  while (rest.length > 0) {
    const word = rest.shift();
    if (word === '-X') method = rest.shift();
    else if (word === '-d') body = rest.shift();
    else if (word === '-H') {
      const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(rest.shift() ?? '') ?? [];
      headers.set(name, value);
    } else if (word?.startsWith('http') === true) url = word;
    else if (word !== '-i' && word !== '-s') throw new Error(`unknown word: ${word}`);
  }
  if (url === undefined) throw new Error(`no address: ${command}`);
  return new Request(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    body: body ?? null,
  });
}

/** Sends the request of a curl command to another port, and checks the response against openapi.json. */
export async function curl(command: string, port: number): Promise<Response> {
  return fetchDescribed(requestOf(command.replace(/:3000\b/, `:${port}`)));
}
