import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/local/local-folder.ts';

/** A Markdown table. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The circumstances of a run, as one sentence. */
export function circumstancesOf(seed: number, store: string): string {
  const date = new Date().toISOString().slice(0, 10);
  const processors = cpus();
  const model = processors[0]?.model.replace(/\s+/g, ' ').trim() ?? 'unknown';
  return `${date}, seed ${seed}, ${store}, Node ${process.versions.node}, ${processors.length} cores of ${model}`;
}

/** Replaces a marked part of docs/testing.md. */
export async function writeReport(mark: 'results' | 'sabotage', report: string): Promise<void> {
  const path = join(ROOT, 'docs/testing.md');
  const [begin, end] = [`<!-- begin ${mark} -->`, `<!-- end ${mark} -->`];
  const page = await readFile(path, 'utf8');
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`docs/testing.md must contain "${begin}" and "${end}"`);
  }
  await writeFile(path, `${before}${begin}\n\n${report}\n\n${end}${after}`);
  console.log('\nUpdated docs/testing.md.');
}
