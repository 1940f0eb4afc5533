/** The exit codes of an import. */
export const EXIT = {
  done: 0,
  /** Some rows were rejected, or the rest of a file was unreadable. All other rows were imported. */
  rejected: 1,
  /** The command or a file is wrong. Nothing was written. */
  usage: 2,
  /** The store or the disk failed. Another run completes the import. */
  failed: 3,
  /** Ctrl-C, by the convention of shells. Another run completes the import. */
  interrupted: 130,
} as const;

/** Ends an import. The message is for the person at the terminal. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
