import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiDescription } from '../api-description/document.ts';
import { ROOT } from './local-folder.ts';

const SWAGGER_UI = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Appointment service</title>
    <link rel="icon" href="favicon-32x32.png">
    <link rel="stylesheet" href="swagger-ui.css">
    <style>
      .swagger-ui .wrapper { max-width: 1100px; }
      .swagger-ui :is(.markdown, .renderedMarkdown) { max-width: 75ch; }
      .swagger-ui :is(.markdown, .renderedMarkdown) code { overflow-wrap: anywhere; }
      .swagger-ui summary { cursor: pointer; padding: 6px 0; }
      .swagger-ui textarea.body-param__text { min-height: 120px; }
      .swagger-ui .response-col_status { font-weight: 700; }
      .swagger-ui :is(.response-col_links, .response-controls > :has(option:only-child)) { display: none; }
      @media (max-width: 640px) {
        .swagger-ui .wrapper { padding: 0 10px; }
        .swagger-ui .opblock-tag small { display: none; }
        .swagger-ui :is(.opblock-section-header, .response-controls) { flex-wrap: wrap; }
        .swagger-ui .opblock-body :is(.table-container, .responses-inner, .opblock-section-header) { padding: 10px; }
        /* Columns would be a few letters wide. */
        .swagger-ui .opblock-body :is(table, tbody, tr, td) { display: block; width: auto; }
        .swagger-ui .opblock-body thead { display: none; }
        .swagger-ui .opblock-body table tbody tr td { max-width: none; min-width: 0; padding: 4px 0; }
        .swagger-ui .opblock-body td.response-col_links { display: none; }
        .swagger-ui .opblock-body tr.response { border-top: 1px solid #8888; margin-top: 8px; }
        .swagger-ui .opblock-body :is(input[type="text"], select, .response-controls > div) { max-width: none; min-width: 0; width: 100%; }
      }
    </style>
  </head>
  <body>
    <div id="page"></div>
    <script src="swagger-ui-bundle.js"></script>
    <script src="page.js"></script>
  </body>
</html>
`;

const SCRIPT = `
// The parts of a documented response that few readers need, in a box that opens.
const folded = (title) => (Part, { React }) => (props) =>
  React.createElement('details', null, React.createElement('summary', null, title), React.createElement(Part, props));
const isOfResponse = ({ specPath }) => specPath?.includes('responses');

SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#page',
  tryItOutEnabled: true,
  defaultModelRendering: 'example',
  defaultModelExpandDepth: 1,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  // The validator is a server on the network.
  validatorUrl: null,
  plugins: [{
    wrapComponents: {
      headers: folded('Headers'),
      modelExample: (Part, system) => {
        const Folded = folded('Example and schema')(Part, system);
        return (props) => system.React.createElement(isOfResponse(props) ? Folded : Part, props);
      },
    },
    // Send invalid requests too, because the response says more than a red field. A path needs its parameters.
    statePlugins: { spec: { wrapSelectors: {
      validateBeforeExecute: () => (state, pathMethod) =>
        !state.getIn(['meta', 'paths', ...pathMethod, 'parameters'])?.some(
          (parameter, key) => key.startsWith('path.') && parameter.get('errors')?.size > 0,
        ),
    } } },
  }],
});
`;

/** Swagger UI, and the pages that the description links to, as text. */
const FILES = [
  [SWAGGER_UI, 'swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  [SWAGGER_UI, 'swagger-ui.css', 'text/css; charset=utf-8'],
  [SWAGGER_UI, 'favicon-32x32.png', 'image/png'],
  [ROOT, 'docs/api.md', 'text/plain; charset=utf-8'],
  [ROOT, 'docs/problems.md', 'text/plain; charset=utf-8'],
  [ROOT, 'docs/deploy.md', 'text/plain; charset=utf-8'],
] as const;

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
  const files = new Map<string, readonly [type: string, content: string | Buffer]>([
    ['/', ['text/html; charset=utf-8', PAGE]],
    ['/page.js', ['text/javascript; charset=utf-8', SCRIPT]],
    ['/openapi.json', ['application/json', localApi(api)]],
  ]);
  for (const [folder, name, type] of FILES) {
    files.set(`/${name}`, [type, await readFile(join(folder, name))]);
  }

  const server = createServer(({ url = '/' }, response) => {
    const file = files.get(url.replace(/\?.*$/, ''));
    response.setHeader('Content-Security-Policy', policy(api));
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (file) response.writeHead(200, { 'Content-Type': file[0] }).end(file[1]);
    else
      response.writeHead(404).end(`Not found. The API reference is at http://localhost:${port}/\n`);
  });
  server.listen(port, host);
  await once(server, 'listening');
}

/** The description of a local run, which has another URL and is open to everyone. */
function localApi(api: string): string {
  const description = apiDescription();
  return JSON.stringify(
    { ...description, servers: [{ url: api, description: 'This local run' }] },
    (name, value: unknown) => (/^security(Schemes)?$/.test(name) ? undefined : value),
  );
}
