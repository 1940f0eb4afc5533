// Connects resources/deployment.ts to serverless.yml, and keeps the SBOM and the source maps of a build.
import { execFile } from 'node:child_process';
import { copyFile, glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { explainSwallowedOption } from '../scripts/npm-options.ts';
import { type Deployment, deploymentFrom, PARAMETER_NAMES, type Parameters } from './deployment.ts';

const CYCLONEDX = 'node_modules/@cyclonedx/cyclonedx-esbuild/bin/cyclonedx-esbuild-cli.js';

/** The parts of osls that this plugin uses. */
interface Serverless {
  readonly serviceDir: string;
  readonly processedInput: { readonly commands: readonly string[] };
  /** osls shows the message of this error without a stack. */
  readonly classes: { readonly Error: new (message: string) => Error };
  readonly service: {
    readonly custom: { readonly esbuild: { readonly outputWorkFolder: string } };
  };
}

interface Resolution {
  readonly options: { readonly param?: readonly string[] };
  readonly resolveVariable: (variable: string) => Promise<unknown>;
}

export default class DeploymentPlugin {
  readonly configurationVariablesSources = {
    deployment: {
      resolve: async (resolution: Resolution) => ({ value: await this.#resolve(resolution) }),
    },
  };

  readonly hooks = {
    'before:package:createDeploymentArtifacts': async () => this.#redirectTemporaryFiles(),
    'after:package:createDeploymentArtifacts': async () => {
      this.#restoreTemporaryFolder();
      await this.#keepReports();
    },
  };

  readonly #serverless: Serverless;
  readonly #temporaryFolder = process.env['TMPDIR'];

  constructor(serverless: Serverless) {
    this.#serverless = serverless;
    const { npm_lifecycle_event: script } = process.env;
    const swallowed =
      script &&
      explainSwallowedOption(script, ['stage', 'region', 'param', 'aws-profile'], process.env);
    if (swallowed) throw new serverless.classes.Error(swallowed);
  }

  async #resolve({ options, resolveVariable }: Resolution): Promise<Deployment> {
    const known: readonly string[] = PARAMETER_NAMES;
    const unknown = (options.param ?? [])
      .map((assignment) => assignment.split('=')[0] ?? '')
      .filter((name) => !known.includes(name));
    if (unknown.length > 0) {
      throw new this.#serverless.classes.Error(
        `Unknown parameter: ${unknown.join(', ')}. Known parameters: ${known.join(', ')}.`,
      );
    }
    const texts: [string, string][] = [];
    for (const name of known) texts.push([name, String(await resolveVariable(`param:${name}`))]);
    const isLocalRun = this.#serverless.processedInput.commands[0] === 'offline';
    try {
      return deploymentFrom(Object.fromEntries(texts) as Parameters, isLocalRun);
    } catch (error) {
      throw new this.#serverless.classes.Error((error as Error).message);
    }
  }

  /** serverless-esbuild leaves a copy of each bundle in the temporary folder, but deletes its work folder. */
  async #redirectTemporaryFiles(): Promise<void> {
    const folder = join(this.#workFolder, 'tmp');
    await mkdir(folder, { recursive: true });
    process.env['TMPDIR'] = folder;
  }

  #restoreTemporaryFolder(): void {
    if (this.#temporaryFolder === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = this.#temporaryFolder;
  }

  async #keepReports(): Promise<void> {
    const { serviceDir } = this.#serverless;
    const metafile = join(this.#workFolder, 'metafile.json');
    const sbom = join(serviceDir, '.serverless', 'sbom.cdx.json');
    const sourceMaps = join(serviceDir, '.serverless', 'source-maps');
    await mkdir(sourceMaps, { recursive: true });

    const all: Metafile = { inputs: {}, outputs: {} };
    for await (const file of glob(join(this.#workFolder, '.build/**/*-meta.json'))) {
      const { inputs, outputs } = JSON.parse(await readFile(file, 'utf8')) as Metafile;
      Object.assign(all.inputs, inputs);
      Object.assign(all.outputs, outputs);
    }
    await writeFile(metafile, JSON.stringify(all));
    await promisify(execFile)(
      process.execPath,
      [CYCLONEDX, '--output-reproducible', '--output-file', sbom, metafile],
      { cwd: serviceDir },
    );
    for await (const file of glob(join(this.#workFolder, '.build/**/*.map'))) {
      await copyFile(file, join(sourceMaps, basename(file)));
    }
  }

  get #workFolder(): string {
    const { serviceDir, service } = this.#serverless;
    return join(serviceDir, service.custom.esbuild.outputWorkFolder);
  }
}
