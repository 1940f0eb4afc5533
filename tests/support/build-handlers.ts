import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile, Plugin } from 'esbuild';
import { ROOT } from '../../scripts/local/local-folder.ts';
import { bundleHandlers } from './bundle.ts';

/** A deliberate bug: replaces the text `from`, which must occur exactly once in the file, with `to`. */
export interface Sabotage {
  /** Below `src/`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** Bundles both Lambda functions into a folder, as the deployment does, with or without sabotage. */
export async function buildHandlers(
  folder: string,
  sabotage: readonly Sabotage[] = [],
): Promise<Metafile> {
  return bundleHandlers(folder, { plugins: [sabotagePlugin(sabotage)] });
}

export function sabotagePlugin(sabotage: readonly Sabotage[]): Plugin {
  return {
    name: 'sabotage',
    setup(build) {
      for (const { file, from, to } of sabotage) {
        const path = join(ROOT, 'src', file);
        build.onLoad({ filter: new RegExp(`${RegExp.escape(path)}$`) }, async () => {
          const source = await readFile(path, 'utf8');
          if (source.split(from).length !== 2) {
            throw new Error(`Expected ${file} to contain this text exactly once: ${from}`);
          }
          return { contents: source.replace(from, () => to), loader: 'ts' };
        });
      }
    },
  };
}
