const { AsyncLocalStorage } = require('node:async_hooks');
const { Server } = require('node:http');

/** Adapts the service to local runs. Has no effect on packaging and deploying. */
module.exports = class LocalRunPlugin {
  constructor(serverless) {
    if (serverless.processedInput.commands[0] !== 'offline') return;
    this.hooks = {
      initialize: () => {
        const { esbuild } = serverless.service.custom;
        // For breakpoints and readable stacks. Here, package.json says that .js is an ES module.
        const readable = { minify: false, sourcemap: 'inline', metafile: false };
        Object.assign(esbuild, { ...readable, outputFileExtension: '.cjs' });
        // After an error, such as a failed build, the service of esbuild keeps the process alive.
        setInterval(() => process.exitCode && process.exit(), 100).unref();
      },
      'before:offline:start:init': () => {
        interceptRequests();
        const { functions } = serverless.service;
        for (const name of Object.keys(functions)) {
          functions[name].handler = `scripts/local/gateway/local-functions.${name}`;
        }
        functions.unknownRoute = {
          name: 'unknown-route',
          handler: 'scripts/local/gateway/local-functions.unknownRoute',
          events: [{ httpApi: '*' }],
        };
      },
    };
  }
};

/** A name without a dot, or an IP address. */
const LOCAL_HOST = /^(?:[\w-]+|\d+(?:\.\d+){3}|\[[\da-f:]+\])(?::\d+)?$/i;

/** The HTTP request that is being handled, for local-functions.ts. */
globalThis.localRequests = new AsyncLocalStorage();

/**
 * Rejects the requests of every web page except the API reference. CORS does not: a page needs no preflight
 * for a simple body. serverless-offline has no hook for this, and its port for invoking functions by name
 * responds to every page.
 *
 * Also hands each request to the functions as it was sent, because serverless-offline changes it, and rejects
 * those that have no route in API Gateway.
 */
function interceptRequests() {
  const origins = (process.env.PAGE_ORIGINS ?? '').split(',');
  const { emit } = Server.prototype;
  Server.prototype.emit = function emitRequest(event, ...values) {
    if (event !== 'request') return emit.call(this, event, ...values);
    const [incoming, response] = values;
    const { url } = incoming;
    const sentence = rejectionOf(incoming.headers, origins);
    if (sentence === undefined && hasRoute(incoming)) {
      hideFromRouter(incoming);
      return globalThis.localRequests.run({ url, incoming }, () =>
        emit.call(this, event, ...values),
      );
    }
    response.writeHead(sentence ? 403 : 404, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify({ message: sentence ?? 'Not Found' })}\n`);
    return true;
  };
}

/** serverless-offline also serves HEAD and paths with a slash at the end, and rejects wrong encodings with 400. */
function hasRoute({ method, url }) {
  const [path] = url.split('?');
  try {
    decodeURIComponent(path);
  } catch {
    return false;
  }
  return method !== 'HEAD' && (path === '/' || !path.endsWith('/'));
}

/** Hides what serverless-offline would resolve (`..`), reject (some media types), or parse (JSON). */
function hideFromRouter(incoming) {
  incoming.url = incoming.url.replace(/\/(?=(?:\.|%2e){1,2}(?:[/?]|$))/gi, '/_');
  incoming.headers['content-type'] = 'application/octet-stream';
}

function rejectionOf({ origin, host = '' }, origins) {
  if (origin !== undefined && !origins.includes(origin)) {
    return 'Web pages may not call the local API, except for its API reference.';
  }
  // A page whose own name resolves to this machine (DNS rebinding) sends no Origin with its GETs.
  if (!LOCAL_HOST.test(host)) return 'Call the local API at localhost or at an IP address.';
  return undefined;
}
