import type { Parsed } from '../../src/domain/parsed.ts';
import { ID, NAME, type Name, NPI } from '../../src/domain/people.ts';
import { CommandError, EXIT } from '../command.ts';
import type { Person } from './put-people.ts';

export type Kind = 'patients' | 'practitioners';

/** A person, or the reasons to reject the row. Reasons and warnings name columns and never quote a value. */
export type ReadPerson =
  | { readonly person: Person; readonly warning?: string }
  | { readonly faults: readonly string[] };

/** The known headers. The first column is the id. All columns but `npi` are required. */
export const HEADERS: Readonly<Record<Kind, readonly string[]>> = {
  patients: [
    'patient_id,first_name,last_name',
    // Synthea's patients.csv.
    'Id,BIRTHDATE,...,FIRST,...,LAST,...',
  ],
  practitioners: [
    'practitioner_id,first_name,last_name,npi',
    // Synthea's providers.csv. ORGANIZATION and GENDER tell it from organizations.csv.
    'Id,ORGANIZATION,NAME,GENDER,...',
  ],
};

/**
 * Recognizes a file by its header. Case, order and additional columns do not matter.
 *
 * @throws CommandError if the header is unknown
 */
export function recognizeColumns(kind: Kind, path: string, header: readonly string[]) {
  const columns = header.map(folded);
  const occurrences = (name: string) => columns.filter((column) => column === folded(name)).length;
  const required = HEADERS[kind]
    .map((known) => known.split(',').filter((name) => name !== '...' && name !== 'npi'))
    .find((names) => names.every((name) => occurrences(name) === 1));
  if (required === undefined || occurrences('npi') > 1) {
    throw new CommandError(
      EXIT.usage,
      `${path}: The header is not one for ${kind}, or it has a column twice. Use UTF-8, commas and one of these headers:\n${HEADERS[kind].join('\n')}`,
    );
  }
  const [id = ''] = required;
  const nameColumns = required.filter((name) => /first|last/i.test(name));

  return (values: readonly string[]): ReadPerson => {
    // Spreadsheets and old Synthea exports add commas to the end of rows.
    if (
      values.length < columns.length ||
      values.slice(columns.length).some((value) => value.trim() !== '')
    ) {
      return { faults: [`has ${values.length} values, but the header has ${columns.length}`] };
    }
    const faults: string[] = [];
    const textOf = (column: string) => (values[columns.indexOf(folded(column))] ?? '').trim();
    function read<T>(column: string, parse: (text: string) => Parsed<T>): T | undefined {
      const text = textOf(column);
      const parsed: Parsed<T> = text.includes('\u{fffd}')
        ? { fault: 'contains bytes that are not UTF-8' }
        : parse(text);
      if ('value' in parsed) return parsed.value;
      faults.push(`${column} ${text === '' ? 'is missing' : parsed.fault}`);
      return undefined;
    }

    const personId = read(id, ID.parse);
    const [firstName, lastName] =
      nameColumns.length > 0
        ? nameColumns.map((column) => read(column, NAME.parse))
        : (read('NAME', parseFullName) ?? []);
    const hasNpi = kind === 'practitioners' && textOf('npi') !== '';
    const npi = hasNpi ? read('npi', NPI.parse) : null;
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

/**
 * Splits a full name. The last word is the last name, and all words before it are the first name. But
 * Synthea ends each name with a number, and a name can have several words: in `José Eduardo181 De la
 * Cruz206`, the last name is `De la Cruz206`.
 */
function parseFullName(text: string): Parsed<readonly [Name, Name]> {
  const parts = /^(.*\d) +(.*\d)$/.exec(text) ?? /^(.*\S) +(\S+)$/.exec(text);
  if (parts === null) return { fault: 'must contain a first and a last name' };
  const [firstName, lastName] = [NAME.parse(parts[1] ?? ''), NAME.parse(parts[2] ?? '')];
  if ('fault' in firstName) return firstName;
  if ('fault' in lastName) return lastName;
  return { value: [firstName.value, lastName.value] };
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
