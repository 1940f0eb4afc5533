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

/** Reads a whole file. Returns the message of the error that ended it, if any. */
async function read(content: string | Buffer) {
  const csv = await openCsvFile(await folder.file('people.csv', content));
  const rows: Row[] = [];
  let error: string | undefined;
  try {
    for await (const chunk of csv.rows()) rows.push(...chunk);
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  const header = csv.header?.values;
  return { csv, header, rows, values: rows.map(({ line, values }) => [line, ...values]), error };
}

describe('a CSV file', () => {
  it('can have quoted commas, quotes and line breaks', async () => {
    const { header, values, error } = await read(
      'a,b\n1,"Lee, Ann"\n2,"Robert ""Bob"""\n3,"one\ntwo\r\nthree"\n4,last',
    );

    expect(header).toEqual(['a', 'b']);
    expect(values).toEqual([
      [2, '1', 'Lee, Ann'],
      [3, '2', 'Robert "Bob"'],
      [4, '3', 'one\ntwo\r\nthree'],
      [7, '4', 'last'],
    ]);
    expect(error).toBeUndefined();
  });

  it.each(['1,2\n\n3,4\n', '1,2\r\n\r\n3,4\r\n', '1,2\r\r3,4\r', '1,2\n , \r3,4'])(
    'can end its lines in several ways and have blank rows: %j',
    async (rows) => {
      expect((await read(`a,b\n${rows}`)).values).toEqual([
        [2, '1', '2'],
        [4, '3', '4'],
      ]);
    },
  );

  it('can start with a byte order mark', async () => {
    const withMark = await read('\u{feff}"a",b\n1,2\n');
    const without = await read('a,b\n1,2\n');

    expect([withMark.header, without.header]).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect([withMark.csv.bom, without.csv.bom]).toEqual(['\u{ef}\u{bb}\u{bf}', '']);
  });

  it('can be empty', async () => {
    expect((await read('')).header).toBeUndefined();
    expect((await read('\u{feff}')).header).toBeUndefined();
  });

  it('keeps the bytes of its values', async () => {
    const { values } = await read(
      Buffer.concat([Buffer.from('a\nZoë 👩\n'), Buffer.from([0x5a, 0xff, 0x0a])]),
    );

    expect(values.map(([, value]) => Buffer.from(String(value), 'latin1'))).toEqual([
      Buffer.from('Zoë 👩'),
      Buffer.from([0x5a, 0xff]),
    ]);
  });

  it('is read to its end if it is long', async () => {
    const content = `a,b\n${Array.from({ length: 50_000 }, (_, i) => `${i},"n ${i}"\r\n`).join('')}`;
    const { csv, values } = await read(content);

    expect(values).toHaveLength(50_000);
    expect(values.at(-1)).toEqual([50_001, '49999', 'n 49999']);
    expect([csv.bytes, csv.bytesRead]).toEqual([content.length, content.length]);
  });

  it.each([
    ['an unclosed quote', '1,"Bob\n2,x\n'],
    ['a row that is too long', `1,${'x'.repeat(70_000)}\n2,x\n`],
    ['an unclosed quote in a long file', `1,"Bob\n${'2,x\n'.repeat(30_000)}`],
  ])('is read up to %s', async (_name, broken) => {
    const { values, error } = await read(`a,b\n0,first\n${broken}`);

    expect(values).toEqual([[2, '0', 'first']]);
    expect(error).toBe(
      `${folder.path}/people.csv:3: Cannot read past this line: a quoted value is not closed, or a row is longer than 65536 bytes.`,
    );
  });
});

describe('a misplaced quote', () => {
  it.each([
    ['opens a value and is closed in a later row', '1,"5 foot\n2,x\n3,"y"\n'],
    ['is inside an unquoted value', '1,5" pipe\r\n'],
    ['comes after a space', '1, "x"\n'],
    ['comes before a space', '"1" ,x\r'],
    ['is not doubled', '1,"a "b" c"\n'],
    ['comes after a doubled one', '1,"a ""b" c\n'],
    ['is in the last line without a line end', '1,x"'],
  ])('that %s marks its row', async (_name, row) => {
    const { rows } = await read(`a,b\n0,"x"\n${row}`);

    expect(rows).toMatchObject([
      { line: 2, isMisquoted: false },
      { line: 3, isMisquoted: true, text: row.trimEnd() },
    ]);
  });

  it('does not affect the rows around it', async () => {
    const { rows } = await read('a,b\n1,x\n2,"5 foot\n3,x\n4,"y"\n5,"z"\n');

    expect(rows.map(({ line, isMisquoted }) => [line, isMisquoted])).toEqual([
      [2, false],
      [3, true],
      [6, false],
    ]);
  });

  it('is not confused with a doubled quote or a quoted delimiter', async () => {
    const values = ['"""x"""', '""', '""""', '"a,""b"",c"', '"one\r\ntwo,\n""three"""', 'x'];
    const pairs = values.flatMap((one) => values.map((other) => `${one},${other}\r\n`));
    const { rows } = await read(`"a","b, ""c"""\n${pairs.join('')}`);

    expect(rows.filter(({ isMisquoted }) => isMisquoted)).toEqual([]);
  });
});

describe('an unusable file', () => {
  const utf16 = Buffer.from('\u{feff}a,b\n1,2\n', 'utf16le');

  it.each([
    ['with a misplaced quote in its header', 'a,"b\n1,x\n2,"y"\n', 'A quote in the header is not'],
    ['with an unclosed quote in its header', '"a,b\n1,x\n', 'Cannot read past this line'],
    ['in UTF-16 LE', utf16, 'The file is UTF-16. Save it as UTF-8.'],
    ['in UTF-16 BE', Buffer.from(utf16).swap16(), 'The file is UTF-16. Save it as UTF-8.'],
  ])('%s is rejected before anything is written', async (_name, content, message) => {
    await expect(read(content)).rejects.toMatchObject({
      message: expect.stringContaining(message),
      exitCode: 2,
    });
  });

  it('that does not exist, or is a folder, is rejected', async () => {
    await expect(openCsvFile(`${folder.path}/none.csv`)).rejects.toMatchObject({
      message: `${folder.path}/none.csv: File not found.`,
      exitCode: 2,
    });
    await expect(openCsvFile(folder.path)).rejects.toMatchObject({
      message: `${folder.path}: Not a file.`,
      exitCode: 2,
    });
  });
});

describe('the file of rejected rows', () => {
  it('keeps each row byte for byte, after its line and the reason', async () => {
    const { csv, rows } = await read(
      Buffer.from('\u{ef}\u{bb}\u{bf}a,"b, c"\r\n1,Zo\u{eb}\n2," x "" ""\ny"\n', 'latin1'),
    );
    const rejected = await openRejectedFile(csv);
    for (const row of rows) await rejected.add([{ ...row, reason: 'a must be "x"' }]);

    expect(await readFile(rejected.path, 'latin1')).toBe(
      '\u{ef}\u{bb}\u{bf}line,reason,a,"b, c"\r\n2,"a must be ""x""",1,Zo\u{eb}\r\n3,"a must be ""x""",2," x "" ""\ny"\r\n',
    );
    expect((await stat(rejected.path)).mode & 0o777).toBe(0o600);
  });

  it('stops the import if it cannot be written', async () => {
    const { csv } = await read('a\n1\n');

    await expect(
      openRejectedFile({ ...csv, path: `${csv.path}/not-a-folder` }),
    ).rejects.toMatchObject({ message: expect.stringContaining('(ENOTDIR)'), exitCode: 3 });
  });
});
