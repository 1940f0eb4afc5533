import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { exceededBars, type Figure, markdownTable, withResults } from '../../../bench/figure.ts';
import { pairedRounds, ratioFigure } from '../../../bench/paired-rounds.ts';
import { ROOT } from '../../../scripts/local/local-folder.ts';

function runBench(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/bench.ts', ...words], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

describe('npm run bench', () => {
  it('lists the benchmarks if a name is unknown', () => {
    const { status, output } = runBench('cold', 'nonsense');

    expect(status).toBe(2);
    expect(output).toContain('Unknown benchmark: nonsense\n');
    expect(output).toContain('size, cold, warm, dynamodb, pages, load, import');
  });

  it('rejects --write with a name, because the table shows every figure', () => {
    expect(runBench('size', '--write')).toMatchObject({
      status: 2,
      output: expect.stringContaining('--write needs all benchmarks: leave out the names.'),
    });
  });
});

describe('figures', () => {
  const figure = (value: number, bar?: number): Figure => ({
    name: 'cold booking',
    value,
    unit: 'ratio',
    ...(bar !== undefined && { bar }),
  });

  it('names only those that exceed their bar', () => {
    expect(exceededBars([figure(1.15, 1.15), figure(9), figure(1.16, 1.15)])).toEqual([
      'cold booking: 1.16 exceeds the bar of 1.15.',
    ]);
  });

  it('replaces the table between the markers of a page', () => {
    const page = (content: string) =>
      `Before\n<!-- benchmark results -->\n${content}<!-- end of benchmark results -->\nAfter\n`;
    const table = markdownTable([{ ...figure(1.5, 2), note: '3.0 / 2.0 ms' }]);

    expect(withResults(page('Old'), table)).toBe(
      page(`
| figure | measured | bar | details |
| --- | --- | --- | --- |
| cold booking | 1.50 | 2.00 | 3.0 / 2.0 ms |

`),
    );
    expect(() => withResults('A page', table)).toThrow('no markers');
  });

  it('compares measurements of the same round, so that a slow round does not count', () => {
    const details = { name: 'cold booking', bar: 2, unit: 'ms' };

    expect(ratioFigure(details, [20, 66, 24], [10, 30, 10], (value) => value)).toEqual({
      name: 'cold booking',
      value: 2.2,
      unit: 'ratio',
      bar: 2,
      note: 'quartiles 2.10 to 2.30; 24.0 / 10.0 ms',
    });
  });

  it('measures every case once per round and discards the warm-up', async () => {
    const calls: string[] = [];
    const record = (name: string) => () => Promise.resolve(calls.push(name));

    const { a, b } = await pairedRounds(
      { rounds: 3, warmUps: 2 },
      { a: record('a'), b: record('b') },
    );

    expect([...a, ...b].toSorted((x, y) => x - y)).toEqual([5, 6, 7, 8, 9, 10]);
    const rounds = [0, 2, 4, 6, 8].map((first) => calls.slice(first, first + 2).toSorted());
    expect(rounds).toEqual(Array(5).fill(['a', 'b']));
  });
});
