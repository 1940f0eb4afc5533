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
  // An expanded operation would be several screens tall.
  defaultModelRendering: 'model',
  defaultModelExpandDepth: 0,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // The validator is a server on the network.
  validatorUrl: null,
  // Send invalid requests too, because the response says more than a red field. A path needs its parameters.
  plugins: [{ statePlugins: { spec: { wrapSelectors: {
    validateBeforeExecute: () => (state, pathMethod) =>
      !state.getIn(['meta', 'paths', ...pathMethod, 'parameters'])?.some(
        (parameter, key) => key.startsWith('path.') && parameter.get('errors')?.size > 0,
      ),
  } } } }],
});
`;

/** The page loads everything from this machine, and calls only the local API. */
const policy = (api: string) =>
  `default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ${api}; base-uri 'none'; frame-ancestors 'none'`;

/** The origins under which a browser may open the page. */
export const referenceOrigins = (port: number): readonly string[] => [
  `http://localhost:${port}`,
  `http://127.0.0.1:${port}`,
];

/**
 * Serves the API reference, to read and to try out: Swagger UI from node_modules, with the description of
 * the local API.
 */
export async function serveReferencePage(
  port: number,
  api: string,
  host = '127.0.0.1',
): Promise<void> {
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
      response.writeHead(404).end(`Not found. The API reference is at http://localhost:${port}/\n`);
  });
  server.listen(port, host);
  await once(server, 'listening');
}

/** The description of a local run, which has another address and is open to everyone. */
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
