import { mkdir, rm } from 'node:fs/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { freePorts } from '../../../scripts/local/free-ports.ts';
import { otherEngines, storeFolder } from '../../../scripts/local/local-folder.ts';

describe('otherEngines', () => {
  const folders: string[] = [];

  afterAll(async () => {
    for (const folder of folders) await rm(`${folder}/..`, { recursive: true, force: true });
  });

  it('names the engines that have data while the chosen one has none', async () => {
    const port = await freePorts(1);
    folders.push(storeFolder(port, 'native'));
    await mkdir(storeFolder(port, 'native'), { recursive: true });

    expect(await otherEngines(port, 'java')).toEqual(['native']);
    expect(await otherEngines(port, 'native')).toEqual([]);
  });

  it('names none if there is no data', async () => {
    expect(await otherEngines(await freePorts(1), 'java')).toEqual([]);
  });
});
