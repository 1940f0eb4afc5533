import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { parse } from 'yaml';
import { ROOT } from '../../scripts/local/local-folder.ts';

/** The files in `src/handlers/` that export the Lambda functions. */
export const HANDLERS = ['appointment-commands', 'appointment-queries'] as const;

/** What the code of a function can have. A cold start reads and compiles all of it. */
export const MAX_BUNDLE_BYTES = 267_000;

/** Bundles both Lambda functions into a folder, byte for byte as the deployment does. */
export async function bundleHandlers(
  folder: string,
  changes: BuildOptions = {},
): Promise<Metafile> {
  const files = HANDLERS.map((name) => [name, `src/handlers/${name}.ts`] as const);
  return bundle(Object.fromEntries(files), folder, changes);
}

/**
 * Bundles files into a folder with the esbuild options of `serverless.yml`.
 *
 * @param files maps the name of each bundle to its entry file, relative to the project root
 * @param changes esbuild options that override those of `serverless.yml`
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
  // serverless-esbuild reads these options itself and does not pass them to esbuild.
  const { outputFileExtension, outputWorkFolder, watch, ...options } = custom.esbuild;
  return {
    ...options,
    bundle: true,
    platform: 'node',
    target: provider.runtime.replace(/^nodejs(\d+)\.x$/, 'node$1'),
    outExtension: { '.js': String(outputFileExtension) },
  };
}
