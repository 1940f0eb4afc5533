import { isUtf8 } from 'node:buffer';
import type { Parsed } from '../../src/domain/parsed.ts';
import { type Patient, type Practitioner, parseId, parseName } from '../../src/domain/people.ts';
import { EXIT, ImportError } from './import-error.ts';
import { isIssuedNpi } from './npi.ts';

const KINDS = ['patients', 'practitioners'] as const;
export type Kind = (typeof KINDS)[number];

/** What became of a row; faults and warnings name columns and never quote a value. */
export type ReadPerson =
  | { readonly person: Patient | Practitioner; readonly warnings: readonly string[] }
  | { readonly faults: readonly string[] };

/** Reads one row, of which the values have a character for each byte. */
export type PersonReader = (values: readonly string[]) => ReadPerson;

/** A form of file, known by its columns; their order and other columns do not matter. */
interface Form {
  readonly name: string;
  readonly columns: readonly string[];
  /** For the person who asks what is known. */
  readonly example: string;
  readonly read: (values: RowValues) => Patient | Practitioner | undefined;
}

const FORMS: Readonly<Record<Kind, readonly Form[]>> = {
  patients: [
    {
      name: 'this service',
      columns: ['patient_id', 'first_name', 'last_name'],
      example: 'patient_id,first_name,last_name',
      read: (values) => patient(values, 'patient_id', 'first_name', 'last_name'),
    },
    {
      name: 'Synthea, patients.csv',
      columns: ['Id', 'BIRTHDATE', 'FIRST', 'LAST'],
      example: 'Id,BIRTHDATE,...,FIRST,...,LAST,...',
      read: (values) => patient(values, 'Id', 'FIRST', 'LAST'),
    },
  ],
  practitioners: [
    {
      name: 'this service',
      columns: ['practitioner_id', 'first_name', 'last_name'],
      example: 'practitioner_id,first_name,last_name,npi',
      read: (values) => {
        const practitionerId = values.get('practitioner_id', parseId);
        const firstName = values.get('first_name', parseName);
        const lastName = values.get('last_name', parseName);
        const npi = values.getOptional('npi', parseNpi);
        if (npi !== null && npi !== undefined && !isIssuedNpi(npi)) {
          values.warn('npi is not 10 digits with a right check digit');
        }
        return practitionerId && firstName && lastName && npi !== undefined
          ? { practitionerId, firstName, lastName, npi }
          : undefined;
      },
    },
    {
      name: 'Synthea, providers.csv',
      // Synthea's organizations have an Id and a NAME too.
      columns: ['Id', 'ORGANIZATION', 'NAME', 'GENDER'],
      example: 'Id,ORGANIZATION,NAME,GENDER,...',
      read: (values) => {
        const practitionerId = values.get('Id', parseId);
        const names = values.get('NAME', parseFullName);
        return practitionerId && names && { practitionerId, ...names, npi: null };
      },
    },
  ],
};

/** The headers that are known for a kind of people, one a line. */
export function knownHeaders(kind: Kind): string {
  return FORMS[kind].map(({ example, name }) => `  ${example}  (${name})`).join('\n');
}

/**
 * Recognises a file by its header, in capitals or not.
 *
 * @param header the names of the columns, a character for each byte
 * @throws ImportError where the columns are not those of a known form
 */
export function recogniseColumns(
  kind: Kind,
  path: string,
  header: readonly string[],
): PersonReader {
  const names = header.map(folded);
  const form = FORMS[kind].find(({ columns }) => columns.every((name) => occurs(names, name)));
  if (form === undefined || names.filter((name) => name === 'npi').length > 1) {
    throw new ImportError(
      EXIT.wrongUse,
      `${path} ${faultOfHeader(kind, header)}. Known are, in UTF-8 and with commas:\n${knownHeaders(kind)}`,
    );
  }
  return (values) => {
    // Old exports of Synthea, and spreadsheets, end rows with commas.
    if (
      values.length < names.length ||
      values.slice(names.length).some((value) => value.trim() !== '')
    ) {
      return { faults: [`has ${values.length} values, the header has ${names.length}`] };
    }
    const row = new RowValues(names, values);
    const person = form.read(row);
    return person === undefined ? { faults: row.faults } : { person, warnings: row.warnings };
  };
}

function faultOfHeader(kind: Kind, header: readonly string[]): string {
  const [first, ...others] = header;
  if (first === undefined) return 'is empty';
  return first.includes(';') && others.length === 0
    ? 'has semicolons and no commas in its header'
    : `does not begin with a header of ${kind} that is known, or has one of its columns twice`;
}

const folded = (name: string) => name.trim().toLowerCase();

function occurs(names: readonly string[], name: string): boolean {
  return names.filter((other) => other === folded(name)).length === 1;
}

/** The values of a row by their columns, and what is wrong with them. */
class RowValues {
  readonly faults: string[] = [];
  readonly warnings: string[] = [];
  readonly #names: readonly string[];
  readonly #values: readonly string[];

  constructor(names: readonly string[], values: readonly string[]) {
    this.#names = names;
    this.#values = values;
  }

  /** The value of a column; `undefined` where it is at fault. Spaces around it are dropped. */
  get<T>(column: string, parse: (text: string) => Parsed<T>): T | undefined {
    const value = this.getOptional(column, parse);
    if (value === null) this.faults.push(`${column} is missing`);
    return value ?? undefined;
  }

  /** The same; null where the value or the whole column is missing. */
  getOptional<T>(column: string, parse: (text: string) => Parsed<T>): T | null | undefined {
    const bytes = this.#values[this.#names.indexOf(folded(column))] ?? '';
    const text = utf8Of(bytes)?.trim();
    if (text === '') return null;
    const parsed: Parsed<T> =
      text === undefined ? { fault: 'holds bytes that are not UTF-8' } : parse(text);
    if ('value' in parsed) return parsed.value;
    this.faults.push(`${column} ${parsed.fault}`);
    return undefined;
  }

  warn(warning: string): void {
    this.warnings.push(warning);
  }
}

/** The text of which the characters are the bytes in UTF-8; `undefined` where they are not. */
function utf8Of(bytes: string): string | undefined {
  if (/^[\0-\x7f]*$/.test(bytes)) return bytes;
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
}

function patient(values: RowValues, id: string, first: string, last: string): Patient | undefined {
  const patientId = values.get(id, parseId);
  const firstName = values.get(first, parseName);
  const lastName = values.get(last, parseName);
  return patientId && firstName && lastName && { patientId, firstName, lastName };
}

/** The contract has no form for an NPI: text that can be shown, as long as a name at the most. */
function parseNpi(text: string): Parsed<string> {
  return parseName(text);
}

/**
 * Splits a name that is one text. The last name is its last word, and the first name all before. But
 * Synthea ends each of a person's names with a number, and a name can have several words: in `José
 * Eduardo181 De la Cruz206`, the last name is `De la Cruz206`.
 */
function parseFullName(text: string): Parsed<Pick<Practitioner, 'firstName' | 'lastName'>> {
  const words = text.split(/ +/);
  let start = words.length - 1;
  if (words.slice(0, start).some(isNumbered) && isNumbered(words[start])) {
    while (!isNumbered(words[start - 1])) start -= 1;
  }
  if (start === 0) return { fault: 'must hold a first and a last name' };
  const firstName = parseName(words.slice(0, start).join(' '));
  const lastName = parseName(words.slice(start).join(' '));
  if ('fault' in firstName) return firstName;
  if ('fault' in lastName) return lastName;
  return { value: { firstName: firstName.value, lastName: lastName.value } };
}

function isNumbered(word = ''): boolean {
  return /\d$/.test(word);
}
