import { type FileHandle, open } from 'node:fs/promises';
import { parse } from 'csv-parse';
import { EXIT, ImportError } from './import-error.ts';

/** Far above any row of a list of people, so that a quote that is never closed does not fill the memory. */
const LONGEST_ROW_BYTES = 65_536;
/** The byte order mark of UTF-8, a character for each byte. */
export const UTF_8_BOM = '\u{ef}\u{bb}\u{bf}';

/** A row, as its bytes are: a value has one character for each byte, so that it can be written as it was read. */
export interface Row {
  /** The line of the file on which it begins, from 1. */
  readonly line: number;
  readonly values: readonly string[];
  /**
   * Its whole text, where a quote in it is out of place. Its values are then a guess, and it may hold rows
   * that follow it in the file.
   */
  readonly misquoted?: string;
}

export interface CsvFile {
  readonly path: string;
  readonly bytes: number;
  /** Whether it begins with a byte order mark. */
  readonly hasBom: boolean;
  /** The names of the columns, in bytes as the values are. */
  readonly header: readonly string[];
  /** How much of it was read. */
  bytesRead(): number;
  /**
   * The rows after the header, in pieces; rows without any value are left out.
   *
   * @throws ImportError where the file cannot be read on
   */
  rows(): AsyncIterable<readonly Row[]>;
  close(): Promise<void>;
}

/**
 * Opens a CSV file and reads its header.
 *
 * @throws ImportError where it cannot be read
 */
export async function openCsvFile(path: string): Promise<CsvFile> {
  const handle = await open(path).catch((error: unknown) => {
    throw unreadable(EXIT.wrongUse, path, error);
  });
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new ImportError(EXIT.wrongUse, `${path} is not a file.`);
    const hasBom = await requireUtf8(handle, path);
    let bytesRead = 0;
    const pieces = readRows(handle, path, hasBom ? UTF_8_BOM.length : 0, (bytes) => {
      bytesRead += bytes;
    });
    const first = await pieces.next();
    const [header, ...firstRows] = first.done === true ? [] : first.value;
    if (header?.misquoted !== undefined) {
      throw new ImportError(
        EXIT.wrongUse,
        `${path}: a quote in the header is not closed or not doubled.`,
      );
    }
    return {
      path,
      bytes: stats.size,
      hasBom,
      header: header?.values ?? [],
      bytesRead: () => bytesRead,
      async *rows() {
        yield firstRows;
        yield* pieces;
      },
      close: async () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Looks whether a file begins with the byte order mark of UTF-8, and refuses those of UTF-16. */
async function requireUtf8(handle: FileHandle, path: string): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(UTF_8_BOM.length), 0, 3, 0);
  const begin = buffer.toString('latin1', 0, bytesRead);
  if (/^(?:\xff\xfe|\xfe\xff)/.test(begin)) {
    throw new ImportError(EXIT.wrongUse, `${path} is UTF-16: save it as UTF-8.`);
  }
  return begin === UTF_8_BOM;
}

async function* readRows(
  handle: FileHandle,
  path: string,
  start: number,
  onBytes: (bytes: number) => void,
): AsyncGenerator<readonly Row[], undefined> {
  let line = 1;
  let rows: Row[] = [];
  const parser = parse({
    // Bytes as characters: the delimiters of CSV are the same in UTF-8.
    encoding: 'latin1',
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    // Rows with a quote out of place are found below: without this, the first one would end the reading.
    relax_quotes: true,
    raw: true,
    max_record_size: LONGEST_ROW_BYTES,
    // Taken from here and not from the stream, which drops what it holds when the next row cannot be read.
    on_record(given: unknown) {
      // The types of csv-parse do not know what `raw` gives.
      const { record: values, raw } = given as { record: string[]; raw: string };
      if (hasQuoteOutOfPlace(raw)) {
        rows.push({ line, values, misquoted: raw.replace(/[\r\n]+$/, '') });
      } else if (values.some((value) => value.trim() !== '')) {
        rows.push({ line, values });
      }
      line += 1 + values.reduce((breaks, value) => breaks + lineBreaks(value), 0);
      return null;
    },
  });
  // The error of a write or of the end is taken where it is made.
  parser.on('error', () => undefined);
  const settled = async (begin: (done: (error?: Error | null) => void) => void) =>
    new Promise<Error | undefined>((resolve) => {
      begin((error) => {
        resolve(error ?? undefined);
      });
    });

  let unparsable: Error | undefined;
  for await (const chunk of readChunks(handle, path, start)) {
    unparsable = await settled((done) => parser.write(chunk, done));
    onBytes(chunk.length);
    if (rows.length > 0) yield rows;
    rows = [];
    if (unparsable !== undefined) break;
  }
  if (unparsable === undefined) {
    unparsable = await settled((done) => parser.end(done));
    if (rows.length > 0) yield rows;
  }
  if (unparsable !== undefined) {
    throw new ImportError(
      EXIT.refused,
      `${path}:${line}: the file cannot be read from here on: a quoted value is not closed, or a row has more than ${LONGEST_ROW_BYTES} bytes.`,
    );
  }
}

async function* readChunks(
  handle: FileHandle,
  path: string,
  start: number,
): AsyncGenerator<Buffer, undefined> {
  const stream = handle.createReadStream({ start, autoClose: false });
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw unreadable(EXIT.stopped, path, error);
  }
}

/** Whether a row has a quote that is neither around a whole value nor doubled in one that has quotes around it. */
function hasQuoteOutOfPlace(row: string): boolean {
  if (!row.includes('"')) return false;
  return row.replace(/(?<=^|,)"[^"]*(?:""[^"]*)*"(?=$|[,\r\n])/g, '').includes('"');
}

function lineBreaks(value: string): number {
  return /[\r\n]/.test(value) ? (value.match(/\r\n|\n|\r/g)?.length ?? 0) : 0;
}

function unreadable(exitCode: number, path: string, error: unknown): ImportError {
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
  return new ImportError(exitCode, `${path}: ${reason}.`, { cause: error });
}
