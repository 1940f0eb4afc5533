import { describe, expect, it } from '@jest/globals';
import { createProgress } from '../../../scripts/people-import/progress.ts';

/** Shows a file of 200 bytes at these positions, with a pause between them. Returns what was written. */
function show(
  stream: { isTTY?: boolean; columns: number },
  milliseconds: number,
  positions: readonly number[],
  then: (progress: ReturnType<typeof createProgress>) => void = () => undefined,
): string {
  let written = '';
  let time = 0;
  const write = (text: string | Uint8Array) => {
    written += String(text);
    return true;
  };
  const progress = createProgress({ ...stream, write }, () => time);
  for (const bytesRead of positions) {
    progress.show({ path: 'p.csv', bytes: 200, bytesRead }, bytesRead * 10);
    time += milliseconds;
  }
  then(progress);
  return written;
}

describe('progress', () => {
  it('is a line that replaces itself on a terminal', () => {
    expect(show({ isTTY: true, columns: 60 }, 1000, [0, 101])).toBe(
      'p.csv: 0%, 0 rows\r\u001b[Kp.csv: 50%, 1,010 rows',
    );
  });

  it('never wraps', () => {
    expect(show({ isTTY: true, columns: 12 }, 1000, [0])).toBe('p.csv: 0%, ');
  });

  it('makes room for other lines and disappears at the end', () => {
    const written = show({ isTTY: true, columns: 80 }, 1000, [0], (progress) => {
      progress.print('p.csv:3: rejected');
      progress.show({ path: 'p.csv', bytes: 200, bytesRead: 200 }, 60);
      progress.clear();
      progress.clear();
    });

    expect(written).toBe(
      'p.csv: 0%, 0 rows\r\u001b[Kp.csv:3: rejected\np.csv: 100%, 60 rows\r\u001b[K',
    );
  });

  it('is updated at most ten times a second', () => {
    expect(show({ isTTY: true, columns: 80 }, 10, Array(21).fill(100)).match(/50%/g)).toHaveLength(
      3,
    );
  });

  it('is a new line every five seconds if there is no terminal', () => {
    expect(show({ columns: 80 }, 1000, [0, 20, 40, 60, 80, 100, 120])).toBe(
      'p.csv: 50%, 1,000 rows\n',
    );
  });
});
