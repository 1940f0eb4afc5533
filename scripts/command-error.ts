/** The exit codes of the commands that work on a table. */
export const EXIT = {
  done: 0,
  /** Everything that could be done was done, and the output lists what is left. */
  incomplete: 1,
  /** The command or a file is wrong. Nothing was written. */
  usage: 2,
  /** The store or the disk failed. Another run completes the work. */
  failed: 3,
  /** Ctrl-C, by the convention of shells. Another run completes the work. */
  interrupted: 130,
} as const;

/** Ends a command. The message is for the person at the terminal. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}
