// Installs the emulator of AWS that npm run test:deploy uses. Exits with 3 if that is not possible: nothing was tested.
import { type ExecFileSyncOptions, execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/local/local-folder.ts';
import { EMULATOR } from './emulator.ts';

const NOT_RUN = 3;

function stopUnless(isPossible: boolean, sentence: string): void {
  if (isPossible) return;
  console.error(`Not run: ${sentence}`);
  process.exit(NOT_RUN);
}

for (const command of ['aws', 'curl', 'jq', 'python3']) {
  const { error } = spawnSync(command, ['--version']);
  stopUnless(error === undefined, `the command "${command}" is missing. Install it and try again.`);
}
try {
  const options: ExecFileSyncOptions = { stdio: ['ignore', 'ignore', 'pipe'] };
  if (!existsSync(EMULATOR.python))
    execFileSync('python3', ['-m', 'venv', EMULATOR.folder], options);
  const requirements = join(ROOT, 'tests/deploy/requirements.txt');
  const pip = ['-m', 'pip', 'install', '--quiet', '--requirement', requirements];
  execFileSync(EMULATOR.python, pip, options);
} catch (error) {
  const { stderr } = error as { stderr?: Buffer };
  const reason = stderr?.toString().trim().split('\n').at(-1) ?? String(error);
  stopUnless(false, `MiniStack, the emulator of AWS, cannot be installed (${reason}).`);
}
