import type { Parsed } from '../../src/domain/parsed.ts';
import { ID, NAME, type Name, NPI } from '../../src/domain/people.ts';
import { CommandError, EXIT } from '../command-error.ts';
import type { Person } from './put-people.ts';

export type Kind = 'patients' | 'practitioners';

/** A person, or the reasons to reject the row. Reasons and warnings name columns and never quote a value. */
export type ReadPerson =
  | { readonly person: Person; readonly warning?: string }
  | { readonly faults: readonly string[] };

/** A file format, recognized by the columns of its header. */
interface Format {
  readonly name: string;
  /** As shown to the user. The first column is the id. All columns but `npi` are required. */
  readonly header: string;
  /** The column of the full name, or the columns of the first and the last name. */
  readonly names: readonly [string] | readonly [string, string];
}

const NAMES = ['first_name', 'last_name'] as const;

const FORMATS: Readonly<Record<Kind, readonly Format[]>> = {
  patients: [
    { name: 'this service', header: 'patient_id,first_name,last_name', names: NAMES },
    {
      name: 'Synthea patients.csv',
      header: 'Id,BIRTHDATE,...,FIRST,...,LAST,...',
      names: ['FIRST', 'LAST'],
    },
  ],
  practitioners: [
    { name: 'this service', header: 'practitioner_id,first_name,last_name,npi', names: NAMES },
    // ORGANIZATION and GENDER tell this file from Synthea's organizations.csv.
    {
      name: 'Synthea providers.csv',
      header: 'Id,ORGANIZATION,NAME,GENDER,...',
      names: ['NAME'],
    },
  ],
};

/** The known headers for a kind of people, one per line. */
export function knownHeaders(kind: Kind): string {
  return FORMATS[kind].map(({ header, name }) => `  ${header}  (${name})`).join('\n');
}

/**
 * Recognizes a file by its header. Case, order and additional columns do not matter.
 *
 * @throws CommandError if the header is unknown
 */
export function recognizeColumns(kind: Kind, path: string, header: readonly string[]) {
  const columns = header.map(folded);
  const occurrences = (name: string) => columns.filter((column) => column === folded(name)).length;
  const format = FORMATS[kind].find((known) =>
    known.header
      .split(',')
      .filter((name) => name !== '...' && name !== 'npi')
      .every((name) => occurrences(name) === 1),
  );
  if (format === undefined || occurrences('npi') > 1) {
    throw new CommandError(
      EXIT.usage,
      `${path}: ${faultOfHeader(kind, header)} Use UTF-8, commas and one of these headers:\n${knownHeaders(kind)}`,
    );
  }
  const { names } = format;
  const [id = ''] = format.header.split(',');

  return (values: readonly string[]): ReadPerson => {
    // Spreadsheets and old Synthea exports add commas to the end of rows.
    if (
      values.length < columns.length ||
      values.slice(columns.length).some((value) => value.trim() !== '')
    ) {
      return { faults: [`has ${values.length} values, but the header has ${columns.length}`] };
    }
    const faults: string[] = [];
    /** The parsed value, null if it is missing, or `undefined` if it has a fault. */
    function read<T>(column: string, parse: (text: string) => Parsed<T>): T | null | undefined {
      const text = (values[columns.indexOf(folded(column))] ?? '').trim();
      if (text === '') return null;
      const parsed: Parsed<T> = text.includes('\u{fffd}')
        ? { fault: 'contains bytes that are not UTF-8' }
        : parse(text);
      if ('value' in parsed) return parsed.value;
      faults.push(`${column} ${parsed.fault}`);
      return undefined;
    }
    function readRequired<T>(column: string, parse: (text: string) => Parsed<T>): T | undefined {
      const value = read(column, parse);
      if (value === null) faults.push(`${column} is missing`);
      return value ?? undefined;
    }

    const personId = readRequired(id, ID.parse);
    const [firstName, lastName] =
      names.length === 1
        ? (readRequired(names[0], parseFullName) ?? [])
        : [readRequired(names[0], NAME.parse), readRequired(names[1], NAME.parse)];
    const npi = kind === 'practitioners' ? read('npi', NPI.parse) : null;
    if (!personId || !firstName || !lastName || npi === undefined) return { faults };
    if (kind === 'patients') return { person: { patientId: personId, firstName, lastName } };
    return {
      person: { practitionerId: personId, firstName, lastName, npi },
      ...(npi !== null &&
        !isIssuedNpi(npi) && { warning: 'npi is not 10 digits with a valid check digit' }),
    };
  };
}

export type PersonReader = ReturnType<typeof recognizeColumns>;

const folded = (name: string) => name.trim().toLowerCase();

function faultOfHeader(kind: Kind, header: readonly string[]): string {
  if (header.length === 0) return 'The file is empty.';
  return header.length === 1 && header[0]?.includes(';') === true
    ? 'The header has semicolons instead of commas.'
    : `The header is not one for ${kind}, or it has a column twice.`;
}

/**
 * Splits a full name. The last word is the last name, and all words before it are the first name. But
 * Synthea ends each name with a number, and a name can have several words: in `José Eduardo181 De la
 * Cruz206`, the last name is `De la Cruz206`.
 */
function parseFullName(text: string): Parsed<readonly [Name, Name]> {
  const words = text.split(/ +/);
  let start = words.length - 1;
  if (words.slice(0, start).some(isNumbered) && isNumbered(words[start])) {
    while (!isNumbered(words[start - 1])) start -= 1;
  }
  if (start === 0) return { fault: 'must contain a first and a last name' };
  const firstName = NAME.parse(words.slice(0, start).join(' '));
  const lastName = NAME.parse(words.slice(start).join(' '));
  if ('fault' in firstName) return firstName;
  if ('fault' in lastName) return lastName;
  return { value: [firstName.value, lastName.value] };
}

function isNumbered(word = ''): boolean {
  return /\d$/.test(word);
}

/**
 * Whether text is a National Provider Identifier: 10 digits that pass the Luhn check with 80840 before
 * them (CMS, "Requirements for National Provider Identifier (NPI) and NPI Check Digit",
 * https://www.cms.gov/Regulations-and-Guidance/Administrative-Simplification/NationalProvIdentStand/Downloads/NPIcheckdigit.pdf).
 */
function isIssuedNpi(text: string): boolean {
  if (!/^\d{10}$/.test(text)) return false;
  const sum = Array.from(`80840${text}`)
    .reverse()
    .reduce((total, digit, position) => {
      const weighted = Number(digit) * (position % 2 === 0 ? 1 : 2);
      return total + (weighted > 9 ? weighted - 9 : weighted);
    }, 0);
  return sum % 10 === 0;
}
