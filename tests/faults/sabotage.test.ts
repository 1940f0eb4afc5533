import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT } from '../../scripts/local/local-folder.ts';
import { SABOTAGE } from './sabotage.ts';

it.each(SABOTAGE.map((bug) => [bug.name, bug] as const))(
  'the deliberate bug still matches exactly one place in the code: %s',
  async (_name, { file, from }) => {
    const source = await readFile(join(ROOT, 'src', file), 'utf8');

    expect(source.split(from)).toHaveLength(2);
  },
);
