import { describe, expect, it } from '@jest/globals';
import { type Routes, routed } from '../../../src/handlers/http/operation.ts';
import { respond } from '../../../src/handlers/http/responses.ts';

describe('routed', () => {
  it('does not compile with a route to anything but an operation', () => {
    const routes = {
      'GET /api/x': async () => Promise.resolve(respond(200, 'application/json', {})),
      'POST /api/y': 42,
    };
    // @ts-expect-error Without an operation, access to the route would not be checked.
    const unchecked: Routes<unknown> = routes;

    expect(routed({ auth: 'iam', repositoriesFor: () => ({}) }, unchecked)).toBeInstanceOf(
      Function,
    );
  });
});
