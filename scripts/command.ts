import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { StartError } from './local/start-error.ts';
import { explainSwallowedOption } from './npm-options.ts';

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
export class CommandError extends StartError {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Runs a command and sets the exit code of the process. Prints only the message of an error that the user can fix. */
export async function runCommand(run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    const { message, syscall } = error as NodeJS.ErrnoException;
    if (error instanceof CommandError) process.exitCode = error.exitCode;
    else if (error instanceof StartError) process.exitCode = EXIT.usage;
    else if (syscall !== undefined) process.exitCode = EXIT.failed;
    else throw error;
    console.error(message);
  }
}

/**
 * Parses the command-line options of this process.
 *
 * @param script the npm script, such as `reset`
 * @param help a hint where to find the valid options
 * @throws StartError if an option is wrong, or if npm kept one for itself
 */
export function readOptions<Options extends ParseArgsOptionsConfig>(
  script: string,
  options: Options,
  help = `For help, run: npm run ${script} -- --help`,
) {
  const swallowed = explainSwallowedOption(script, Object.keys(options), process.env);
  if (swallowed) throw new StartError(swallowed);
  try {
    const { values, tokens } = parseArgs({ options, tokens: true });
    const names = tokens.flatMap((token) => (token.kind === 'option' ? [token.name] : []));
    const repeated = names.find(
      (name, i) => options[name]?.multiple !== true && names.indexOf(name) < i,
    );
    if (repeated !== undefined) throw new Error(`--${repeated} is given more than once.`);
    return values;
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${help}`);
  }
}

/** A whole number with commas. */
export function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** A bar for a share from 0 to 1: `[########............] 40%`. */
export function progressBar(share: number): string {
  const percent = Math.floor(share * 100);
  return `[${'#'.repeat(percent / 5).padEnd(20, '.')}] ${percent}%`;
}

/**
 * Shows the progress of a command until it ends: on a terminal, in one line that is overwritten; elsewhere, in a new line
 * every five seconds.
 */
export async function withProgress<T>(
  line: () => string,
  result: Promise<T>,
  stream: Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean } = process.stderr,
): Promise<T> {
  const clear = '\u001b[K';
  const timer = stream.isTTY
    ? setInterval(() => stream.write(`${line()}${clear}\r`), 100)
    : setInterval(() => stream.write(`${line()}\n`), 5000);
  return result.finally(() => {
    clearInterval(timer);
    if (stream.isTTY) stream.write(clear);
  });
}
