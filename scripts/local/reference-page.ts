import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiDescription } from '../api-description/document.ts';

const SWAGGER_UI = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Appointment service</title>
    <link rel="icon" href="favicon-32x32.png">
    <link rel="stylesheet" href="swagger-ui.css">
  </head>
  <body>
    <div id="page"></div>
    <script src="swagger-ui-bundle.js"></script>
    <script src="page.js"></script>
  </body>
</html>
`;

const SCRIPT = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#page',
  tryItOutEnabled: true,
  displayRequestDuration: true,
  // It would ask a server on the network.
  validatorUrl: null,
  // A request that breaks a rule is sent all the same: the answer says more than a red field.
  plugins: [{ statePlugins: { spec: {
    wrapSelectors: { validateBeforeExecute: () => () => true },
    wrapActions: { validateParams: () => () => ({ type: 'not validated' }) },
  } } }],
});
`;

/** Nothing of the page comes from anywhere but this machine, and it talks to the local API alone. */
const policy = (api: string) =>
  `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ${api}; base-uri 'none'; frame-ancestors 'none'`;

/** The addresses of the page by which a browser may come to it. */
export const referenceOrigins = (port: number): readonly string[] => [
  `http://localhost:${port}`,
  `http://127.0.0.1:${port}`,
];

/**
 * Serves the API reference, to read and to try out, on loopback. Its files are those of Swagger UI from
 * node_modules, its description is of the local API.
 */
export async function serveReferencePage(port: number, api: string): Promise<void> {
  const files = new Map<string, { readonly type: string; readonly content: string | Buffer }>([
    ['/', { type: 'text/html; charset=utf-8', content: PAGE }],
    ['/page.js', { type: 'text/javascript; charset=utf-8', content: SCRIPT }],
    ['/openapi.json', { type: 'application/json', content: localApi(api) }],
  ]);
  for (const [name, type] of [
    ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
    ['swagger-ui.css', 'text/css; charset=utf-8'],
    ['favicon-32x32.png', 'image/png'],
  ] as const) {
    files.set(`/${name}`, { type, content: await readFile(join(SWAGGER_UI, name)) });
  }

  const server = createServer(({ url = '/' }, response) => {
    const file = files.get(url.replace(/\?.*$/, ''));
    response.setHeader('Content-Security-Policy', policy(api));
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (file) response.writeHead(200, { 'Content-Type': file.type }).end(file.content);
    else
      response
        .writeHead(404)
        .end(`There is nothing. The API reference is at http://localhost:${port}/\n`);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

/** The description as it is of a local run: at another address, and open to anyone. */
function localApi(api: string): string {
  const description = apiDescription();
  const { securitySchemes: _, ...components } = description.components;
  const paths = Object.entries(description.paths).map(([path, operations]) => [
    path,
    Object.fromEntries(
      Object.entries(operations).map(([method, { security: __, ...operation }]) => [
        method,
        operation,
      ]),
    ),
  ]);
  return JSON.stringify({
    ...description,
    servers: [{ url: api, description: 'This local run' }],
    paths: Object.fromEntries(paths) as object,
    components,
  });
}
