import { parseArgs } from 'node:util';
import { CommandError, EXIT } from '../command-error.ts';
import { explainSwallowedOption } from '../npm-options.ts';
import { type Kind, knownHeaders } from './columns.ts';

export const USAGE = `npm run people:import -- [--patients FILE] [--practitioners FILE] [--table NAME] [--dry-run]

Imports patients and practitioners from CSV files. Adds new people and updates names and NPIs that
changed. Never deletes anyone and never changes an appointment. You can run it again at any time.

  --patients FILE        CSV file of patients; to import several files, run the command once per file
  --practitioners FILE   CSV file of practitioners; at least one of the two files is required
  --table NAME           table on AWS, reached with the AWS SDK's usual credentials and region;
                         default: the local table of "npm start"
  --dry-run              compare the files with the table and write nothing
  --help                 show this help

Files must be UTF-8 and start with a header. Columns can be in any order; other columns are ignored.

Headers for patients:

${knownHeaders('patients')}

Headers for practitioners:

${knownHeaders('practitioners')}

Invalid rows go to FILE.rejected.csv, and all other rows are imported. For more, see docs/import.md.

Exit codes:
  0    all rows are imported
  1    some rows were rejected, or the rest of a file was unreadable
  2    the command or a file is wrong; nothing was written
  3    the store or the disk failed; run the command again
  130  stopped by Ctrl-C; run the command again`;

const OPTIONS = {
  patients: { type: 'string', multiple: true },
  practitioners: { type: 'string', multiple: true },
  table: { type: 'string', multiple: true },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export interface Command {
  readonly files: readonly { readonly kind: Kind; readonly path: string }[];
  /** A table on AWS, or `undefined` for the local table. */
  readonly table: string | undefined;
  readonly isDryRun: boolean;
}

/** @throws CommandError if the command is wrong */
export function readCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Command | 'help' {
  const swallowed = explainSwallowedOption('people:import', Object.keys(OPTIONS), env);
  if (swallowed !== undefined) throw new CommandError(EXIT.usage, swallowed);
  const values = parseOptions(args);
  if (values.help === true) return 'help';
  // If an option were allowed twice, its first value would be ignored silently.
  const only = (option: 'patients' | 'practitioners' | 'table') => {
    const [value, ...more] = values[option] ?? [];
    if (more.length > 0) {
      throw usageError(`--${option} is given more than once. Run the command once per value.`);
    }
    if (value === '') throw usageError(`--${option} has no value.`);
    return value;
  };
  const files = (['patients', 'practitioners'] as const).flatMap((kind) => {
    const path = only(kind);
    return path === undefined ? [] : [{ kind, path }];
  });
  if (files.length === 0) throw usageError('--patients FILE or --practitioners FILE is required.');
  return { files, table: only('table'), isDryRun: values['dry-run'] === true };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw usageError((error as Error).message);
  }
}

function usageError(message: string): CommandError {
  return new CommandError(EXIT.usage, `${message}\nFor help, run: npm run people:import -- --help`);
}
