import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type CsvFile, openCsvFile, type Row } from '../../../scripts/people-import/csv-file.ts';
import { createFolder, type Folder } from '../../support/people-import.ts';

let folder: Folder;

beforeAll(async () => {
  folder = await createFolder();
});

afterAll(async () => {
  await folder.remove();
});

async function open(content: string | Buffer): Promise<CsvFile> {
  return openCsvFile(await folder.file('people.csv', content));
}

/** The rows of a file, and the message of the error that ends it, if one does. */
async function read(content: string | Buffer) {
  const csv = await open(content);
  const rows: Row[] = [];
  let error: string | undefined;
  try {
    for await (const piece of csv.rows()) rows.push(...piece);
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  await csv.close();
  return { header: csv.header, rows: rows.map(({ line, values }) => [line, ...values]), error };
}

/** The lines of the rows with a quote out of place, and their text. */
async function readMisquoted(content: string) {
  const csv = await open(content);
  const rows: Row[] = [];
  for await (const piece of csv.rows()) rows.push(...piece);
  await csv.close();
  return rows.flatMap(({ line, misquoted }) =>
    misquoted === undefined ? [] : [[line, misquoted]],
  );
}

describe('a CSV file', () => {
  it('is read with quotes, commas, quotes in quotes and line breaks in quotes, row by row with its line', async () => {
    await expect(
      read('a,b\n1,"Lee, Ann"\n2,"Robert ""Bob"""\n3,"one\ntwo\r\nthree"\n4,last'),
    ).resolves.toEqual({
      header: ['a', 'b'],
      rows: [
        [2, '1', 'Lee, Ann'],
        [3, '2', 'Robert "Bob"'],
        [4, '3', 'one\ntwo\r\nthree'],
        [7, '4', 'last'],
      ],
    });
  });

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('may end its lines with %s', async (_name, end) => {
    const { rows } = await read(['a,b', '1,2', '', '3,4', ''].join(end));

    expect(rows).toEqual([
      [2, '1', '2'],
      [4, '3', '4'],
    ]);
  });

  it('may mix the ends of its lines', async () => {
    const { rows } = await read('a\r\n1\n2\r3');

    expect(rows).toEqual([
      [2, '1'],
      [3, '2'],
      [4, '3'],
    ]);
  });

  it('may begin with a byte order mark', async () => {
    const withBom = await open('\u{feff}a,b\n1,2\n');
    const without = await open('a,b\n1,2\n');

    expect([withBom.hasBom, withBom.header]).toEqual([true, ['a', 'b']]);
    expect([without.hasBom, without.header]).toEqual([false, ['a', 'b']]);
    await Promise.all([withBom.close(), without.close()]);
  });

  it('gives the bytes of its values as they are', async () => {
    const bytes = Buffer.from('a\nZoë 👩\n');
    const { rows } = await read(Buffer.concat([bytes, Buffer.from([0x5a, 0xff, 0x0a])]));

    expect(rows.map(([, value]) => Buffer.from(String(value), 'latin1'))).toEqual([
      Buffer.from('Zoë 👩'),
      Buffer.from([0x5a, 0xff]),
    ]);
  });

  it('has no rows in lines without a value', async () => {
    const { rows } = await read('a,b\n\n,\n , \n1,2\n\n\n');

    expect(rows).toEqual([[5, '1', '2']]);
  });

  it.each([
    ['a quote without a partner', '1,"Bob\n2,x\n'],
    ['a row without an end', `1,${'x'.repeat(70_000)}\n2,x\n`],
    ['a quote without a partner in a long file', `1,"Bob\n${'2,x\n'.repeat(30_000)}`],
  ])('is read up to %s', async (_name, broken) => {
    await expect(read(`a,b\n0,first\n${broken}`)).resolves.toEqual({
      header: ['a', 'b'],
      rows: [[2, '0', 'first']],
      error: `${folder.path}/people.csv:3: the file cannot be read from here on: a quoted value is not closed, or a row has more than 65536 bytes.`,
    });
  });

  it('that is longer than one piece is read to its end, and counts its bytes', async () => {
    const content = `a,b\n${Array.from({ length: 50_000 }, (_, i) => `${i},"n ${i}"\r\n`).join('')}`;
    const csv = await open(content);
    const rows: Row[] = [];
    for await (const piece of csv.rows()) rows.push(...piece);
    await csv.close();

    expect(rows).toHaveLength(50_000);
    expect(rows.at(-1)).toEqual({ line: 50_001, values: ['49999', 'n 49999'] });
    expect([csv.bytes, csv.bytesRead()]).toEqual([content.length, content.length]);
  });

  it('of no bytes has no header', async () => {
    await expect(read('')).resolves.toEqual({ header: [], rows: [] });
    await expect(read('\u{feff}')).resolves.toEqual({ header: [], rows: [] });
  });
});

describe('a quote out of place', () => {
  it.each([
    ['that is not closed before the next', '1,"5 foot\n2,x\n3,"y"\n', '1,"5 foot\n2,x\n3,"y"'],
    ['in a value without quotes', '1,5" pipe\r\n', '1,5" pipe'],
    ['after a space', '1, "x"\n', '1, "x"'],
    ['before a space', '"1" ,x\r', '"1" ,x'],
    ['that is not doubled', '1,"a "b" c"\n', '1,"a "b" c"'],
    ['after one that is doubled', '1,"a ""b" c\n', '1,"a ""b" c'],
    ['in the last line, without an end', '1,x"', '1,x"'],
  ])('%s is told with the text of its row', async (_name, row, text) => {
    await expect(readMisquoted(`a,b\n0,"x"\n${row}`)).resolves.toEqual([[3, text]]);
  });

  it('does not spoil the rows around it', async () => {
    await expect(read('a,b\n1,x\n2,"5 foot\n3,x\n4,"y"\n5,"z"\n')).resolves.toMatchObject({
      rows: [
        [2, '1', 'x'],
        [3, '2', expect.stringContaining('foot')],
        [6, '5', 'z'],
      ],
    });
  });

  it('is none of those that are doubled, or around commas and lines', async () => {
    const values = ['"""x"""', '""', '""""', '"a,""b"",c"', '"one\r\ntwo,\n""three"""', 'x'];
    const rows = values.flatMap((one) => values.map((other) => `${one},${other}\r\n`));

    await expect(readMisquoted(`"a","b, ""c"""\n${rows.join('')}`)).resolves.toEqual([]);
  });

  it.each(['a,"b\n1,x\n2,"y"\n', 'a,b"\n1,x\n'])('in the header refuses %j', async (content) => {
    await expect(open(content)).rejects.toMatchObject({
      message: `${folder.path}/people.csv: a quote in the header is not closed or not doubled.`,
      exitCode: 2,
    });
  });
});

describe('what is no CSV file in UTF-8', () => {
  it.each(['utf16le', 'utf-16be'])('as %s is refused', async (encoding) => {
    const utf16 = Buffer.from('\u{feff}a,b\n1,2\n', 'utf16le');
    await expect(open(encoding === 'utf16le' ? utf16 : utf16.swap16())).rejects.toMatchObject({
      message: `${folder.path}/people.csv is UTF-16: save it as UTF-8.`,
      exitCode: 2,
    });
  });

  it('as a file that is not there, or a folder, is refused', async () => {
    await expect(openCsvFile(`${folder.path}/none.csv`)).rejects.toMatchObject({
      message: `${folder.path}/none.csv: there is no such file.`,
      exitCode: 2,
    });
    await expect(openCsvFile(folder.path)).rejects.toMatchObject({
      message: `${folder.path} is not a file.`,
      exitCode: 2,
    });
  });
});
