import { afterEach, expect, it, jest } from '@jest/globals';
import { progressBar, withProgress } from '../../../scripts/command.ts';

afterEach(() => {
  jest.useRealTimers();
});

it.each([
  ['a file', false, 11_000, ['[##..................] 10%\n', '[####................] 20%\n']],
  ['a terminal', true, 150, ['[##..................] 10%\u001b[K\r', '\u001b[K']],
])('shows the progress in %s until the command ends', async (_, isTTY, milliseconds, expected) => {
  jest.useFakeTimers();
  const written: string[] = [];
  const write = (text: string | Uint8Array) => written.push(String(text)) > 0;
  let tenths = 0;
  const { promise, resolve } = Promise.withResolvers<string>();
  const line = () => progressBar((tenths += 1) / 10);
  const result = withProgress(line, promise, { write, isTTY });

  jest.advanceTimersByTime(milliseconds);
  resolve('done');
  await expect(result).resolves.toBe('done');
  jest.advanceTimersByTime(11_000);

  expect(written).toEqual(expected);
});
