// npm run package -- [--stage STAGE] [--param NAME=VALUE ...]: the deployable zips, the template, and the list of
// what is in them (an SBOM in the CycloneDX format), in .serverless/.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ROOT } from './local/local-folder.ts';

const options = process.argv.slice(2);
const serverless = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
const packaged = spawnSync(process.execPath, [serverless, 'package', ...options], {
  cwd: ROOT,
  stdio: 'inherit',
});
if (packaged.status !== 0) process.exit(packaged.status ?? 1);

const sbom = spawnSync(
  'npm',
  ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--omit=optional'],
  {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    shell: process.platform === 'win32',
  },
);
if (sbom.status !== 0) process.exit(sbom.status ?? 1);
const folder = join(ROOT, '.serverless');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'sbom.cdx.json'), sbom.stdout);
console.log('SBOM written to .serverless/sbom.cdx.json');
