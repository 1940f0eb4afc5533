import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/local/local-folder.ts';

export interface Block {
  readonly page: string;
  /** The heading that it stands under. */
  readonly heading: string;
  readonly language: string;
  readonly text: string;
  /** What the text before it says: `Run on an emulator.`, `Not run.`, or nothing. */
  readonly claim: string | undefined;
}

const CLAIM = /\*(Run on an emulator|Not run)\.\*/g;

/** The code blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const blocks: Block[] = [];
  let heading = '';
  let before = '';
  for (const [part, , language, code = ''] of text.matchAll(
    /^( *)```(\w+)\n(.*?)^\1```$|^[^\n]*\n/gms,
  )) {
    if (language === undefined) {
      heading = /^#+ (.*)\n/.exec(part)?.[1] ?? heading;
      before = part.startsWith('#') ? '' : before + part;
    } else {
      const claim = [...before.matchAll(CLAIM)].at(-1)?.[1];
      blocks.push({ page, heading, language, text: code.replace(/^ {3}/gm, ''), claim });
      before = '';
    }
  }
  return blocks;
}
