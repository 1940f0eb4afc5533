// npm run scaling [-- --write]: where keys land as the table splits, and what the service costs; prints the tables of
// docs/scaling.md, or writes them into it.
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { provisionedBreakEven } from './scaling/cost.ts';
import { tablesOf, withTables } from './scaling/page.ts';
import { runSimulation } from './scaling/partitions.ts';

const PAGE = new URL('../docs/scaling.md', import.meta.url);

const write = readWrite(process.argv.slice(2));
if (write === undefined) {
  process.exitCode = 2;
} else {
  const tables = tablesOf(runSimulation());
  if (write) {
    await writeFile(PAGE, withTables(await readFile(PAGE, 'utf8'), tables));
    console.log('The tables are written into docs/scaling.md.');
  } else {
    for (const [name, table] of tables) console.log(`## ${name}\n\n${table}\n`);
    const share = (provisionedBreakEven() * 100).toFixed(0);
    console.log(
      `Provisioned writes cost less than on demand where more than ${share} % of them is used.`,
    );
  }
}

function readWrite(args: readonly string[]): boolean | undefined {
  try {
    const { values } = parseArgs({ args: [...args], options: { write: { type: 'boolean' } } });
    return values.write ?? false;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\nnpm run scaling [-- --write]`);
    return undefined;
  }
}
