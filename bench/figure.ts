import type { Spread } from './paired-rounds.ts';
import type { Place } from './place.ts';

/** One number that was measured, and what it is held against. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** The quartiles, where it is a median. */
  readonly quartiles?: readonly [low: number, high: number];
  /** What the number counts: `times` for a ratio. */
  readonly unit: 'times' | 'calls' | 'round trips' | 'units' | 'bytes' | 'a second' | 'ms';
  /** The most it may be. */
  readonly bar?: number;
  /** The most it should be. */
  readonly aim?: number;
  /** What it is made of. */
  readonly note?: string;
}

/** Figures that are measured together. */
export interface Bench {
  readonly name: string;
  /** For how long, roughly, on two cores. */
  readonly seconds: number;
  measure(place: Place, progress: (line: string) => void): Promise<Figure[]>;
}

/** The figures that are over their bar, as sentences. */
export function overTheirBars(figures: readonly Figure[]): string[] {
  return figures.flatMap(({ name, value, unit, bar }) =>
    bar !== undefined && value > bar
      ? [`${name}: ${shown(value, unit)} is over the bar of ${shown(bar, unit)}`]
      : [],
  );
}

/** A ratio as a figure. */
export function ratioFigure(
  name: string,
  { median, low, high }: Spread,
  limits: Pick<Figure, 'bar' | 'aim' | 'note'>,
): Figure {
  return { name, value: median, quartiles: [low, high], unit: 'times', ...limits };
}

/** A number as people read it. */
export function shown(value: number, unit: Figure['unit']): string {
  switch (unit) {
    case 'times':
      return value.toFixed(2);
    case 'ms':
      return `${value.toFixed(1)} ms`;
    case 'bytes':
    case 'a second':
      return `${Math.round(value).toLocaleString('en')} ${unit}`;
    case 'calls':
    case 'round trips':
    case 'units':
      return `${value} ${value === 1 ? unit.slice(0, -1) : unit}`;
  }
}

/** The figures as a table in Markdown. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, quartiles, unit, bar, aim, note }) => [
    name,
    shown(value, unit),
    quartiles?.map((quartile) => shown(quartile, unit)).join(' to ') ?? '',
    bar === undefined ? '' : shown(bar, unit),
    aim === undefined ? '' : shown(aim, unit),
    note ?? '',
  ]);
  return [['figure', 'measured', 'quartiles', 'bar', 'aim', 'of'], Array(6).fill('---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
