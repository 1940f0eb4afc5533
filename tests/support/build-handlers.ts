import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildOptions, build as bundle, type Plugin } from 'esbuild';
import { parse } from 'yaml';
import { ROOT } from '../../scripts/local/local-folder.ts';

/** A deliberate break of the source: the text `from`, which must stand once in the file, becomes `to`. */
export interface Sabotage {
  /** Below `src/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export const HANDLERS = ['create-appointment', 'list-appointments'] as const;

/** Bundles both functions into a folder, by the options of `serverless.yml`, with or without sabotage. */
export async function buildHandlers(
  folder: string,
  sabotage: readonly Sabotage[] = [],
): Promise<void> {
  const { custom, provider } = parse(await readFile(join(ROOT, 'serverless.yml'), 'utf8'), {
    logLevel: 'error',
  }) as {
    custom: { esbuild: Pick<BuildOptions, 'format' | 'minify' | 'mainFields' | 'conditions'> };
    provider: { runtime: string };
  };
  const { format, minify, mainFields, conditions } = custom.esbuild;
  await bundle({
    ...(format && { format }),
    ...(mainFields && { mainFields }),
    ...(conditions && { conditions }),
    minify: minify ?? false,
    bundle: true,
    platform: 'node',
    target: provider.runtime.replace(/^nodejs(\d+)\.x$/, 'node$1'),
    entryPoints: HANDLERS.map((name) => join(ROOT, 'src/handlers', `${name}.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    plugins: [sabotagePlugin(sabotage)],
  });
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
