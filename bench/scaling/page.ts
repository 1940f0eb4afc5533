import { costTable, peakTable, priceTable, useTable } from './cost.ts';
import {
  exponentTable,
  hottestKeyTable,
  MODEL,
  partitionTable,
  type Simulation,
} from './partitions.ts';

/** The computed tables of docs/scaling.md, by the name in their markers. */
export function tablesOf({ keys, exponents }: Simulation): ReadonlyMap<string, string> {
  return new Map([
    ['partitions', partitionTable(keys)],
    ['hottest-key', hottestKeyTable(keys)],
    ['exponents', exponentTable(exponents)],
    ['cost', costTable()],
    ['use', useTable()],
    ['prices', priceTable()],
    ['peak', peakTable(MODEL.writesPerSecond)],
  ]);
}

/** The page with the tables in place of what stood between their markers. */
export function withTables(page: string, tables: ReadonlyMap<string, string>): string {
  let written = page;
  for (const [name, table] of tables) {
    const begin = `<!-- table: ${name} -->\n`;
    const from = written.indexOf(begin);
    const to = written.indexOf(`<!-- end: ${name} -->`);
    if (from < 0 || to < from) throw new Error(`docs/scaling.md has no markers for ${name}.`);
    written = `${written.slice(0, from + begin.length)}\n${table}\n\n${written.slice(to)}`;
  }
  return written;
}
