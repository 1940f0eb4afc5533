import type { Workspace } from './workspace.ts';

/** One measured number. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: keyof typeof FORMATS;
  /** The highest value allowed. */
  readonly bar?: number;
  readonly note?: string;
  /** Its column, in a table that has one row per name and leaves out the bars. */
  readonly column?: string;
}

/** Figures that are measured together. */
export interface Benchmark {
  readonly name: string;
  /** The approximate duration on two cores. */
  readonly seconds: number;
  readonly measure: (workspace: Workspace) => Promise<readonly Figure[]>;
}

const FORMATS = {
  ratio: { decimals: 2, suffix: '' },
  count: { decimals: 0, suffix: '' },
  bytes: { decimals: 0, suffix: ' bytes' },
  MB: { decimals: 0, suffix: ' MB' },
  ms: { decimals: 1, suffix: ' ms' },
  'per second': { decimals: 0, suffix: ' per second' },
};

/** Formats a value and its unit for the table. */
export function format(value: number, unit: Figure['unit']): string {
  const { decimals, suffix } = FORMATS[unit];
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return value.toLocaleString('en-US', digits) + suffix;
}

/** One sentence for each figure that exceeds its bar. */
export function exceededBars(figures: readonly Figure[]): string[] {
  return figures.flatMap(({ name, value, unit, bar, column = '' }) =>
    bar !== undefined && value > bar
      ? [
          `${[name, column].join(' ').trim()}: ${format(value, unit)} exceeds the bar of ${format(bar, unit)}.`,
        ]
      : [],
  );
}

/** The figures as Markdown tables: one for those with columns, and one for the others. */
export function markdownTables(figures: readonly Figure[]): string {
  const rows = figures
    .filter(({ column }) => column === undefined)
    .map(({ name, value, unit, bar, note }) => [
      name,
      format(value, unit),
      bar === undefined ? '' : format(bar, unit),
      note ?? '',
    ]);
  const byName = Map.groupBy(
    figures.filter(({ column }) => column !== undefined),
    ({ name }) => name,
  );
  const wideRows = [...byName].map(([name, of]) => [
    name,
    ...of.map(({ value, unit }) => format(value, unit)),
  ]);
  const columns = [...byName.values()][0]?.map(({ column = '' }) => column) ?? [];
  return [
    tableOf(['figure', 'measured', 'bar', 'details'], rows),
    tableOf(['request', ...columns], wideRows),
  ]
    .filter((table) => table !== '')
    .join('\n\n');
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** Replaces the text between the two markers on a page. */
export function withResults(page: string, results: string): string {
  const between = /(?<=<!-- benchmark results -->\n)[^]*(?=<!-- end of benchmark results -->)/;
  if (!between.test(page)) throw new Error('The page has no markers for the benchmark results.');
  return page.replace(between, () => `\n${results}\n\n`);
}
