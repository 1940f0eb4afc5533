import { randomInt } from 'node:crypto';
import { isTaken } from './ports.ts';

/** Finds `count` consecutive free ports, below the range that systems assign by themselves. Returns the first one. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = randomInt(15_000, 30_000);
    const taken = await Promise.all(Array.from({ length: count }, (_, i) => isTaken(first + i)));
    if (!taken.includes(true)) return first;
  }
}
