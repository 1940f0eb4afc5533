/** Adapts the service to local runs. Has no effect on packaging and deploying. */
module.exports = class LocalRunPlugin {
  constructor(serverless) {
    if (serverless.processedInput.commands[0] !== 'offline') return;
    this.hooks = {
      initialize: () => {
        // For breakpoints and readable stacks.
        const { esbuild } = serverless.service.custom;
        Object.assign(esbuild, { minify: false, sourcemap: 'inline', metafile: false });
      },
      'before:offline:start:init': () => {
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
