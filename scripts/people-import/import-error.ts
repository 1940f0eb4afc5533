/** A reason not to begin, or not to go on, as a sentence for the person at the terminal. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** What an import can end with. */
export const EXIT = {
  /** Every row is in. */
  done: 0,
  /** Rows were refused, or a file could not be read to its end; the others are in. */
  refused: 1,
  /** Nothing was begun: the command or a file is not what it should be. */
  wrongUse: 2,
  /** The store could not be reached, or refused. Another run completes what was begun. */
  stopped: 3,
  /** Ctrl-C, as shells count it. Another run completes what was begun. */
  interrupted: 130,
} as const;
