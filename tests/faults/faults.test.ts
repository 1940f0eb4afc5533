import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { runFaultTest } from './fault-test.ts';
import { faultTests } from './fault-tests.ts';
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
