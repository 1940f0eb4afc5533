import { describe, expect, it } from '@jest/globals';
import { createProgress, type Progress } from '../../../scripts/people-import/progress.ts';

/** Shows a file of 1000 bytes and 100 rows at these shares, one each so many milliseconds; returns what was written. */
function shown(
  stream: { isTTY?: boolean; columns: number },
  milliseconds: number,
  shares: readonly number[],
  then: (progress: Progress) => void = () => undefined,
): string {
  let written = '';
  let time = 0;
  const write = (text: string | Uint8Array) => {
    written += String(text);
    return true;
  };
  const progress = createProgress({ ...stream, write }, () => time);
  for (const share of shares) {
    progress.show({ file: 'p.csv', rows: share * 100, bytesRead: share * 1000, bytes: 1000 });
    time += milliseconds;
  }
  then(progress);
  return written;
}

describe('progress', () => {
  it('is a bar on a terminal, drawn over itself, as wide as the terminal has room for', () => {
    expect(shown({ isTTY: true, columns: 60 }, 1000, [0, 0.5])).toBe(
      `p.csv  [${' '.repeat(25)}]  0 %  0 rows, 0 a second\r\u001b[K` +
        `p.csv  [${'#'.repeat(11)}${' '.repeat(11)}]  50 %  50 rows, 50 a second`,
    );
  });

  it('has no bar where there is no room, and never wraps', () => {
    expect(shown({ isTTY: true, columns: 30 }, 1000, [0])).toBe('p.csv  0 %  0 rows, 0 a secon');
  });

  it('makes way for other lines, and goes away in the end', () => {
    const written = shown({ isTTY: true, columns: 80 }, 1000, [0.5], (progress) => {
      progress.line('p.csv:3: refused');
      progress.show({ file: 'p.csv', rows: 60, bytesRead: 600, bytes: 1000 });
      progress.end();
      progress.end();
    });

    expect(written.split('\r\u001b[K')).toEqual([
      expect.stringContaining('50 %'),
      expect.stringMatching(/^p\.csv:3: refused\np\.csv {2}\[.*60 %/),
      '',
    ]);
  });

  it('is drawn ten times a second at most', () => {
    expect(
      shown({ isTTY: true, columns: 80 }, 10, Array(21).fill(0.5)).match(/50 %/g),
    ).toHaveLength(3);
  });

  it('is a line every five seconds elsewhere', () => {
    expect(shown({ columns: 80 }, 1000, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6])).toBe(
      'p.csv: 50 %  50 rows, 10 a second\n',
    );
  });
});
