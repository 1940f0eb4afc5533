/** The middle of many numbers, and the quartiles around it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Measures several cases in turn, round after round and in each round in another order: what disturbs the
 * machine then meets all of them, and a ratio taken within a round is free of it.
 *
 * @returns what each case measured in each round
 */
export async function pairedRounds<Name extends string, Measured>(
  { rounds, warmUps }: { readonly rounds: number; readonly warmUps: number },
  cases: Readonly<Record<Name, () => Promise<Measured>>>,
  progress: (line: string) => void = () => undefined,
): Promise<Record<Name, Measured[]>> {
  const names = Object.keys(cases) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    Measured[]
  >;
  for (let round = 1 - warmUps; round <= rounds; round += 1) {
    for (const name of shuffled(names)) {
      const result = await cases[name]();
      if (round > 0) measured[name].push(result);
    }
    if (round > 0 && round % Math.ceil(rounds / 4) === 0) progress(`round ${round} of ${rounds}`);
  }
  return measured;
}

/** How many times as much the one measured as the other, in the same round. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): Spread {
  return spreadOf(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  return {
    median: quantile(sorted, 0.5),
    low: quantile(sorted, 0.25),
    high: quantile(sorted, 0.75),
  };
}

/** The value that this share of the sorted values does not exceed, interpolated between two of them. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
