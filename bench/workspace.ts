import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildOptions } from 'esbuild';
import { connectTo, withConnection } from '../scripts/local/connection.ts';
import { createTable } from '../scripts/local/create-table.ts';
import { bundle, bundleHandlers, HANDLERS } from '../tests/support/bundle.ts';
import { type FunctionProcess, startFunction } from './function-process.ts';
import { seed } from './seed.ts';
import { CERTIFICATE, type StoreMeter, startStoreMeter } from './store-meter.ts';

export type Handler = (typeof HANDLERS)[number];

/**
 * - `service`: the functions of this project, as they are deployed
 * - `byHand`: `baselines/`, with esbuild's default options
 * - `byHandTrimmed`: `baselines/`, with the options of this project, which trim the AWS SDK
 * - `empty`: handlers that do nothing
 */
export type Variant = 'service' | 'byHand' | 'byHandTrimmed' | 'empty';

/** The bundled functions, and a table with patient 1 and practitioner 1. */
export interface Workspace {
  /** Holds the bundles of each variant in a folder of its name. Deleted on exit. */
  readonly folder: string;
  readonly tableName: string;
  /** The endpoint of the store, without the meter. */
  readonly store: string;
  readonly meter: StoreMeter;
  /** Starts a function that reaches the store through the meter. */
  readonly start: (
    variant: Variant,
    handler: Handler,
    environment?: NodeJS.ProcessEnv,
  ) => Promise<FunctionProcess>;
}

/** Undoes the options of serverless.yml that change the code. */
const ESBUILD_DEFAULTS: BuildOptions = {
  minify: false,
  mainFields: ['main', 'module'],
  alias: {},
};

/** Bundles all variants and creates the table in a running store. */
export async function openWorkspace(store: string): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), 'appointments-bench-'));
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const byHand = Object.fromEntries(HANDLERS.map((name) => [name, `bench/baselines/${name}.ts`]));
  const empty = Object.fromEntries(HANDLERS.map((name) => [name, 'bench/baselines/empty.ts']));
  await bundleHandlers(join(folder, 'service'));
  await bundle(byHand, join(folder, 'byHand'), ESBUILD_DEFAULTS);
  await bundle(byHand, join(folder, 'byHandTrimmed'));
  await bundle(empty, join(folder, 'empty'));

  const tableName = `appointments-bench-${process.pid}`;
  process.env = withConnection(process.env, connectTo(store));
  await createTable(tableName);
  await seed(tableName, ['1']);
  const meter = await startStoreMeter(store);
  return {
    folder,
    tableName,
    store,
    meter,
    async start(variant, handler, environment = {}) {
      return startFunction(join(folder, variant, `${handler}.js`), {
        ...process.env,
        AWS_ENDPOINT_URL_DYNAMODB: meter.endpoint,
        NODE_EXTRA_CA_CERTS: CERTIFICATE,
        TABLE_NAME: tableName,
        AUTH: 'iam',
        PRACTITIONER_DOUBLE_BOOKING: 'allow',
        ...environment,
      });
    },
  };
}
