import type { CsvFile } from './csv-file.ts';

const MILLISECONDS_BETWEEN_UPDATES = 100;
const MILLISECONDS_BETWEEN_LINES = 5000;

/**
 * Shows the progress of an import: on a terminal in the last line, elsewhere as a new line every five seconds.
 *
 * @param now a monotonic clock, in milliseconds
 */
export function createProgress(
  stream: Pick<NodeJS.WriteStream, 'write' | 'columns'> & { readonly isTTY?: boolean },
  now: () => number = () => performance.now(),
) {
  const isTerminal = stream.isTTY === true;
  const interval = isTerminal ? MILLISECONDS_BETWEEN_UPDATES : MILLISECONDS_BETWEEN_LINES;
  let shownAt = isTerminal ? -Infinity : now();
  let isShown = false;

  /** Removes the progress from a terminal. */
  function clear(): void {
    if (isShown) stream.write('\r\u001b[K');
    isShown = false;
  }

  function show(file: Pick<CsvFile, 'path' | 'bytes' | 'bytesRead'>, rows: number): void {
    if (now() - shownAt < interval) return;
    shownAt = now();
    const percent = Math.floor((file.bytesRead / file.bytes) * 100);
    const bar = '#'.repeat(percent / 5).padEnd(20, '.');
    const text = `${file.path} [${bar}] ${percent}%, ${count(rows)} rows`;
    clear();
    // Some terminals wrap a line that reaches the last column.
    stream.write(isTerminal ? text.slice(0, stream.columns - 1) : `${text}\n`);
    isShown = isTerminal;
  }

  /** Prints a line above the progress. */
  function print(line: string): void {
    clear();
    stream.write(`${line}\n`);
  }

  return { show, print, clear };
}

/** A whole number with commas. */
export function count(number: number): string {
  return number.toLocaleString('en-US');
}
