// npm run test:mutation: runs Stryker with one store that all its test runs share.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stopPrograms } from '../../scripts/local/program.ts';
import { openTestStore } from '../support/test-store.ts';

const { endpoint } = await openTestStore(process.env);
const stryker = spawn(
  process.execPath,
  ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: { ...process.env, DYNAMODB_ENDPOINT: endpoint, DYNAMODB_ENGINE: '' },
  },
);
const [code] = (await once(stryker, 'exit')) as [number | null];
await stopPrograms();
process.exitCode = code ?? 1;
