import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { ROOT } from '../../scripts/local/local-folder.ts';

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export type Template = Readonly<Record<string, Resource>>;

export interface Package {
  /** The resources, with every condition decided. */
  readonly template: Template;
  /** The zip of a function. */
  readonly zips: Readonly<Record<string, Buffer>>;
}

/** Packages the service as `npx serverless package` does. */
export async function packageService(
  parameters: Readonly<Record<string, string>> = {},
): Promise<Package> {
  const folder = await mkdtemp(join(tmpdir(), 'appointments-package-'));
  try {
    await serverless([
      'package',
      '--package',
      relative(ROOT, folder),
      '--stage',
      'prod',
      ...flags(parameters),
    ]);
    const template = JSON.parse(
      await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8'),
    ) as { Resources: unknown; Conditions: Record<string, unknown> };
    const zips = (await readdir(folder)).filter((file) => file.endsWith('.zip'));
    return {
      template: decided(template.Resources, template.Conditions) as Template,
      zips: Object.fromEntries(
        await Promise.all(
          zips.map(
            async (file) => [basename(file, '.zip'), await readFile(join(folder, file))] as const,
          ),
        ),
      ),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The files in a zip, from its central directory (APPNOTE.TXT, 4.3.7 and 4.3.12), unpacked. */
export function entriesOf(zip: Buffer): { name: string; text: string }[] {
  const entries = [];
  const signature = Buffer.from([0x50, 0x4b, 0x01, 0x02]);
  for (let at = zip.indexOf(signature); at >= 0; at = zip.indexOf(signature, at + 1)) {
    const name = zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28));
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
    const isDeflated = zip.readUInt16LE(at + 10) === 8;
    entries.push({ name, text: (isDeflated ? inflateRawSync(packed) : packed).toString() });
  }
  return entries;
}

/** What packaging says when it refuses. */
export async function refusalOf(
  parameters: Readonly<Record<string, string>>,
  stage = 'prod',
): Promise<string> {
  try {
    await serverless(['package', '--stage', stage, ...flags(parameters)]);
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  }
  throw new Error(`packaged with ${JSON.stringify(parameters)}`);
}

const flags = (parameters: Readonly<Record<string, string>>) =>
  Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);

async function serverless(words: readonly string[]): Promise<void> {
  const command = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');
  await promisify(execFile)(process.execPath, [command, ...words], { cwd: ROOT });
}

const NO_VALUE = Symbol('AWS::NoValue');

/** The template with each `Fn::If` replaced by what its condition chooses. */
function decided(node: unknown, conditions: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(node)) {
    return node.map((item) => decided(item, conditions)).filter((item) => item !== NO_VALUE);
  }
  if (typeof node !== 'object' || node === null) return node;
  if ('Fn::If' in node) {
    const [name, yes, no] = node['Fn::If'] as [string, unknown, unknown];
    return decided(holds(conditions[name]) ? yes : no, conditions);
  }
  if ('Ref' in node && node.Ref === 'AWS::NoValue') return NO_VALUE;
  return Object.fromEntries(
    Object.entries(node)
      .map(([name, value]) => [name, decided(value, conditions)] as const)
      .filter(([, value]) => value !== NO_VALUE),
  );
}

function holds(condition: unknown): boolean {
  const { 'Fn::Not': not, 'Fn::Equals': equals } = condition as Record<
    string,
    unknown[] | undefined
  >;
  if (not !== undefined) return !holds(not[0]);
  if (equals === undefined) throw new Error(`unknown condition ${JSON.stringify(condition)}`);
  return equals[0] === equals[1];
}
