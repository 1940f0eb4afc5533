// Jest runs tests in their own realm, in which Node's own errors are not `instanceof Error` (jest issue 2549).
// The AWS SDK checks that, and would wrap such errors, which it does nowhere else.
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    return this === Error
      ? Error.isError(value)
      : Function.prototype[Symbol.hasInstance].call(this as never, value);
  },
});
