/** Gives local runs, and no deployment, a default route that answers as API Gateway does where there is none. */
module.exports = class UnknownRoutePlugin {
  constructor(serverless) {
    this.hooks = {
      'before:offline:start:init': () => {
        serverless.service.functions.unknownRoute = {
          name: 'unknown-route',
          handler: 'scripts/local/gateway/unknown-route.handler',
          events: [{ httpApi: '*' }],
        };
      },
    };
  }
};
