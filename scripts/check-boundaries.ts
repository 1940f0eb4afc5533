// npm run check:boundaries: holds the walls of .dependency-cruiser.cjs, and makes sure that every file was looked at.
import { globSync } from 'node:fs';
import { cruise, format, type ICruiseResult } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const FOLDERS = ['src', 'scripts', 'bench', 'tests'];

const { output } = await cruise(
  FOLDERS,
  await extractDepcruiseOptions('./.dependency-cruiser.cjs'),
  undefined,
  { tsConfig: extractTSConfig('tsconfig.json') },
);
const result = output as ICruiseResult;

// With a TypeScript that it does not know, dependency-cruiser sees no module, finds no fault and passes.
const seen = new Set(result.modules.map(({ source }) => source));
const unseen = globSync(FOLDERS.map((folder) => `${folder}/**/*.ts`)).filter(
  (file) => !seen.has(file),
);
const report = await format(result, { outputType: 'err' });
console.log(report.output);
console.log(`${result.modules.length} modules seen, ${unseen.length} files not seen`);
for (const file of unseen) console.error(`  not seen: ${file}`);
process.exitCode = result.summary.error > 0 || unseen.length > 0 ? 1 : 0;
