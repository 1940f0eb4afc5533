import { appendFileSync, createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { getSystemErrorMessage } from 'node:util';
import { type CsvError, parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { CommandError, EXIT } from '../command.ts';

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

interface File {
  readonly path: string;
  readonly bytes: number;
  bytesRead: number;
}

export interface CsvFile extends Readonly<File> {
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
  try {
    const file: File = { path, bytes: (await stat(path)).size, bytesRead: 0 };
    const chunks = readRows(file);
    const { value: [header, ...rows] = [] } = await chunks.next();
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
  } catch (error) {
    const { errno, message } = error as NodeJS.ErrnoException;
    const sentence = errno === undefined ? message : `${path}: ${getSystemErrorMessage(errno)}.`;
    throw new CommandError(EXIT.usage, sentence, { cause: error });
  }
}

async function* readRows(file: File): AsyncGenerator<readonly Row[], undefined> {
  let rows: Row[] = [];
  const state = { nextLine: 1, isUnreadable: false };
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
      if (state.isUnreadable) return null;
      const text = values.join();
      countedTwice += text.match(/\r\n/g)?.length ?? 0;
      state.nextLine = lines - countedTwice + 1;
      if (text.replaceAll(',', '').trim() !== '') {
        rows.push({ line: lines - countedTwice - (text.match(/\r\n?|\n/g)?.length ?? 0), values });
      }
      return null;
    },
    on_skip(error) {
      const { code, lines } = error as CsvError & { readonly lines: number };
      state.isUnreadable ||= code === 'CSV_MAX_RECORD_SIZE' || code === 'CSV_QUOTE_NOT_CLOSED';
      if (state.isUnreadable) return undefined;
      const line = lines - countedTwice;
      // A row can have several bad quotes.
      if (line >= state.nextLine) rows.push({ line, values: [], fault: BAD_QUOTE });
      state.nextLine = line + 1;
      return undefined;
    },
  });
  for await (const chunk of createReadStream(file.path) as AsyncIterable<Buffer>) {
    await new Promise((resolve) => parser.write(chunk, resolve));
    file.bytesRead += chunk.length;
    if (rows.length > 0) yield rows;
    rows = [];
    if (state.isUnreadable) break;
  }
  if (!state.isUnreadable) await new Promise<void>((resolve) => parser.end(resolve));
  if (rows.length > 0) yield rows;
  if (state.isUnreadable) {
    throw new CommandError(
      EXIT.incomplete,
      `${file.path}:${state.nextLine}: Cannot read past this line: a quote is never closed, or a row is longer than ${MAX_ROW_SIZE} characters.`,
    );
  }
}

/**
 * Writes the rejected rows of a file to `FILE.rejected.csv`, which only this user can read: with two more columns,
 * `line` and `reason`. Deletes the file of an earlier run. Without rejected rows, there is no file.
 */
export async function openRejectedFile({ path: of, header }: CsvFile) {
  const path = `${of}.rejected.csv`;
  await rm(path, { force: true });
  let isNew = true;
  return {
    path,
    add({ line, values }: Row, reason: string): void {
      const row = [line, reason, ...(values.length > 0 ? values : header.map(() => ''))];
      const rows = isNew ? [['line', 'reason', ...header], row] : [row];
      // Spreadsheets recognize UTF-8 by its byte order mark.
      const text = stringify(rows, { bom: isNew, record_delimiter: 'windows' });
      appendFileSync(path, text, { mode: 0o600 });
      isNew = false;
    },
  };
}
