import type { Figure } from './figure.ts';

/**
 * Measures each case once per round, in random order. Noise on the machine then affects all cases
 * alike, and mostly cancels out in the ratio of two measurements of one round.
 *
 * @returns the measurements of each case, one per round
 */
export async function pairedRounds<Name extends string, Measurement>(
  { rounds, warmUps }: { readonly rounds: number; readonly warmUps: number },
  cases: Readonly<Record<Name, () => Promise<Measurement>>>,
): Promise<Record<Name, Measurement[]>> {
  const names = Object.keys(cases) as Name[];
  const measured = Object.fromEntries(names.map((name) => [name, [] as Measurement[]])) as Record<
    Name,
    Measurement[]
  >;
  for (let round = -warmUps; round < rounds; round += 1) {
    const order = names.map((name) => ({ name, at: Math.random() })).sort((a, b) => a.at - b.at);
    for (const { name } of order) {
      const measurement = await cases[name]();
      if (round >= 0) measured[name].push(measurement);
    }
  }
  return measured;
}

/** The median ratio of two cases, each ratio taken within one round. */
export function ratioFigure<Measurement>(
  { name, bar, unit }: { readonly name: string; readonly bar: number; readonly unit: string },
  measured: readonly Measurement[],
  reference: readonly Measurement[],
  valueOf: (measurement: Measurement) => number,
): Figure {
  const values = measured.map(valueOf);
  const references = reference.map(valueOf);
  const ratios = values.map((value, round) => value / (references[round] ?? Number.NaN));
  const medians = [values, references].map((of) => quantile(of, 0.5).toFixed(1)).join(' / ');
  const quartiles = [0.25, 0.75].map((share) => quantile(ratios, share).toFixed(2)).join(' to ');
  const note = `quartiles ${quartiles}; ${medians} ${unit}`;
  return { name, value: quantile(ratios, 0.5), unit: 'ratio', bar, note };
}

/** The value that the given share of the values does not exceed, interpolated linearly. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
