import { parseArgs } from 'node:util';
import { explainSwallowedOption } from '../npm-options.ts';
import { type Kind, knownHeaders } from './columns.ts';
import { EXIT, ImportError } from './import-error.ts';

export const USAGE = `npm run people:import -- [--patients FILE] [--practitioners FILE] [--table NAME] [--dry-run]

Brings patients and practitioners into the table. It adds who is new, updates names and NPIs that
have changed, and writes nothing else: nobody is removed, and no appointment is touched. It can be
run again at any time.

  --patients FILE        a CSV file of patients; for several files, run it once for each
  --practitioners FILE   a CSV file of practitioners; one of the two files is needed
  --table NAME           a table on AWS, with the usual credentials and region of the AWS SDK;
                         without it, the table of the local stage that "npm start" runs
  --dry-run              reads and compares, and writes nothing
  --help                 shows this

The files are UTF-8 and have a header. Columns may be in any order, and others are ignored. Patients:

${knownHeaders('patients')}

Practitioners:

${knownHeaders('practitioners')}

An id is 1 to 64 letters, digits, "_" or "-"; a name is 1 to 100 characters. Rows that are not right
are written to FILE.rejected.csv, and the others go in.

Exit codes: 0 everything is in; 1 rows were refused; 2 the command or a file is wrong, and nothing was
begun; 3 the store could not be used to the end (run it again); 130 stopped by Ctrl-C (run it again).`;

const OPTIONS = {
  patients: { type: 'string' },
  practitioners: { type: 'string' },
  table: { type: 'string' },
  'dry-run': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

export interface Command {
  readonly files: readonly { readonly kind: Kind; readonly path: string }[];
  /** A table on AWS; the local one if there is none. */
  readonly table: string | undefined;
  readonly isDryRun: boolean;
}

/**
 * Reads the words after the name of the command, and what npm has made of those before them.
 *
 * @returns `help` where that is asked for
 * @throws ImportError where it is wrong
 */
export function readCommand(
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Command | 'help' {
  const swallowed = explainSwallowedOption('people:import', Object.keys(OPTIONS), env);
  if (swallowed !== undefined) throw new ImportError(EXIT.wrongUse, swallowed);
  const { patients, practitioners, table, help, ...rest } = options(words);
  if (help === true) return 'help';
  const files = Object.entries({ patients, practitioners }).flatMap(([kind, path]) =>
    path === undefined ? [] : [{ kind: kind as Kind, path }],
  );
  if (files.length === 0) throw wrongUse('It needs --patients FILE or --practitioners FILE.');
  for (const [name, value] of Object.entries({ patients, practitioners, table })) {
    if (value === '') throw wrongUse(`--${name} has no value.`);
  }
  return { files, table, isDryRun: rest['dry-run'] === true };
}

/** @throws ImportError where one is not known, or one with a value is there twice: the first would be left out */
function options(words: readonly string[]) {
  const { values, tokens } = parse(words);
  const names = tokens.flatMap((token) =>
    token.kind === 'option' && token.value !== undefined ? [token.name] : [],
  );
  const repeated = names.find((name, at) => names.indexOf(name) < at);
  if (repeated !== undefined) {
    throw wrongUse(`--${repeated} is given more than once: run the command once for each.`);
  }
  return values;
}

function parse(words: readonly string[]) {
  try {
    const { values, tokens } = parseArgs({
      args: [...words],
      tokens: true,
      options: OPTIONS,
    });
    return { values, tokens };
  } catch (error) {
    throw wrongUse((error as Error).message);
  }
}

function wrongUse(reason: string): ImportError {
  return new ImportError(
    EXIT.wrongUse,
    `${reason}\nKnown are --patients FILE, --practitioners FILE, --table NAME, --dry-run and --help. After "npm run people:import", options stand behind "--".`,
  );
}
