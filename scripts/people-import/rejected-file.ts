import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type CsvFile, type Row, UTF_8_BOM } from './csv-file.ts';
import { EXIT, ImportError } from './import-error.ts';

/** Takes the rows that are refused. */
export interface RejectedFile {
  readonly path: string;
  add(row: Row, reason: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * The refused rows of a file, in a file beside it that is there only if there are any: the rows as they
 * were, byte for byte within each value, with the columns `line` and `reason` after them. A row with a
 * quote out of place is there with its quotes as they were, so that it is refused again until it is mended.
 * What an earlier run left there is removed. Only this user may read it.
 *
 * @throws ImportError where it cannot be written
 */
export async function openRejectedFile(csv: CsvFile): Promise<RejectedFile> {
  const path = `${csv.path}.rejected.csv`;
  let stream: WriteStream | undefined;
  let failure: Error | undefined;

  const unwritable = (error: unknown) =>
    new ImportError(
      EXIT.stopped,
      `${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`,
      { cause: error },
    );

  async function write(text: string): Promise<void> {
    if (stream === undefined) {
      stream = createWriteStream(path, { mode: 0o600 });
      stream.on('error', (error) => {
        failure = error;
      });
    }
    if (!stream.write(text, 'latin1') && failure === undefined) {
      await once(stream, 'drain').catch(() => undefined);
    }
    if (failure !== undefined) throw unwritable(failure);
  }

  await rm(path, { force: true }).catch((error: unknown) => {
    throw unwritable(error);
  });
  return {
    path,

    async add({ line, values, misquoted }, reason) {
      const { header, hasBom } = csv;
      if (stream === undefined) {
        await write((hasBom ? UTF_8_BOM : '') + csvLine([...header, 'line', 'reason']));
      }
      if (misquoted !== undefined) {
        const missing = ','.repeat(Math.max(header.length - values.length, 0));
        await write(`${misquoted}${missing},${csvLine([String(line), reason])}`);
        return;
      }
      // `line` and `reason` stand below their names, whatever number of values the row has.
      const own = Array.from(header, (_, column) => values[column] ?? '');
      await write(csvLine([...own, String(line), reason, ...values.slice(header.length)]));
    },

    async close() {
      if (stream === undefined) return;
      stream.end();
      if (failure === undefined) await once(stream, 'close').catch(() => undefined);
      if (failure !== undefined) throw unwritable(failure);
    },
  };
}

function csvLine(values: readonly string[]): string {
  return `${values.map(quoted).join(',')}\r\n`;
}

function quoted(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
