import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Metafile } from 'esbuild';
import { buildHandlers } from '../support/build-handlers.ts';
import { entriesOf, packageService } from '../support/packaging.ts';

jest.setTimeout(60_000);

/** The most that was agreed is 320,000. */
const MAX_BYTES = 240_000;

let folder: string;
let metafile: Metafile;
let zips: Readonly<Record<string, Buffer>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'appointments-bundles-'));
  metafile = await buildHandlers(folder);
  ({ zips } = await packageService());
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe.each([
  ['appointmentCommands', 'appointment-commands'],
  ['appointmentQueries', 'appointment-queries'],
])('the bundle of %s', (name, file) => {
  const inputs = () =>
    Object.entries(metafile.outputs)
      .filter(([path]) => path.endsWith(`/${file}.mjs`))
      .flatMap(([, output]) => Object.keys(output.inputs));

  it('is packaged as the proof and the bench run it, and as it is looked at here', async () => {
    const [entry] = entriesOf(zips[name] ?? Buffer.alloc(0));

    expect(entry?.text).toBe(await readFile(join(folder, `${file}.mjs`), 'utf8'));
  });

  it('is small, minified and an ES module', () => {
    const [entry] = entriesOf(zips[name] ?? Buffer.alloc(0));
    const code = entry?.text ?? '';

    expect(code.length).toBeGreaterThan(100_000);
    expect(Buffer.byteLength(code)).toBeLessThanOrEqual(MAX_BYTES);
    expect(code.split('\n').length).toBeLessThan(code.length / 1000);
    expect(code).toMatch(/export\{[^}]*\bas handler\b/);
  });

  it('holds these packages and no other', () => {
    const packages = inputs().flatMap((path) => {
      const [, found] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
      return found === undefined ? [] : [found];
    });

    expect([...new Set(packages)].sort()).toEqual([
      '@aws-sdk/client-dynamodb',
      '@aws-sdk/core',
      '@aws-sdk/credential-provider-env',
      '@aws-sdk/dynamodb-codec',
      '@aws-sdk/endpoint-cache',
      '@aws-sdk/lib-dynamodb',
      '@aws-sdk/middleware-endpoint-discovery',
      '@aws-sdk/util-dynamodb',
      '@aws/lambda-invoke-store',
      '@middy/core',
      '@smithy/core',
      '@smithy/node-http-handler',
      '@smithy/signature-v4',
      '@smithy/types',
      'mnemonist',
      'obliterator',
      'zod',
    ]);
  });

  it('holds nothing of the import of people', () => {
    const ours = inputs().filter((path) => path.startsWith('src/'));

    expect(ours).toContain('src/repositories/table.ts');
    expect(ours.filter((path) => /people-batch|npi/.test(path))).toEqual([]);
  });

  it('holds zod/mini without its other form and its languages', () => {
    const zod = inputs().flatMap((path) => /node_modules\/zod\/(.*)\/[^/]*$/.exec(path)?.[1] ?? []);

    expect([...new Set(zod)].sort()).toEqual(['v4/core', 'v4/mini']);
  });
});

describe('the metafile of both bundles', () => {
  it('names the SDK as ES modules, and no provider of credentials but the environment', () => {
    const sdk = Object.entries(metafile.inputs).filter(([path]) =>
      /node_modules\/@(aws|aws-sdk|smithy)\//.test(path),
    );

    expect(sdk.length).toBeGreaterThan(100);
    for (const [path, { format }] of sdk) {
      expect([path, format]).not.toEqual([path, 'cjs']);
      expect(path).not.toMatch(/dist-cjs|nested-clients|token-providers/);
      expect(path).not.toMatch(/credential-provider-(?!env\/)|\/from(SSO|Ini|Process|Http|Token)/);
    }
  });
});
