import { describe, expect, it } from '@jest/globals';
import { APPOINTMENT_ID, newAppointmentId } from '../../../src/domain/appointment.ts';
import { ID } from '../../../src/domain/people.ts';

describe('ID.parse', () => {
  it.each(['1', '0', 'a', 'A', '_', '-', '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11', 'x'.repeat(64)])(
    'accepts %s',
    (text) => {
      expect(ID.parse(text)).toEqual({ value: text });
    },
  );

  it.each([
    '',
    ' ',
    '1 ',
    '1\n',
    'a#b',
    'a/b',
    'a.b',
    'ä',
    '１',
    'x'.repeat(65),
    '\u0000',
    '\ud800',
  ])('rejects %j', (text) => {
    expect(ID.parse(text)).toEqual({ fault: 'must be 1 to 64 letters, digits, "_" or "-"' });
  });
});

describe('APPOINTMENT_ID.parse', () => {
  it.each([
    '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11',
    '5B0C1B3E-7D1F-4A6E-9A3F-0D9B0F7F2C11',
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  ])('reads %s in lower case', (text) => {
    expect(APPOINTMENT_ID.parse(text)).toEqual({ value: text.toLowerCase() });
  });

  it.each([
    '',
    '1',
    '5b0c1b3e7d1f4a6e9a3f0d9b0f7f2c11',
    '{5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11}',
    'urn:uuid:5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11',
    '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c1',
    '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c111',
    '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c1g',
    '5b0c1b3e7-d1f-4a6e-9a3f-0d9b0f7f2c11',
    ' 5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11',
    '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11\n',
    '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11#',
  ])('rejects %j', (text) => {
    expect(APPOINTMENT_ID.parse(text)).toEqual({
      fault: 'must be the appointment_id of an appointment, a UUID',
    });
  });
});

describe('newAppointmentId', () => {
  it('makes ids that can be read, each of them new', () => {
    const ids = Array.from({ length: 100 }, newAppointmentId);

    expect(new Set(ids).size).toBe(100);
    expect(ids.map(APPOINTMENT_ID.parse)).toEqual(ids.map((value) => ({ value })));
  });
});
