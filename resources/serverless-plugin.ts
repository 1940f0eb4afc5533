// Connects resources/deployment.ts to serverless.yml, and keeps the SBOM and the source maps of a build.
import { execFile } from 'node:child_process';
import { copyFile, glob, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { explainSwallowedOption } from '../scripts/npm-options.ts';
import {
  type Deployment,
  deploymentFrom,
  PARAMETER_NAMES,
  type Parameters,
  type Request,
  rejectUnknown,
  requireAccount,
  warningsFor,
} from './deployment.ts';

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
  /** serverless.yml. */
  readonly configurationInput: { readonly params?: Readonly<Record<string, object | null>> };
  readonly getProvider: (name: 'aws') => { readonly getAccountId: () => Promise<string> };
}

interface Utilities {
  readonly log: { readonly warning: (sentence: string) => void };
}

interface Resolution {
  readonly options: { readonly param?: readonly string[]; readonly region?: string | null };
  readonly resolveVariable: (variable: string) => Promise<unknown>;
}

/** What runs: the version in package.json, and the commit, with `-dirty` if files differ from it. */
interface Release {
  readonly version: string;
  readonly commit: string;
}

/** The commands that change a stack. */
const CHANGES = ['deploy', 'deploy function', 'remove', 'rollback'];

export default class DeploymentPlugin {
  readonly configurationVariablesSources = {
    deployment: {
      resolve: async (resolution: Resolution) => ({ value: await this.#resolve(resolution) }),
    },
  };

  readonly hooks = {
    initialize: async () => this.#checkAccount(),
    'before:package:createDeploymentArtifacts': async () => this.#redirectTemporaryFiles(),
    'after:package:createDeploymentArtifacts': async () => {
      this.#restoreTemporaryFolder();
      await this.#keepReports();
    },
  };

  readonly #serverless: Serverless;
  readonly #log: Utilities['log'];
  readonly #temporaryFolder = process.env['TMPDIR'];
  #resolved: { readonly deployment: Deployment; readonly stage: string } | undefined;

  constructor(serverless: Serverless, _options: unknown, { log }: Utilities) {
    this.#serverless = serverless;
    this.#log = log;
    const { npm_lifecycle_event: script } = process.env;
    const swallowed =
      script &&
      explainSwallowedOption(script, ['stage', 'region', 'param', 'aws-profile'], process.env);
    if (swallowed) throw new serverless.classes.Error(swallowed);
  }

  async #resolve({ options, resolveVariable }: Resolution): Promise<Deployment & Release> {
    const stage = String(await resolveVariable('sls:stage'));
    const command = this.#serverless.processedInput.commands.join(' ');
    const request: Request = { stage, command, regionOption: options.region };
    try {
      const names = (options.param ?? []).map((assignment) => assignment.split('=')[0] ?? '');
      rejectUnknown(names, `--param for stage ${stage}`);
      for (const [section, values] of Object.entries(
        this.#serverless.configurationInput.params ?? {},
      )) {
        rejectUnknown(Object.keys(values ?? {}), `params.${section} of serverless.yml`);
      }
      const texts: [string, string][] = [];
      for (const name of PARAMETER_NAMES) {
        texts.push([name, String(await resolveVariable(`param:${name}`))]);
      }
      const parameters = Object.fromEntries(texts) as Parameters;
      const deployment = deploymentFrom(parameters, request);
      if (this.#resolved === undefined) {
        for (const sentence of warningsFor(parameters, request)) this.#log.warning(sentence);
      }
      this.#resolved = { deployment, stage };
      return { ...deployment, ...(await this.#release()) };
    } catch (error) {
      throw new this.#serverless.classes.Error((error as Error).message);
    }
  }

  async #release(): Promise<Release> {
    const { serviceDir } = this.#serverless;
    const { version } = JSON.parse(await readFile(join(serviceDir, 'package.json'), 'utf8')) as {
      version: string;
    };
    const describe = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
    try {
      const { stdout } = await promisify(execFile)('git', describe, { cwd: serviceDir });
      return { version, commit: stdout.trim() };
    } catch {
      return { version, commit: 'unknown' };
    }
  }

  async #checkAccount(): Promise<void> {
    const { processedInput, classes } = this.#serverless;
    if (this.#resolved === undefined || !CHANGES.includes(processedInput.commands.join(' ')))
      return;
    const { deployment, stage } = this.#resolved;
    if (deployment.accountId === null) return;
    const actual = await this.#serverless.getProvider('aws').getAccountId();
    try {
      requireAccount(deployment, actual, stage);
    } catch (error) {
      throw new classes.Error((error as Error).message);
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
