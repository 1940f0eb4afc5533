const MILLISECONDS_BETWEEN_BARS = 100;
const MILLISECONDS_BETWEEN_LINES = 5000;
const WIDEST_BAR = 40;

/** How far one file is. */
interface Position {
  readonly file: string;
  readonly rows: number;
  readonly bytesRead: number;
  readonly bytes: number;
}

export interface Progress {
  show(position: Position): void;
  /** Prints a line of its own. */
  line(text: string): void;
  /** Takes the bar away, if there is one. */
  end(): void;
}

/**
 * Shows how far an import is: on a terminal a bar in the last line, elsewhere a line every five seconds.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function createProgress(
  stream: Pick<NodeJS.WriteStream, 'write' | 'columns'> & { readonly isTTY?: boolean },
  now: () => number = () => performance.now(),
): Progress {
  const isTerminal = stream.isTTY === true;
  let current: { file: string; began: number; rowsBefore: number } | undefined;
  let shown = isTerminal ? -Infinity : now();
  let hasBar = false;

  function clear(): void {
    if (hasBar) stream.write('\r\u001b[K');
    hasBar = false;
  }

  return {
    show({ file, rows, bytesRead, bytes }) {
      const time = now();
      if (current?.file !== file) current = { file, began: time, rowsBefore: rows };
      if (time - shown < (isTerminal ? MILLISECONDS_BETWEEN_BARS : MILLISECONDS_BETWEEN_LINES)) {
        return;
      }
      shown = time;
      const share = bytes === 0 ? 1 : Math.min(bytesRead / bytes, 1);
      const seconds = (time - current.began) / 1000;
      const speed = seconds > 0 ? Math.round((rows - current.rowsBefore) / seconds) : 0;
      const text = `${Math.floor(share * 100)} %  ${count(rows)} rows, ${count(speed)} a second`;
      if (!isTerminal) {
        stream.write(`${file}: ${text}\n`);
        return;
      }
      // The last column stays free: some terminals go on to the next line there.
      const room = stream.columns - 1;
      const width = Math.min(WIDEST_BAR, room - file.length - text.length - 6);
      const bar = width < 5 ? '' : `[${'#'.repeat(share * width).padEnd(width)}]  `;
      clear();
      stream.write(`${file}  ${bar}${text}`.slice(0, room));
      hasBar = true;
    },

    line(text) {
      clear();
      stream.write(`${text}\n`);
    },

    end: clear,
  };
}

/** A whole number, with commas. */
export function count(number: number): string {
  return number.toLocaleString('en-US');
}
