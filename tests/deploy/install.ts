// Installs what npm run test:deploy uses: an emulator of AWS, and AWS's matcher of event patterns. Exits with 3 if that is not possible: nothing was tested.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/local/local-folder.ts';
import { EMULATOR } from './emulator.ts';
import { EVENT_RULER } from './pipe.ts';

const NOT_RUN = 3;

function stopUnless(isPossible: boolean, sentence: string): void {
  if (isPossible) return;
  console.error(`Not run: ${sentence}`);
  process.exit(NOT_RUN);
}

for (const command of ['aws', 'curl', 'javac', 'jq', 'mvn', 'python3']) {
  const { error } = spawnSync(command, ['--version']);
  stopUnless(error === undefined, `the command "${command}" is missing. Install it and try again.`);
}
install('MiniStack, the emulator of AWS,', (run) => {
  if (!existsSync(EMULATOR.python)) run('python3', '-m', 'venv', EMULATOR.folder);
  const requirements = join(ROOT, 'tests/deploy/requirements.txt');
  run(EMULATOR.python, '-m', 'pip', 'install', '--quiet', '--requirement', requirements);
});
install("AWS's matcher of event patterns", (run) => {
  const { sources, jars } = EVENT_RULER;
  const quietly = ['--quiet', '--batch-mode', '--file', sources];
  run('mvn', ...quietly, 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`);
});

function install(what: string, work: (run: (...words: [string, ...string[]]) => void) => void) {
  try {
    work((command, ...words) =>
      execFileSync(command, words, { stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: Buffer; stderr?: Buffer };
    const reason = `${String(stdout)}${String(stderr)}`.trim().split('\n').at(-1) ?? String(error);
    stopUnless(false, `${what} cannot be installed (${reason}).`);
  }
}
