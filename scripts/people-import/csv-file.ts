import { createReadStream } from 'node:fs';
import { appendFile, rm, stat } from 'node:fs/promises';
import { parse } from 'csv-parse';
import { EXIT, ImportError } from './import-error.ts';

/** Far longer than any real row, so that a quote that is never closed does not fill the memory. */
const MAX_ROW_BYTES = 65_536;
/** The byte order mark of UTF-8, one character per byte. */
const UTF_8_BOM = '\u{ef}\u{bb}\u{bf}';

/** One row. Each character of its strings stands for one byte, so that a row can be written as it was read. */
export interface Row {
  /** The line of the file on which the row starts, from 1. */
  readonly line: number;
  readonly values: readonly string[];
  /** The row as it is in the file, without its line end. */
  readonly text: string;
  /** Whether a quote is not closed or not doubled. The values are then a guess and can include later rows. */
  readonly isMisquoted: boolean;
}

export interface CsvFile {
  readonly path: string;
  readonly bytes: number;
  readonly bytesRead: number;
  /** The byte order mark, or an empty string. */
  readonly bom: string;
  /** The first row, or `undefined` if the file is empty. */
  readonly header: Row | undefined;
  /**
   * The rows after the header, in chunks. Blank rows are left out.
   *
   * @throws ImportError if the rest of the file is unreadable
   */
  rows(): AsyncIterable<readonly Row[]>;
}

/**
 * Opens a CSV file and reads its header.
 *
 * @throws ImportError if the file or its header is unreadable
 */
export async function openCsvFile(path: string): Promise<CsvFile> {
  const stats = await stat(path).catch((error: unknown) => {
    throw unreadable(EXIT.usage, path, error);
  });
  if (!stats.isFile()) throw new ImportError(EXIT.usage, `${path}: Not a file.`);
  const file = { path, bytes: stats.size, bytesRead: 0, bom: '' };
  const chunks = readRows(file);
  const first = await chunks.next().catch((error: unknown) => {
    throw new ImportError(EXIT.usage, (error as Error).message, { cause: error });
  });
  const [header, ...rows] = first.done === true ? [] : first.value;
  if (header?.isMisquoted === true) {
    throw new ImportError(
      EXIT.usage,
      `${path}: A quote in the header is not closed or not doubled.`,
    );
  }
  return Object.assign(file, {
    header,
    async *rows() {
      yield rows;
      yield* chunks;
    },
  });
}

async function* readRows(file: {
  readonly path: string;
  bytesRead: number;
  bom: string;
}): AsyncGenerator<readonly Row[], undefined> {
  let line = 1;
  let rows: Row[] = [];
  const parser = parse({
    // One character per byte. The delimiters of CSV are single bytes in UTF-8.
    encoding: 'latin1',
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    // Without this, the first misplaced quote would end the file.
    relax_quotes: true,
    raw: true,
    max_record_size: MAX_ROW_BYTES,
    // The parser's own stream would drop complete rows if a later row is unreadable.
    on_record(record: unknown) {
      // The types of csv-parse do not cover `raw`.
      const { record: values, raw } = record as { record: string[]; raw: string };
      const isMisquoted = hasMisplacedQuote(raw);
      if (isMisquoted || values.some((value) => value.trim() !== '')) {
        rows.push({ line, values, text: raw.replace(/[\r\n]+$/, ''), isMisquoted });
      }
      // The line number of csv-parse counts a CRLF inside quotes twice.
      line += raw.match(/\r\n|\n|\r/g)?.length ?? 0;
      return null;
    },
  });
  // The callbacks of `write` and `end` receive the same error.
  parser.on('error', () => undefined);
  const source = createReadStream(file.path);
  let failure: Error | null | undefined;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (file.bytesRead === 0) file.bom = bomOf(chunk, file.path);
      const content = chunk.subarray(file.bytesRead === 0 ? file.bom.length : 0);
      failure = await new Promise((resolve) => parser.write(content, resolve));
      file.bytesRead += chunk.length;
      if (rows.length > 0) yield rows;
      rows = [];
      if (failure != null) break;
    }
  } catch (error) {
    throw error === source.errored ? unreadable(EXIT.failed, file.path, error) : error;
  }
  failure ??= await new Promise<Error | null | undefined>((resolve) => parser.end(resolve));
  if (rows.length > 0) yield rows;
  if (failure != null) {
    throw new ImportError(
      EXIT.rejected,
      `${file.path}:${line}: Cannot read past this line: a quoted value is not closed, or a row is longer than ${MAX_ROW_BYTES} bytes.`,
    );
  }
}

/** The byte order mark at the start of a file, one character per byte. */
function bomOf(start: Buffer, path: string): string {
  const text = start.toString('latin1', 0, UTF_8_BOM.length);
  if (/^(?:\xff\xfe|\xfe\xff)/.test(text)) {
    throw new ImportError(EXIT.usage, `${path}: The file is UTF-16. Save it as UTF-8.`);
  }
  return text === UTF_8_BOM ? text : '';
}

/** Whether a row has a quote that neither encloses a whole value nor is doubled inside an enclosed one. */
function hasMisplacedQuote(row: string): boolean {
  if (!row.includes('"')) return false;
  return row.replace(/(?<=^|,)"[^"]*(?:""[^"]*)*"(?=$|[,\r\n])/g, '').includes('"');
}

function unreadable(exitCode: number, path: string, error: unknown): ImportError {
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'File not found' : `Cannot read the file (${code})`;
  return new ImportError(exitCode, `${path}: ${reason}.`, { cause: error });
}

/** A row and the reasons to reject it. */
export interface RejectedRow extends Row {
  readonly reason: string;
}

/**
 * Keeps the rejected rows of a file in `FILE.rejected.csv`, which only this user can read. Each row stays as
 * it was, byte for byte, after two new columns, `line` and `reason`. A misquoted row therefore is rejected
 * again until someone fixes it. Deletes the file of an earlier run; without rejected rows, there is no file.
 *
 * @throws ImportError if the file cannot be written
 */
export async function openRejectedFile({ path: of, bom, header }: CsvFile) {
  const path = `${of}.rejected.csv`;
  const unwritable = (error: unknown): never => {
    const { code } = error as NodeJS.ErrnoException;
    throw new ImportError(EXIT.failed, `${path}: Cannot write the file (${code}).`, {
      cause: error,
    });
  };
  let start = `${bom}line,reason,${header?.text}\r\n`;
  await rm(path, { force: true }).catch(unwritable);
  return {
    path,
    async add(rows: readonly RejectedRow[]): Promise<void> {
      if (rows.length === 0) return;
      const lines = rows.map(
        ({ line, reason, text }) => `${line},"${reason.replaceAll('"', '""')}",${text}\r\n`,
      );
      const content = start + lines.join('');
      await appendFile(path, content, { encoding: 'latin1', mode: 0o600 }).catch(unwritable);
      start = '';
    },
  };
}
