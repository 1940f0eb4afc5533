import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SUITES } from './properties.ts';
import { openWorld, type World } from './world.ts';

jest.setTimeout(120_000);

const seed = Number(process.env['PROOF_SEED'] ?? randomInt(2 ** 31));

describe.each(SUITES)(
  `the proof at a small size, seed ${seed} (PROOF_SEED repeats it), double booking: $doubleBooking`,
  ({ doubleBooking, properties }) => {
    let world: World;

    beforeAll(async () => {
      world = await openWorld(process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '', seed, doubleBooking);
    });

    afterAll(async () => {
      await world.close();
    });

    it.each(properties)('$name', async ({ check, smallSize }) => {
      const { violations, tried } = await check(world, smallSize);

      expect(violations).toEqual([]);
      expect(tried).toBeGreaterThanOrEqual(smallSize);
    });
  },
);
