import { readFile, stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  openCsvFile,
  openRejectedFile,
  type Row,
} from '../../../scripts/people-import/csv-file.ts';
import { createFolder, type Folder } from '../../support/people-import.ts';

let folder: Folder;

beforeAll(async () => {
  folder = await createFolder();
});

afterAll(async () => {
  await folder.remove();
});

const BAD_QUOTE = 'a quote is not closed or not doubled, so the row may include the rows after it';

/** Reads a whole file. Returns its rows as lines, each with the values or the fault, and the error that ended it. */
async function read(content: string | Buffer) {
  const csv = await openCsvFile(await folder.file('people.csv', content));
  const rows: Row[] = [];
  let error: string | undefined;
  try {
    for await (const chunk of csv.rows()) rows.push(...chunk);
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  return { csv, rows: rows.map(({ line, values, fault }) => [line, ...values, fault]), error };
}

describe('a CSV file', () => {
  it('can have a byte order mark, and quoted commas, quotes and line breaks', async () => {
    const { csv, rows, error } = await read(
      '\u{feff}"a",b\n1,"Lee, Ann"\n2,"Zoë ""👩"""\n3,"one\ntwo\r\nthree"\r\n4,last',
    );

    expect(csv.header).toEqual(['a', 'b']);
    expect(rows).toEqual([
      [2, '1', 'Lee, Ann', undefined],
      [3, '2', 'Zoë "👩"', undefined],
      [4, '3', 'one\ntwo\r\nthree', undefined],
      [7, '4', 'last', undefined],
    ]);
    expect(error).toBeUndefined();
  });

  it.each(['1,2\n\n3,4\n', '1,2\r\n\r\n3,4\r\n', '1,2\r\r3,4\r', '1,2\n , \r3,4'])(
    'can end its lines in several ways and have blank rows: %j',
    async (content) => {
      const { rows } = await read(`a,b\n${content}`);
      expect(rows.map(([line, first]) => [line, first])).toEqual([
        [2, '1'],
        [4, '3'],
      ]);
    },
  );

  it('can be in UTF-16, as spreadsheets write it', async () => {
    const { csv, rows } = await read(Buffer.from('\u{feff}a,b\r\n1,Zoë\r\n', 'utf16le'));

    expect([csv.header, rows]).toEqual([['a', 'b'], [[2, '1', 'Zoë', undefined]]]);
  });

  it('can be empty', async () => {
    expect((await read('')).csv.header).toEqual([]);
    expect((await read('\u{feff}')).csv.header).toEqual([]);
  });

  it('is read to its end if it is long', async () => {
    const content = `a,b\n${Array.from({ length: 5000 }, (_, i) => `${i},"n ${i}"\r\n`).join('')}`;
    const { csv, rows } = await read(content);

    expect(rows).toHaveLength(5000);
    expect(rows.at(-1)).toEqual([5001, '4999', 'n 4999', undefined]);
    expect([csv.bytes, csv.bytesRead]).toEqual([content.length, content.length]);
  });

  it.each([
    ['an unclosed quote', '1,"Bob\n2,x\n'],
    ['a row that is too long', `1,${'x'.repeat(70_000)}\n2,x\n`],
    ['an unclosed quote in a long file', `1,"Bob\n${'2,x\n'.repeat(30_000)}`],
  ])('is read up to %s', async (_name, broken) => {
    const { rows, error } = await read(`a,b\n0,first\n${broken}`);

    expect(rows).toEqual([[2, '0', 'first', undefined]]);
    expect(error).toContain(`${folder.path}/people.csv:3: Cannot read past this line`);
  });

  it.each([
    ['opens a value and is closed in a later row', '1,"5 foot\n2,x\n3,"y"\n', 5],
    ['is inside an unquoted value', '1,5" pipe,6" pipe\r\n', 3],
    ['comes after a space', '1, "x"\n', 3],
    ['is not doubled', '1,"a "b" c"\n', 3],
  ])('with a quote that %s skips only that row', async (_name, row, line) => {
    const { rows } = await read(`a,b\n0,"x"\n${row}${row}8,"y"\n`);
    const lines = row.split(/[\r\n]+/).length - 1;

    expect(rows).toEqual([
      [2, '0', 'x', undefined],
      [line, BAD_QUOTE],
      [line + lines, BAD_QUOTE],
      [3 + 2 * lines, '8', 'y', undefined],
    ]);
  });
});

describe('an unusable file', () => {
  it.each([
    ['with a bad quote in its header', 'a,x"b"\n1,x\n', `people.csv:1: ${BAD_QUOTE}.`],
    ['with an unclosed quote in its header', '"a,b\n1,x\n', 'Cannot read past this line'],
  ])('%s is rejected before anything is written', async (_name, content, message) => {
    await expect(read(content)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      exitCode: 2,
    });
  });

  it('that does not exist, or is a folder, is rejected', async () => {
    const expected = {
      message: `${folder.path}/none.csv: no such file or directory.`,
      exitCode: 2,
    };
    await expect(openCsvFile(`${folder.path}/none.csv`)).rejects.toMatchObject(expected);
    await expect(openCsvFile(folder.path)).rejects.toThrow(
      `${folder.path}: illegal operation on a directory.`,
    );
  });
});

describe('the file of rejected rows', () => {
  it('has each row after its line and the reason, and only its owner can read it', async () => {
    const { csv } = await read('a,"b, c"\n1,x\n');
    const rejected = await openRejectedFile(csv);
    rejected.add({ line: 2, values: [' x "', 'Zoë\ny', ''] }, 'a must be "x"');
    rejected.add({ line: 4, values: [], fault: BAD_QUOTE }, 'a quote');

    expect(await readFile(rejected.path, 'utf8')).toBe(
      '\u{feff}line,reason,a,"b, c"\r\n2,"a must be ""x""","\u0020x """,Zoë\ny,\r\n4,a quote,,\r\n',
    );
    expect((await stat(rejected.path)).mode & 0o777).toBe(0o600);
  });

  it('stops the import if it cannot be written', async () => {
    const { csv } = await read('a\n1\n');
    const rejected = await openRejectedFile({
      ...csv,
      path: `${folder.path}/no-folder/people.csv`,
    });

    expect(() => {
      rejected.add({ line: 2, values: ['1'] }, 'a reason');
    }).toThrow('ENOENT');
  });
});
