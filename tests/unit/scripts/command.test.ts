import { afterEach, expect, it, jest } from '@jest/globals';
import { withProgress } from '../../../scripts/command.ts';

afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

it('progress is a line every five seconds, until the command ends', async () => {
  jest.useFakeTimers();
  const print = jest.spyOn(console, 'error').mockReturnValue(undefined);
  let rows = 0;
  const { promise, resolve } = Promise.withResolvers<string>();
  const result = withProgress(() => `${(rows += 10)} rows`, promise);

  jest.advanceTimersByTime(11_000);
  resolve('done');
  await expect(result).resolves.toBe('done');
  jest.advanceTimersByTime(11_000);

  expect(print.mock.calls).toEqual([['10 rows'], ['20 rows']]);
});
