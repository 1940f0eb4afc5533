import { describe, expect, it } from '@jest/globals';
import { AGENDA_POSITION, agendaPositionOf } from '../../../src/domain/appointment.ts';
import type { Slot } from '../../../src/domain/slot.ts';
import { ID } from '../../support/people.ts';

const SLOT = '2021-01-07T00:30:00Z' as Slot;

describe('AGENDA_POSITION', () => {
  it('reads the position of an appointment, with the id in either case', () => {
    const position = agendaPositionOf({ slot: SLOT, appointmentId: ID });

    expect(position).toBe(`${SLOT}_${ID}`);
    expect(AGENDA_POSITION.parse(position)).toEqual({ value: position });
    expect(AGENDA_POSITION.parse(`${SLOT}_${ID.toUpperCase()}`)).toEqual({ value: position });
  });

  it.each([
    '',
    '_',
    SLOT,
    ID,
    `${SLOT}_`,
    `_${ID}`,
    `${ID}_${SLOT}`,
    `${SLOT} ${ID}`,
    `${SLOT}_${ID}_`,
    `${SLOT}_${ID}_${ID}`,
    `${SLOT}_${ID}\n`,
    ` ${SLOT}_${ID}`,
    `${SLOT}_${ID.slice(1)}`,
    // Other forms of a time, which requests may write elsewhere.
    `2021-01-07 00:30:00_${ID}`,
    `2021-01-07T00:30:00+00:00_${ID}`,
    `2021-01-07T00:30:00.000Z_${ID}`,
    `2021-01-07T00:15:00Z_${ID}`,
    `2021-01-07_${ID}`,
    `2021-02-30T00:30:00Z_${ID}`,
    `1899-12-31T00:30:00Z_${ID}`,
    `9999-12-31T23:30:00Z_${ID}`,
  ])('rejects %j', (text) => {
    expect(AGENDA_POSITION.parse(text)).toEqual({
      fault: 'must be the "after" of a link to the next page',
    });
  });
});
