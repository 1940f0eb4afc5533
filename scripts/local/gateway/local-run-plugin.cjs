const { Server } = require('node:http');

/** Adapts the service to local runs. Has no effect on packaging and deploying. */
module.exports = class LocalRunPlugin {
  constructor(serverless) {
    if (serverless.processedInput.commands[0] !== 'offline') return;
    this.hooks = {
      initialize: () => {
        // For breakpoints and readable stacks.
        const { esbuild } = serverless.service.custom;
        Object.assign(esbuild, { minify: false, sourcemap: 'inline', metafile: false });
        // After an error, such as a failed build, the service of esbuild keeps the process alive.
        setInterval(() => process.exitCode && process.exit(), 100).unref();
      },
      'before:offline:start:init': () => {
        rejectWebPages();
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

/**
 * Rejects the requests of every web page except the API reference. CORS does not: a page needs no preflight
 * for a body without a type, which serverless-offline treats as JSON. serverless-offline has no hook for
 * this, and its port for invoking functions by name responds to every page.
 */
function rejectWebPages() {
  const origins = (process.env.PAGE_ORIGINS ?? '').split(',');
  const { emit } = Server.prototype;
  Server.prototype.emit = function emitUnlessWebPage(event, ...values) {
    const [request, response] = values;
    const sentence = event === 'request' ? rejectionOf(request.headers, origins) : undefined;
    if (sentence === undefined) return emit.call(this, event, ...values);
    response.writeHead(403, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ message: sentence }));
    return true;
  };
}

function rejectionOf({ origin, host = '' }, origins) {
  if (origin !== undefined && !origins.includes(origin)) {
    return 'Web pages may not call the local API, except for its API reference.';
  }
  // A page whose own name resolves to this machine (DNS rebinding) sends no Origin with its GETs.
  if (!LOCAL_HOST.test(host)) return 'Call the local API at localhost or at an IP address.';
  return undefined;
}
