import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle, bundleHandlers, HANDLERS } from '../scripts/bundle.ts';
import { connectTo, withConnection } from '../scripts/local/connection.ts';
import { createTable } from '../scripts/local/create-table.ts';
import { createDemoPeople } from '../scripts/local/demo-people.ts';
import { openTable } from '../src/repositories/table.ts';
import { loopbackCertificate } from './loopback-certificate.ts';
import { type StoreMeter, startStoreMeter } from './store-meter.ts';

const TABLE_NAME = 'appointments-bench';

/** Where each bundle is. */
interface Bundles {
  /** As they are packaged for the deployment. */
  readonly service: { readonly create: string; readonly list: string };
  /** By hand, with `client-dynamodb` alone: as ours, but with the packages that ours have stand-ins for. */
  readonly byHand: { readonly create: string; readonly list: string };
  /** The same files, with our stand-ins too. */
  readonly byHandSlim: { readonly create: string; readonly list: string };
  /** A handler that does nothing. */
  readonly empty: string;
  /** Bookings with the repositories stubbed: ours, and by hand. */
  readonly stubbed: { readonly service: string; readonly byHand: string };
  /** Folders with both handlers under the names of ours, for the HTTP front: ours, and one that does nothing. */
  readonly folders: { readonly service: string; readonly empty: string };
}

/** What figures are measured in: the bundles, and a store with the table and the demo people. */
export interface Place {
  readonly bundles: Bundles;
  readonly tableName: string;
  /** Of the store itself. */
  readonly store: string;
  readonly meter: StoreMeter;
  /** The environment of a function on Lambda, with the meter as DynamoDB. */
  readonly functionEnvironment: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/** Packages the service, bundles what it is compared with, and prepares the table in a running store. */
export async function openPlace(store: string): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'appointments-bench-'));
  try {
    const bundles = await buildBundles(folder);
    const certificate = loopbackCertificate();
    const authority = join(folder, 'authority.pem');
    await writeFile(authority, certificate.cert);

    process.env = withConnection(process.env, connectTo(store));
    await createTable(TABLE_NAME);
    await createDemoPeople(openTable(TABLE_NAME));
    const meter = await startStoreMeter(store, certificate);
    return {
      bundles,
      tableName: TABLE_NAME,
      store,
      meter,
      functionEnvironment: {
        ...process.env,
        AWS_ENDPOINT_URL_DYNAMODB: meter.endpoint,
        NODE_EXTRA_CA_CERTS: authority,
        TABLE_NAME,
        AUTH: 'iam',
        PRACTITIONER_DOUBLE_BOOKING: 'allow',
      },
      async close() {
        await meter.close();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function buildBundles(folder: string): Promise<Bundles> {
  const service = join(folder, 'service');
  await bundleHandlers(service);

  const byHand = join(folder, 'by-hand');
  const byHandSlim = join(folder, 'by-hand-slim');
  const stubbed = join(folder, 'stubbed');
  const empty = join(folder, 'empty');
  const baselines = Object.fromEntries(
    HANDLERS.map((name) => [name, `bench/baselines/${name}.ts`]),
  );
  await bundle(baselines, byHand, { alias: {} });
  await bundle(baselines, byHandSlim);
  await bundle(
    Object.fromEntries(HANDLERS.map((name) => [name, 'bench/baselines/empty.ts'])),
    empty,
  );
  await bundle(
    { service: 'bench/stubbed-service.ts', 'by-hand': 'bench/baselines/validating.ts' },
    stubbed,
  );
  const both = (of: string) => {
    const [create, list] = HANDLERS.map((name) => join(of, `${name}.mjs`)) as [string, string];
    return { create, list };
  };
  return {
    service: both(service),
    byHand: both(byHand),
    byHandSlim: both(byHandSlim),
    empty: both(empty).create,
    stubbed: { service: join(stubbed, 'service.mjs'), byHand: join(stubbed, 'by-hand.mjs') },
    folders: { service, empty },
  };
}
