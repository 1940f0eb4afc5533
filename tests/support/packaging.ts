import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { strFromU8, unzipSync } from 'fflate';
import { ROOT } from '../../scripts/local/local-folder.ts';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

export type Template = Readonly<Record<string, Resource>>;

export interface Package {
  readonly template: Template;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly stackTags: Readonly<Record<string, string>>;
  /** The text of each file in the zip of each function. */
  readonly zips: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly sbom: { readonly components: readonly Component[] };
  /** The text of each source map. */
  readonly sourceMaps: Readonly<Record<string, string>>;
  /** What packaging left in the system's temporary folder. */
  readonly leftovers: readonly string[];
  /** What packaging printed. */
  readonly output: string;
}

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
}

/** Packages the service as `npm run package` does. Not safe to run twice at once: osls packages in `.serverless/`. */
export async function packageService(
  parameters: Readonly<Record<string, string>> = {},
): Promise<Package> {
  const folder = await mkdtemp(join(tmpdir(), 'appointments-package-'));
  const temporary = join(folder, 'tmp');
  const packaged = join(folder, 'package');
  await mkdir(temporary);
  try {
    const output = await run(
      'npm',
      ['run', 'package', '--', '--package', relative(ROOT, packaged), '--stage', 'prod'],
      { practitionerDoubleBooking: 'allow', ...parameters },
      { TMPDIR: temporary, NODE_DISABLE_COMPILE_CACHE: '1' },
    );
    const read = async <T>(file: string) =>
      JSON.parse(await readFile(join(packaged, file), 'utf8')) as T;
    const { Resources, Outputs } = await read<{
      Resources: Template;
      Outputs: Readonly<Record<string, unknown>>;
    }>('cloudformation-template-update-stack.json');
    const { service } = await read<{
      service: { provider: { stackTags: Readonly<Record<string, string>> } };
    }>('serverless-state.json');
    return {
      template: Resources,
      outputs: Outputs,
      stackTags: service.provider.stackTags,
      zips: await readFiles(packaged, '.zip', (content) =>
        Object.fromEntries(
          Object.entries(unzipSync(content)).map(([name, bytes]) => [name, strFromU8(bytes)]),
        ),
      ),
      sbom: await read('sbom.cdx.json'),
      sourceMaps: await readFiles(join(packaged, 'source-maps'), '.js.map', String),
      leftovers: await readdir(temporary),
      output,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What a failing command prints. */
export async function errorOf(
  command: string,
  words: readonly string[],
  parameters: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    await run(command, words, parameters);
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
  throw new Error(`${command} ${words.join(' ')} succeeded`);
}

async function run(
  command: string,
  words: readonly string[],
  parameters: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const flags = Object.entries(parameters).flatMap(([name, value]) => [
    '--param',
    `${name}=${value}`,
  ]);
  const { stdout, stderr } = await promisify(execFile)(command, [...words, ...flags], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  return stdout + stderr;
}

async function readFiles<T>(
  folder: string,
  extension: string,
  parse: (content: Buffer) => T,
): Promise<Record<string, T>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(extension));
  const contents = files.map(
    async (file) => [basename(file, extension), parse(await readFile(join(folder, file)))] as const,
  );
  return Object.fromEntries(await Promise.all(contents));
}
