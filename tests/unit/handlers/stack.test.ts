import { describe, expect, it } from '@jest/globals';
import { respond } from '../../../src/handlers/http/responses.ts';
import { operationStack } from '../../../src/handlers/http/stack.ts';

describe('operationStack', () => {
  it('does not compile with a handler whose middleware is missing', () => {
    const handler = operationStack('none', 'book').handler((event) =>
      // @ts-expect-error Only readRequest adds the input.
      respond(200, 'application/json', event.input),
    );

    expect(handler).toBeInstanceOf(Function);
  });
});
