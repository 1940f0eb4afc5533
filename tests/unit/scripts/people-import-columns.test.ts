import { describe, expect, it } from '@jest/globals';
import {
  type Kind,
  type ReadPerson,
  recogniseColumns,
} from '../../../scripts/people-import/columns.ts';

/** The bytes of a text, a character for each. */
const bytes = (text: string) => Buffer.from(text).toString('latin1');

/** Reads a row of a file with this header; both without quotes. */
function read(kind: Kind, header: string, row: string): ReadPerson {
  const readPerson = recogniseColumns(kind, 'people.csv', header.split(','));
  return readPerson(row.split(',').map(bytes));
}

const PATIENTS = 'patient_id,first_name,last_name';
const PRACTITIONERS = 'practitioner_id,first_name,last_name,npi';
const SYNTHEA_PATIENTS =
  'Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,MIDDLE,LAST,SUFFIX';
const SYNTHEA_PROVIDERS = 'Id,ORGANIZATION,NAME,GENDER,SPECIALITY';

const alexei = (firstName = 'Alexei', lastName = 'Isac') => ({
  person: { patientId: '1', firstName, lastName },
  warnings: [],
});
const bob = (npi: string | null, ...warnings: string[]) => ({
  person: { practitionerId: '1', firstName: 'Bob', lastName: 'Dr', npi },
  warnings,
});

describe('patients', () => {
  it.each([
    [PATIENTS, '1,Alexei,Isac'],
    ['last_name,patient_id,first_name', 'Isac,1,Alexei'],
    ['PATIENT_ID, First_Name ,last_name,born', ' 1 , Alexei ,Isac  ,1980-01-01'],
    [PATIENTS, '1,Alexei,Isac,, '],
    [SYNTHEA_PATIENTS, '1,1980-01-01,,999-11-1111,,,Mr.,Alexei,Kip442,Isac,'],
    // As exports of Synthea were before 2023, and before 2020.
    ['Id,BIRTHDATE,DEATHDATE,FIRST,LAST', '1,1980-01-01,,Alexei,Isac'],
    ['ID,BIRTHDATE,DEATHDATE,FIRST,LAST', '1,1980-01-01,,Alexei,Isac'],
  ])('with the header %s are read from %s', (header, row) => {
    expect(read('patients', header, row)).toEqual(alexei());
  });

  it('keep the letters of their names', () => {
    expect(read('patients', PATIENTS, "1,José Eduardo,O'Neill-Zoë 李")).toEqual(
      alexei('José Eduardo', "O'Neill-Zoë 李"),
    );
  });

  it.each([
    ['a#b,Alexei,Isac', ['patient_id must be 1 to 64 letters, digits, "_" or "-"']],
    [`${'1'.repeat(65)},Alexei,Isac`, ['patient_id must be 1 to 64 letters, digits, "_" or "-"']],
    [',Alexei, ', ['patient_id is missing', 'last_name is missing']],
    ['1,Ale\u0007xei,Isac', ['first_name must be 1 to 100 characters without control characters']],
    ['1,Ale\nxei,Isac', ['first_name must be 1 to 100 characters without control characters']],
    [
      `1,Alexei,${'n'.repeat(101)}`,
      ['last_name must be 1 to 100 characters without control characters'],
    ],
    ['1,Alexei', ['has 2 values, the header has 3']],
    ['1,Alexei,Isac,Jr', ['has 4 values, the header has 3']],
  ])('are refused in %j', (row, faults) => {
    expect(read('patients', PATIENTS, row)).toEqual({ faults });
  });

  it('are refused where their bytes are not UTF-8', () => {
    const readPerson = recogniseColumns('patients', 'people.csv', PATIENTS.split(','));

    expect(readPerson(['1', 'Zo\u{eb}', 'Isac'])).toEqual({
      faults: ['first_name holds bytes that are not UTF-8'],
    });
  });
});

describe('practitioners', () => {
  it.each([
    [PRACTITIONERS, '1,Bob,Dr,1234567893', bob('1234567893')],
    [PRACTITIONERS, '1,Bob,Dr,', bob(null)],
    ['practitioner_id,first_name,last_name', '1,Bob,Dr', bob(null)],
    [PRACTITIONERS, '1,Bob,Dr,100', bob('100', 'npi is not 10 digits with a right check digit')],
    [
      PRACTITIONERS,
      '1,Bob,Dr,1234567890',
      bob('1234567890', 'npi is not 10 digits with a right check digit'),
    ],
    [SYNTHEA_PROVIDERS, '1,2,Bob Dr,M,GENERAL PRACTICE', bob(null)],
  ])('with the header %s are read from %s', (header, row, result) => {
    expect(read('practitioners', header, row)).toEqual(result);
  });

  it.each([
    ['Noe500 Dibbert990', 'Noe500', 'Dibbert990'],
    ['Kip442 Abby752 Beahan375', 'Kip442 Abby752', 'Beahan375'],
    ['José Eduardo181 Gómez206', 'José Eduardo181', 'Gómez206'],
    ['María del Carmen27 De la Cruz206', 'María del Carmen27', 'De la Cruz206'],
    ['First123 Middle Last', 'First123 Middle', 'Last'],
    ['Ann Mary  Lee', 'Ann Mary', 'Lee'],
    ['Ann Lee2', 'Ann', 'Lee2'],
  ])('of Synthea named %s are %s, %s', (name, firstName, lastName) => {
    expect(read('practitioners', SYNTHEA_PROVIDERS, `1,2,${name},M,GENERAL PRACTICE`)).toEqual({
      person: { practitionerId: '1', firstName, lastName, npi: null },
      warnings: [],
    });
  });

  it.each([
    [
      PRACTITIONERS,
      '1,Bob,Dr,1\u00072',
      'npi must be 1 to 100 characters without control characters',
    ],
    [SYNTHEA_PROVIDERS, '1,2,Bob,M,X', 'NAME must hold a first and a last name'],
    [SYNTHEA_PROVIDERS, '1,2,,M,X', 'NAME is missing'],
    [
      SYNTHEA_PROVIDERS,
      `1,2,Bob ${'n'.repeat(101)},M,X`,
      'NAME must be 1 to 100 characters without control characters',
    ],
  ])('with the header %s are refused in %j', (header, row, fault) => {
    expect(read('practitioners', header, row)).toEqual({ faults: [fault] });
  });
});

describe('a header that is not known', () => {
  it.each([
    ['patients', 'patient_id,first_name'],
    ['patients', 'patient_id,first_name,last_name,first_name'],
    ['patients', PRACTITIONERS],
    ['patients', SYNTHEA_PROVIDERS],
    ['practitioners', PATIENTS],
    ['practitioners', 'practitioner_id,first_name,last_name,npi,NPI'],
    // Synthea's organizations.csv.
    ['practitioners', 'Id,NAME,ADDRESS,CITY,STATE,ZIP,LAT,LON,PHONE,REVENUE,UTILIZATION'],
  ] as const)('of %s, %j, is refused', (kind, header) => {
    expect(() => recogniseColumns(kind, 'people.csv', header.split(','))).toThrow(
      `people.csv does not begin with a header of ${kind} that is known`,
    );
  });

  it.each([
    [[], 'people.csv is empty.'],
    [['patient_id;first_name;last_name'], 'people.csv has semicolons and no commas in its header.'],
  ])('as %j is refused with what it is', (header, sentence) => {
    expect(() => recogniseColumns('patients', 'people.csv', header)).toThrow(
      `${sentence} Known are, in UTF-8 and with commas:\n  patient_id,first_name,last_name`,
    );
  });

  it('is answered with those that are', () => {
    expect(() => recogniseColumns('practitioners', 'people.csv', ['name'])).toThrow(
      '\n  practitioner_id,first_name,last_name,npi  (this service)\n  Id,ORGANIZATION,NAME,GENDER,...  (Synthea, providers.csv)',
    );
  });
});
