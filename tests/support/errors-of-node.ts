// Jest runs tests in a realm of their own, in which an error made by Node itself (of a socket, of a signal)
// is no `instanceof Error` (jest issue 2549). The AWS SDK asks that, and would wrap such errors as it does
// nowhere else.
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    return this === Error
      ? Error.isError(value)
      : Function.prototype[Symbol.hasInstance].call(this as never, value);
  },
});
