import { expect, it } from '@jest/globals';
import { createProgress } from '../../../scripts/people-import/progress.ts';

/** Shows a file of 200 bytes at these positions, with a pause between them. */
function show(
  stream: { isTTY?: boolean; columns: number },
  milliseconds: number,
  positions: readonly number[],
) {
  const output = { written: '' };
  let time = 0;
  const write = (text: string | Uint8Array) => {
    output.written += String(text);
    return true;
  };
  const progress = createProgress({ ...stream, write }, () => time);
  for (const bytesRead of positions) {
    progress.show({ path: 'p.csv', bytes: 200, bytesRead }, bytesRead * 10);
    time += milliseconds;
  }
  return { progress, output };
}

it('progress on a terminal is a line that replaces itself, makes room for other lines and disappears', () => {
  const { progress, output } = show({ isTTY: true, columns: 60 }, 1000, [0, 101]);
  progress.print('p.csv:3: rejected');
  progress.clear();

  expect(output.written).toBe(
    'p.csv [....................] 0%, 0 rows\r\u001b[Kp.csv [##########..........] 50%, 1,010 rows\r\u001b[Kp.csv:3: rejected\n',
  );
});

it('progress on a terminal never wraps, and is updated at most ten times a second', () => {
  const { output } = show({ isTTY: true, columns: 12 }, 10, Array(21).fill(100));

  expect(output.written).toBe(Array(3).fill('p.csv [####').join('\r\u001b[K'));
});

it('progress elsewhere is a new line every five seconds', () => {
  const { output } = show({ columns: 80 }, 1000, [0, 20, 40, 60, 80, 100, 120]);

  expect(output.written).toBe('p.csv [##########..........] 50%, 1,000 rows\n');
});
