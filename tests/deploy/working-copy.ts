import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../../scripts/local/local-folder.ts';

type Parameters = Readonly<Record<string, string>>;

/** A copy of the project whose `serverless.yml` can be edited. */
export interface WorkingCopy {
  readonly folder: string;
  /** Runs commands in bash. Returns what they print, to either stream. */
  readonly run: (commands: string, environment: NodeJS.ProcessEnv) => Promise<string>;
  /** Adds parameters to the stage `prod` in `serverless.yml`. */
  readonly addParameters: (parameters: Parameters) => Promise<void>;
  readonly remove: () => Promise<void>;
}

export async function createWorkingCopy(): Promise<WorkingCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'appointments-deploy-'));
  const git = async (...words: string[]) => {
    const { stdout } = await promisify(execFile)('git', words, { cwd: ROOT });
    return stdout.trim();
  };
  const files = await git('ls-files', '--cached', '--others', '--exclude-standard', '-z');
  for (const file of files.split('\0').filter((name) => name !== '')) {
    // A file that was deleted is still listed.
    await cp(join(ROOT, file), join(folder, file)).catch(() => undefined);
  }
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const configuration = join(folder, 'serverless.yml');
  const original = await readFile(configuration, 'utf8');
  const repository = await git('rev-parse', '--absolute-git-dir');
  let parameters: Parameters = {};
  return {
    folder,
    async run(commands, environment) {
      const { stdout, stderr } = await promisify(execFile)(
        'bash',
        ['-euo', 'pipefail', '-c', commands],
        // For the commit that is deployed.
        { cwd: folder, env: { ...environment, GIT_DIR: repository }, maxBuffer: 2 ** 24 },
      ).catch((error: unknown) => {
        const output = error as { stdout: string; stderr: string };
        throw new Error(`${commands}\n${output.stdout}\n${output.stderr}`, { cause: error });
      });
      return stdout + stderr;
    },
    async addParameters(more) {
      parameters = { ...parameters, ...more };
      const section = `\nparams:\n  prod: ${JSON.stringify(parameters)}\n`;
      await writeFile(configuration, original.replace('\nparams:\n', section));
    },
    async remove() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
