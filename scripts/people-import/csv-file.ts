import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type CsvError, parse } from 'csv-parse';
import { type Stringifier, stringify } from 'csv-stringify';
import { CommandError, EXIT } from '../command-error.ts';

/** Far longer than any real row, so that a quote that is never closed does not fill the memory. */
const MAX_ROW_SIZE = 65_536;

const BAD_QUOTE = 'a quote is not closed or not doubled, so the row may include the rows after it';

export interface Row {
  /** The line of the file on which the row starts, from 1. With a bad quote, the line of the quote. */
  readonly line: number;
  /** Empty if the row is unreadable. Bytes that are not UTF-8 become U+FFFD. */
  readonly values: readonly string[];
  /** Why the row is unreadable. */
  readonly fault?: string;
}

export interface CsvFile {
  readonly path: string;
  readonly bytes: number;
  readonly bytesRead: number;
  /** The values of the first row. There are none if the file is empty. */
  readonly header: readonly string[];
  /**
   * The rows after the header, in chunks. Blank rows are left out.
   *
   * @throws CommandError if the rest of the file is unreadable
   */
  rows(): AsyncIterable<readonly Row[]>;
}

/**
 * Opens a CSV file and reads its header.
 *
 * @throws CommandError if the file or its header is unreadable
 */
export async function openCsvFile(path: string): Promise<CsvFile> {
  const stats = await stat(path).catch((error: unknown) => {
    throw unreadable(EXIT.usage, path, error);
  });
  if (!stats.isFile()) throw new CommandError(EXIT.usage, `${path}: Not a file.`);
  const file = { path, bytes: stats.size, bytesRead: 0 };
  const chunks = readRows(file);
  const first = await chunks.next().catch((error: unknown) => {
    throw new CommandError(EXIT.usage, (error as Error).message, { cause: error });
  });
  const [header, ...rows] = first.done === true ? [] : first.value;
  if (header?.fault !== undefined) {
    throw new CommandError(EXIT.usage, `${path}:${header.line}: ${header.fault}.`);
  }
  return Object.assign(file, {
    header: header?.values ?? [],
    async *rows() {
      yield rows;
      yield* chunks;
    },
  });
}

async function* readRows(file: {
  readonly path: string;
  bytesRead: number;
}): AsyncGenerator<readonly Row[], undefined> {
  let rows: Row[] = [];
  let nextLine = 1;
  /** csv-parse counts a CRLF inside quotes twice. */
  let countedTwice = 0;
  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    max_record_size: MAX_ROW_SIZE,
    skip_records_with_error: true,
    // The parser's own stream would drop complete rows if a later row is unreadable.
    on_record(values: string[], { lines }) {
      const text = values.join();
      countedTwice += text.match(/\r\n/g)?.length ?? 0;
      nextLine = lines - countedTwice + 1;
      if (text.replaceAll(',', '').trim() !== '') {
        rows.push({ line: lines - countedTwice - (text.match(/\r\n?|\n/g)?.length ?? 0), values });
      }
      return null;
    },
    on_skip(error) {
      const { code, lines } = error as CsvError & { readonly lines: number };
      if (code === 'CSV_MAX_RECORD_SIZE' || code === 'CSV_QUOTE_NOT_CLOSED') throw error as Error;
      const line = lines - countedTwice;
      // A row can have several bad quotes.
      if (line >= nextLine) rows.push({ line, values: [], fault: BAD_QUOTE });
      nextLine = line + 1;
      return undefined;
    },
  });
  // The callbacks of `write` and `end` receive the same error.
  parser.on('error', () => undefined);
  const source = createReadStream(file.path);
  let failure: Error | null | undefined;
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      if (file.bytesRead === 0 && /^(?:\xff\xfe|\xfe\xff)/.test(chunk.toString('latin1', 0, 2))) {
        throw new CommandError(EXIT.usage, `${file.path}: The file is UTF-16. Save it as UTF-8.`);
      }
      failure = await new Promise((resolve) => parser.write(chunk, resolve));
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
    throw new CommandError(
      EXIT.incomplete,
      `${file.path}:${nextLine}: Cannot read past this line: a quote is never closed, or a row is longer than ${MAX_ROW_SIZE} characters.`,
    );
  }
}

function unreadable(exitCode: number, path: string, error: unknown): CommandError {
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'File not found' : `Cannot read the file (${code})`;
  return new CommandError(exitCode, `${path}: ${reason}.`, { cause: error });
}

/**
 * Writes the rejected rows of a file to `FILE.rejected.csv`, which only this user can read: with two more columns,
 * `line` and `reason`. Deletes the file of an earlier run. Without rejected rows, there is no file.
 *
 * @throws CommandError if the earlier file cannot be deleted
 */
export async function openRejectedFile({ path: of, header }: CsvFile) {
  const path = `${of}.rejected.csv`;
  const unwritable = (error: unknown): never => {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(EXIT.failed, `${path}: Cannot write the file (${code}).`, {
      cause: error,
    });
  };
  await rm(path, { force: true }).catch(unwritable);
  let opened: { rows: Stringifier; written: Promise<void> } | undefined;
  return {
    path,
    add({ line, values }: Row, reason: string): void {
      if (opened === undefined) {
        // Spreadsheets recognize UTF-8 by its byte order mark.
        const rows = stringify({ bom: true, record_delimiter: 'windows' });
        opened = { rows, written: pipeline(rows, createWriteStream(path, { mode: 0o600 })) };
        opened.written.catch(() => undefined);
        rows.write(['line', 'reason', ...header]);
      }
      opened.rows.write([line, reason, ...(values.length > 0 ? values : header.map(() => ''))]);
    },
    /** @throws CommandError if the file could not be written */
    async close(): Promise<void> {
      opened?.rows.end();
      await opened?.written.catch(unwritable);
    },
  };
}
