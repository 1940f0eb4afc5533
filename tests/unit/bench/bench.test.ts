import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type Figure, overTheirBars, tableOf } from '../../../bench/figure.ts';
import { pairedRounds, quantile, ratioOf, spreadOf } from '../../../bench/paired-rounds.ts';
import { ROOT } from '../../../scripts/local/local-folder.ts';

function runBench(names: readonly string[], variables: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['bench/bench.ts', ...names], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...variables },
  });
  return { status, output: stdout + stderr };
}

describe('npm run bench', () => {
  it('lists the names where it is given one that there is not', () => {
    expect(runBench(['nonsense'])).toEqual({
      status: 2,
      output:
        'There is no bench nonsense. There are: size, cold, warm, calls, pages, load, import; without a name all are run.\n',
    });
  });

  it('says in a sentence that there is no store', () => {
    expect(runBench(['size'], { PATH: '', DYNAMODB_ENGINE: 'java' })).toEqual({
      status: 2,
      output: 'DYNAMODB_ENGINE=java cannot run here: there is no Java 17 or later on the PATH.\n',
    });
    expect(runBench(['size'], { DYNAMODB_ENDPOINT: 'http://127.0.0.1:1' })).toEqual({
      status: 2,
      output:
        'No store answers at DYNAMODB_ENDPOINT=http://127.0.0.1:1: start it, or unset the variable.\n',
    });
  });
});

describe('the figures', () => {
  const figure = (value: number, bar?: number): Figure => ({
    name: 'cold',
    value,
    unit: 'times',
    ...(bar !== undefined && { bar }),
  });

  it('that are over their bar are named', () => {
    expect(overTheirBars([figure(1.15, 1.15), figure(9), figure(1.16, 1.15)])).toEqual([
      'cold: 1.16 is over the bar of 1.15',
    ]);
  });

  it('stand in a table', () => {
    expect(tableOf([{ ...figure(1.5, 2), quartiles: [1.25, 1.75], note: '3 / 2 ms' }])).toBe(
      [
        '| figure | measured | quartiles | bar | aim | of |',
        '| --- | --- | --- | --- | --- | --- |',
        '| cold | 1.50 | 1.25 to 1.75 | 2.00 |  | 3 / 2 ms |',
      ].join('\n'),
    );
  });
});

describe('the last run', () => {
  it('is in the README, and has no figure over its bar', async () => {
    const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
    const { run, figures } = JSON.parse(
      await readFile(join(ROOT, 'bench/results.json'), 'utf8'),
    ) as { run: Record<string, string>; figures: Figure[] };

    expect(readme).toContain(`(${Object.values(run).join(', ')})`);
    expect(readme).toContain('(bench/results.svg)');
    expect(readme).toContain(tableOf(figures));
    expect(figures.length).toBeGreaterThan(20);
    expect(overTheirBars(figures)).toEqual([]);
  });
});

describe('paired rounds', () => {
  it('give the ratio of what was measured in the same round', () => {
    // The second round met a disturbance that made all three times as slow.
    expect(ratioOf([20, 66, 24], [10, 30, 10])).toEqual({ median: 2.2, low: 2.1, high: 2.3 });
  });

  it('measure every case in every round, after the warm-up', async () => {
    const order: string[] = [];
    const measured = await pairedRounds(
      { rounds: 30, warmUps: 2 },
      {
        a: () => Promise.resolve(order.push('a')),
        b: () => Promise.resolve(order.push('b')),
      },
    );

    expect(measured.a).toHaveLength(30);
    expect(measured.b).toHaveLength(30);
    expect(Math.min(...measured.a, ...measured.b)).toBe(5);
    const pairs = Array.from({ length: 32 }, (_, round) => order.slice(2 * round, 2 * round + 2));
    expect(new Set(pairs.map((pair) => pair.join()))).toEqual(new Set(['a,b', 'b,a']));
  });

  it('have a median and quartiles', () => {
    expect(spreadOf([4, 1, 3, 2, 5])).toEqual({ median: 3, low: 2, high: 4 });
    expect(quantile([1, 2], 0.5)).toBe(1.5);
    expect(quantile([7], 0.99)).toBe(7);
  });
});
