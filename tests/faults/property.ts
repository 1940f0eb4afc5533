import type { World } from './world.ts';

/** Something that must hold however the world behaves. */
export interface Property {
  readonly name: string;
  /** How much is tried at full size; a small run tries a fraction of it. */
  readonly size: number;
  readonly smallSize: number;
  readonly check: (world: World, size: number) => Promise<Finding>;
}

export interface Finding {
  readonly tried: number;
  /** One sentence for each of those tried that did not hold. */
  readonly violations: readonly string[];
  /** What was seen meanwhile, for the table. */
  readonly figure: string;
}
