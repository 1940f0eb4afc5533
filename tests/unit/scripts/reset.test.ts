import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
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

async function reset(port: number, options: string[] = []) {
  return promisify(execFile)(process.execPath, ['scripts/reset.ts', ...options], {
    cwd: ROOT,
    env: { ...process.env, DYNAMODB_PORT: String(port) },
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

  it('has no options', async () => {
    const port = await freePorts(1);
    const folder = await newStore(port);

    await expect(reset(port, ['--all'])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Unknown option '--all'"),
    });
    expect(existsSync(folder)).toBe(true);
  });

  it('deletes nothing while the store runs', async () => {
    const port = await freePorts(1);
    const folder = await newStore(port);
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');

    await expect(reset(port)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`The store on port ${port} may be running.`),
    });
    server.close();
    expect(existsSync(folder)).toBe(true);
  });
});
