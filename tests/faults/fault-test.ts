import type { World } from './world.ts';

/** Shows that a rule holds under races, faults, or malformed input. */
export interface FaultTest {
  /** How the command line names it. */
  readonly name: string;
  /** What must hold. */
  readonly claim: string;
  /** What one trial is, in the plural. */
  readonly unit: string;
  /** How many trials a full run takes; for schedules, the most faults of each. */
  readonly size: number;
  /** The size of a run with `--small`. */
  readonly smallSize: number;
  /** Makes `size` trials, or tries all schedules. Returns what was seen, for the report. */
  readonly run: (world: World, size: number, trials: Trials) => Promise<string>;
}

/** Counts the trials that took place. */
export class Trials {
  tried = 0;
  held = 0;
  readonly violations: string[] = [];

  /** Counts one trial. It holds if it has no violations. */
  count(violations: readonly string[]): void {
    this.tried += 1;
    if (violations.length === 0) this.held += 1;
    this.violations.push(...violations);
  }

  /** Reports a violation that belongs to no single trial. */
  violate(violation: string): void {
    this.violations.push(violation);
  }
}

export interface Result {
  readonly tried: number;
  readonly held: number;
  readonly violations: readonly string[];
  readonly seen: string;
}

/** Runs a test and clears its faults. A test that throws or makes fewer trials than planned does not hold. */
export async function runFaultTest(test: FaultTest, world: World, size: number): Promise<Result> {
  const trials = new Trials();
  let seen = '';
  try {
    seen = await test.run(world, size, trials);
  } catch (error) {
    trials.violate(`The test failed: ${String(error)}`);
  } finally {
    world.proxy.choose(() => undefined);
  }
  const { tried, held, violations } = trials;
  if (tried < size) trials.violate(`Only ${tried} of ${size} planned ${test.unit} took place.`);
  return { tried, held, violations, seen };
}
