import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { freePorts } from '../../../scripts/local/free-ports.ts';
import { LOCAL_FOLDER, ROOT } from '../../../scripts/local/local-folder.ts';

const folderOf = (port: number) => join(LOCAL_FOLDER, `store-${port}`);
const folders: string[] = [];

async function newStore(port: number): Promise<string> {
  const folder = folderOf(port);
  await mkdir(join(folder, 'native'), { recursive: true });
  folders.push(folder);
  return folder;
}

async function reset(port: number, options: string[] = [], env: NodeJS.ProcessEnv = {}) {
  return promisify(execFile)(process.execPath, ['scripts/reset.ts', ...options], {
    cwd: ROOT,
    env: { ...process.env, DYNAMODB_PORT: String(port), ...env },
  });
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describe('npm run reset', () => {
  it('deletes the data of DYNAMODB_PORT only', async () => {
    const port = await freePorts(2);
    const [mine, other] = [await newStore(port), await newStore(port + 1)];

    const { stdout } = await reset(port);

    expect(stdout).toBe(`Deleted the data of the store on port ${port}.\n`);
    expect([existsSync(mine), existsSync(other)]).toEqual([false, true]);
  });

  it('says that there is nothing to delete', async () => {
    const { stdout } = await reset(await freePorts(1));

    expect(stdout).toBe('There is no data to delete.\n');
  });

  it('names its options if one is unknown', async () => {
    await expect(reset(await freePorts(1), ['--everything'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Usage: npm run reset [-- --all]'),
    });
  });

  it('deletes nothing if npm kept --all for itself', async () => {
    const port = await freePorts(1);
    const folder = await newStore(port);

    await expect(reset(port, [], { npm_config_all: 'true' })).rejects.toMatchObject({
      code: 1,
      stderr: 'npm kept --all for itself. Put all options after "--": npm run reset -- --all ...\n',
    });
    expect(existsSync(folder)).toBe(true);
  });
});
