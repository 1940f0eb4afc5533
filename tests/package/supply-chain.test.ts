import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../../scripts/local/local-folder.ts';

interface Manifest {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly optionalDependencies: Record<string, string>;
  readonly allowScripts: Record<string, boolean>;
}

interface Lock {
  readonly packages: Record<
    string,
    { integrity?: string; resolved?: string; hasInstallScript?: boolean; link?: boolean }
  >;
}

let manifest: Manifest;
let lock: Lock;

beforeAll(async () => {
  manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Manifest;
  lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
});

describe('the packages', () => {
  it('have exact versions', () => {
    const { dependencies, devDependencies, optionalDependencies } = manifest;
    const all = { ...dependencies, ...devDependencies, ...optionalDependencies };

    for (const [name, version] of Object.entries(all)) {
      expect([name, version]).toEqual([name, expect.stringMatching(/^(npm:.+@)?\d+\.\d+\.\d+$/)]);
    }
  });

  it('are locked by hash, and come from the registry only', () => {
    for (const [path, { integrity, resolved, link }] of Object.entries(lock.packages)) {
      if (path === '') continue;
      expect([path, integrity, resolved, link]).toEqual([
        path,
        expect.stringMatching(/^sha512-/),
        undefined,
        undefined,
      ]);
    }
  });

  it('have reviewed install scripts only', () => {
    const withScripts = Object.entries(lock.packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));

    expect([...new Set(withScripts)].sort()).toEqual(Object.keys(manifest.allowScripts).sort());
    expect(manifest.allowScripts).toEqual({
      // These install or check a binary for the platform.
      '@swc/core': true,
      esbuild: true,
      node: true,
      'unrs-resolver': true,
      // Not needed: a build for platforms without a binary, telemetry, and an advertisement.
      '@parcel/watcher': false,
      '@scarf/scarf': false,
      'es5-ext': false,
    });
  });

  it('that are deployed are few', () => {
    expect(Object.keys(manifest.dependencies)).toEqual([
      '@aws-sdk/client-dynamodb',
      '@aws-sdk/credential-provider-env',
      '@aws-sdk/lib-dynamodb',
      '@aws-sdk/util-dynamodb',
      '@middy/core',
      '@smithy/core',
      'zod',
    ]);
  });
});

describe('the hosted workflows', () => {
  it.each(['ci', 'mutation'])(
    'pin their actions by commit, and have read permission only: %s',
    async (name) => {
      const workflow = await readFile(join(ROOT, `.github/workflows/${name}.yml`), 'utf8');
      const actions = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action);

      expect(actions.length).toBeGreaterThan(0);
      for (const action of actions) expect(action).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40}$/);
      expect(workflow).toContain('\npermissions:\n  contents: read\n');
      expect(workflow.match(/permissions:/g)).toHaveLength(1);
    },
  );

  it('install from the lock file without unreviewed scripts, audit, and keep the SBOM', async () => {
    const run = await readFile(join(ROOT, '.ci/run'), 'utf8');
    const files = ['ci.yml', 'mutation.yml'].map((file) => join(ROOT, '.github/workflows', file));
    const workflow = (await Promise.all(files.map((file) => readFile(file, 'utf8')))).join();

    expect(run).toContain('npm ci');
    expect(`${run}\n${workflow}`).not.toMatch(/npm (?:i|install)\b/);
    // npm 10 ignores allowScripts, so the workflow applies the list itself.
    const allowed = Object.keys(manifest.allowScripts).filter(
      (name) => manifest.allowScripts[name],
    );
    for (const [, options = ''] of workflow.matchAll(/npm ci(.*)/g)) {
      expect(options).toContain('--ignore-scripts');
    }
    for (const [, rebuilt = ''] of workflow.matchAll(/npm rebuild (.*)/g)) {
      expect(rebuilt.split(' ').sort()).toEqual(allowed.sort());
    }
    expect(workflow).toContain('npm audit');
    expect(workflow).toContain('.serverless/sbom.cdx.json');
  });
});
