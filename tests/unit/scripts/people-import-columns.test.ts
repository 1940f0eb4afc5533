import { describe, expect, it } from '@jest/globals';
import {
  type Kind,
  type ReadPerson,
  recognizeColumns,
} from '../../../scripts/people-import/columns.ts';

/** Reads an unquoted row of a file with this header. */
function read(kind: Kind, header: string, row: string): ReadPerson {
  const readPerson = recognizeColumns(kind, 'people.csv', header.split(','));
  return readPerson(row.split(','));
}

const PATIENTS = 'patient_id,first_name,last_name';
const PRACTITIONERS = 'practitioner_id,first_name,last_name,npi';
const SYNTHEA_PATIENTS =
  'Id,BIRTHDATE,DEATHDATE,SSN,DRIVERS,PASSPORT,PREFIX,FIRST,MIDDLE,LAST,SUFFIX';
const SYNTHEA_PROVIDERS = 'Id,ORGANIZATION,NAME,GENDER,SPECIALITY';

const NAME_FAULT =
  'must be 1 to 100 characters, at least one of them visible, without control characters or bidirectional overrides';
const ID_FAULT = 'must be 1 to 64 letters, digits, "_" or "-"';

describe('a patient', () => {
  it.each([
    [PATIENTS, '1,Alexei,Isac'],
    ['last_name,patient_id,first_name', 'Isac,1,Alexei'],
    ['PATIENT_ID, First_Name ,last_name,born', ' 1 , Alexei ,Isac  ,1980-01-01'],
    [PATIENTS, '1,Alexei,Isac,, '],
    [SYNTHEA_PATIENTS, '1,1980-01-01,,999-11-1111,,,Mr.,Alexei,Kip442,Isac,'],
    // Synthea before 2023, and before 2020.
    ['Id,BIRTHDATE,DEATHDATE,FIRST,LAST', '1,1980-01-01,,Alexei,Isac'],
    ['ID,BIRTHDATE,DEATHDATE,FIRST,LAST', '1,1980-01-01,,Alexei,Isac'],
  ])('is read with the header %s from %s', (header, row) => {
    expect(read('patients', header, row)).toEqual({
      person: { patientId: '1', firstName: 'Alexei', lastName: 'Isac' },
    });
  });

  it('keeps all letters of a name, in the Unicode form NFC', () => {
    expect(read('patients', PATIENTS, "1,Jose\u0301 Eduardo,O'Neill-Zoë 李")).toEqual({
      person: { patientId: '1', firstName: 'José Eduardo', lastName: "O'Neill-Zoë 李" },
    });
  });

  it.each([
    ['a#b,Alexei,Isac', [`patient_id ${ID_FAULT}`]],
    [`${'1'.repeat(65)},Alexei,Isac`, [`patient_id ${ID_FAULT}`]],
    [',Alexei, ', ['patient_id is missing', 'last_name is missing']],
    ['1,Ale\u0007xei,Isac', [`first_name ${NAME_FAULT}`]],
    ['1,\u200b,Isac', [`first_name ${NAME_FAULT}`]],
    ['1,Zo\ufffd,Isac', ['first_name contains bytes that are not UTF-8']],
    [`1,Alexei,${'n'.repeat(101)}`, [`last_name ${NAME_FAULT}`]],
    ['1,Alexei', ['has 2 values, but the header has 3']],
    ['1,Alexei,Isac,Jr', ['has 4 values, but the header has 3']],
  ])('is rejected in %j', (row, faults) => {
    expect(read('patients', PATIENTS, row)).toEqual({ faults });
  });
});

describe('a practitioner', () => {
  it.each([
    [PRACTITIONERS, '1,Bob,Dr,', null],
    ['practitioner_id,first_name,last_name', '1,Bob,Dr', null],
    [SYNTHEA_PROVIDERS, '1,2,Bob Dr,M,GENERAL PRACTICE', null],
    // The example of CMS.
    [PRACTITIONERS, '1,Bob,Dr,1234567893', '1234567893'],
  ])('is read with the header %s from %s', (header, row, npi) => {
    expect(read('practitioners', header, row)).toEqual({
      person: { practitionerId: '1', firstName: 'Bob', lastName: 'Dr', npi },
    });
  });

  it.each(['1234567890', '100', '１２３４５６７８９３'])(
    'is read with a warning if the NPI is %s',
    (npi) => {
      const result = read('practitioners', PRACTITIONERS, `1,Bob,Dr,${npi}`);

      expect(result).toMatchObject({
        person: { npi },
        warning: 'npi is not 10 digits with a valid check digit',
      });
    },
  );

  it.each([
    ['Noe500 Dibbert990', 'Noe500', 'Dibbert990'],
    ['María del Carmen27 De la Cruz206', 'María del Carmen27', 'De la Cruz206'],
    ['First123 Middle Last', 'First123 Middle', 'Last'],
    ['Ann Mary  Lee', 'Ann Mary', 'Lee'],
    ['Ann Lee2', 'Ann', 'Lee2'],
  ])('named %s by Synthea is %s, %s', (name, firstName, lastName) => {
    expect(read('practitioners', SYNTHEA_PROVIDERS, `1,2,${name},M,GENERAL PRACTICE`)).toEqual({
      person: { practitionerId: '1', firstName, lastName, npi: null },
    });
  });

  it.each([
    [
      PRACTITIONERS,
      '1,Bob,Dr,1\u00072',
      'npi must be 1 to 64 characters without control characters',
    ],
    [SYNTHEA_PROVIDERS, '1,2,Bob,M,X', 'NAME must contain a first and a last name'],
    [SYNTHEA_PROVIDERS, '1,2,,M,X', 'NAME is missing'],
    [SYNTHEA_PROVIDERS, `1,2,Bob ${'n'.repeat(101)},M,X`, `NAME ${NAME_FAULT}`],
  ])('is rejected with the header %s in %j', (header, row, fault) => {
    expect(read('practitioners', header, row)).toEqual({ faults: [fault] });
  });
});

describe('an unknown header', () => {
  it.each([
    ['patients', 'patient_id,first_name'],
    ['patients', 'patient_id,first_name,last_name,first_name'],
    ['patients', PRACTITIONERS],
    ['practitioners', PATIENTS],
    ['practitioners', 'practitioner_id,first_name,last_name,npi,NPI'],
    // Synthea's organizations.csv.
    ['practitioners', 'Id,NAME,ADDRESS,CITY,STATE,ZIP,LAT,LON,PHONE,REVENUE,UTILIZATION'],
  ] as const)('for %s is rejected: %s', (kind, header) => {
    expect(() => recognizeColumns(kind, 'people.csv', header.split(','))).toThrow(
      `people.csv: The header is not one for ${kind}, or it has a column twice.`,
    );
  });

  it.each([[[]], [['practitioner_id;first_name;last_name']]])(
    'such as %j is rejected with a list of the known ones',
    (header) => {
      expect(() => recognizeColumns('practitioners', 'people.csv', header)).toThrow(
        ' Use UTF-8, commas and one of these headers:\npractitioner_id,first_name,last_name,npi\nId,ORGANIZATION,NAME,GENDER,...',
      );
    },
  );
});
