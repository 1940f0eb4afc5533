import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Engine } from './store-choice.ts';

/** The project's root folder. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What local runs keep. Ignored by Git. */
export const LOCAL_FOLDER = join(ROOT, '.local');

/** The data of a local store: one folder per port, so that several stores can run, and in it one per engine. */
export function storeFolder(port: number, engine: Engine): string {
  return join(LOCAL_FOLDER, `store-${port}`, engine);
}

/** The bundles of a local API. */
export function apiFolder(port: number): string {
  return join(LOCAL_FOLDER, `api-${port}`);
}
