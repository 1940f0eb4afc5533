import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ROOT } from '../../scripts/local/local-folder.ts';
import { runFaultTest } from './fault-test.ts';
import { faultTests } from './fault-tests.ts';
import { SABOTAGE } from './sabotage.ts';
import { openWorld, type World } from './world.ts';

jest.setTimeout(120_000);

const seed = Number(process.env['FAULTS_SEED'] ?? randomInt(2 ** 31));

describe.each(faultTests())(
  `a small fault test (FAULTS_SEED=${seed} repeats it), double booking: $doubleBooking`,
  ({ doubleBooking, tests }) => {
    let world: World;

    beforeAll(async () => {
      const store = process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '';
      world = await openWorld(store, { seed, doubleBooking });
    });

    afterAll(async () => {
      await world.close();
    });

    it.each(tests.map((test) => [test.name, test] as const))('%s', async (_name, test) => {
      const { tried, held, violations } = await runFaultTest(test, world, test.smallSize);

      expect(violations).toEqual([]);
      expect(held).toBe(tried);
    });
  },
);

it.each(SABOTAGE.map((bug) => [bug.name, bug] as const))(
  'the deliberate bug still matches exactly one place in the code: %s',
  async (_name, { file, from }) => {
    const source = await readFile(join(ROOT, 'src', file), 'utf8');

    expect(source.split(from)).toHaveLength(2);
  },
);
