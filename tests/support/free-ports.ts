import { randomInt } from 'node:crypto';
import { isTaken } from '../../scripts/local/ports.ts';

/** The first of so many free ports in a row, below those that systems give out by themselves. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = randomInt(15_000, 30_000);
    const taken = await Promise.all(Array.from({ length: count }, (_, i) => isTaken(first + i)));
    if (!taken.includes(true)) return first;
  }
}
