// npm run check:boundaries: checks the rules of .dependency-cruiser.cjs, and that it saw every file.
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

// With an unsupported version of TypeScript, dependency-cruiser sees no module and passes.
const seen = new Set(result.modules.map(({ source }) => source));
const unseen = globSync(FOLDERS.map((folder) => `${folder}/**/*.ts`)).filter(
  (file) => !seen.has(file),
);
const report = await format(result, { outputType: 'err' });
console.log(report.output);
console.log(`${result.modules.length} modules checked, ${unseen.length} files missed`);
for (const file of unseen) console.error(`  missed: ${file}`);
process.exitCode = result.summary.error > 0 || unseen.length > 0 ? 1 : 0;
