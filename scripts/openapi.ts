// npm run openapi [-- --check]: writes openapi.json and docs/problems.md from the functions' schemas and problem
// types, or with --check fails if they are outdated. openapi.json must pass Redocly's strict rules.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { apiDescription } from './api-description/document.ts';
import { problemsPage } from './api-description/problems-page.ts';
import { ROOT } from './local/local-folder.ts';

const { check } = parseArgs({ options: { check: { type: 'boolean' } } }).values;

const json = JSON.stringify(apiDescription(), null, 2);
// Objects and arrays with one plain member fit on a line.
const description = `${json.replace(/([{[])\n\s+([^\n{}[\]]+)\n\s+([}\]])/g, '$1 $2 $3')}\n`;
const files = { 'openapi.json': description, 'docs/problems.md': problemsPage() };
for (const [file, text] of Object.entries(files)) {
  const path = join(ROOT, file);
  if (check !== true) {
    await writeFile(path, text);
    console.log(`${file} written`);
  } else if ((await readFile(path, 'utf8').catch(() => '')) !== text) {
    console.error(`${file} is outdated. Run "npm run openapi".`);
    process.exitCode = 1;
  }
}

const faults = await lintFromString({
  source: description,
  absoluteRef: join(ROOT, 'openapi.json'),
  config: await createConfig({ extends: ['recommended-strict'] }),
});
for (const { ruleId, message, location } of faults) {
  console.error(`openapi.json ${location[0]?.pointer ?? ''}: ${message} (${ruleId})`);
  process.exitCode = 1;
}
