import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { parse } from 'yaml';
import { ROOT } from '../../scripts/local/local-folder.ts';

/** A deliberate break of the source: the text `from`, which must stand once in the file, becomes `to`. */
export interface Sabotage {
  /** Below `src/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const HANDLERS = ['appointment-commands', 'appointment-queries'] as const;

/** Bundles both functions into a folder, as the deployment does, with or without sabotage. */
export async function buildHandlers(
  folder: string,
  sabotage: readonly Sabotage[] = [],
): Promise<Metafile> {
  const files = HANDLERS.map((name) => [name, `src/handlers/${name}.ts`] as const);
  return bundle(Object.fromEntries(files), folder, { plugins: [sabotagePlugin(sabotage)] });
}

/**
 * Bundles files into a folder by the options of `serverless.yml`.
 *
 * @param files the name of each bundle, and the file below the project's folder that it is made of
 */
export async function bundle(
  files: Readonly<Record<string, string>>,
  folder: string,
  changes: BuildOptions = {},
): Promise<Metafile> {
  const { metafile } = await build({
    ...(await readOptions()),
    absWorkingDir: ROOT,
    entryPoints: { ...files },
    outdir: folder,
    ...changes,
    metafile: true,
  });
  return metafile;
}

async function readOptions(): Promise<BuildOptions> {
  const { custom, provider } = parse(await readFile(join(ROOT, 'serverless.yml'), 'utf8'), {
    logLevel: 'error',
  }) as {
    custom: {
      esbuild: BuildOptions & Record<'outputFileExtension' | 'outputWorkFolder' | 'watch', unknown>;
    };
    provider: { runtime: string };
  };
  // These are not of esbuild, but of serverless-esbuild.
  const { outputFileExtension, outputWorkFolder, watch, ...options } = custom.esbuild;
  return {
    ...options,
    bundle: true,
    platform: 'node',
    target: provider.runtime.replace(/^nodejs(\d+)\.x$/, 'node$1'),
    outExtension: { '.js': String(outputFileExtension) },
  };
}

function sabotagePlugin(sabotage: readonly Sabotage[]): Plugin {
  return {
    name: 'sabotage',
    setup(build) {
      for (const { file, from, to } of sabotage) {
        const path = join(ROOT, 'src', file);
        build.onLoad({ filter: new RegExp(`${RegExp.escape(path)}$`) }, async () => {
          const source = await readFile(path, 'utf8');
          if (source.split(from).length !== 2) {
            throw new Error(`${file} does not hold this text once, adapt the sabotage: ${from}`);
          }
          return { contents: source.replace(from, () => to), loader: 'ts' };
        });
      }
    },
  };
}
