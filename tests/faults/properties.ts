import type { PractitionerDoubleBooking } from '../../src/domain/repositories.ts';
import { DESIGNED_FAULTS, FAULTS, RETRIES } from './faults.ts';
import { HISTORIES, READ_YOUR_WRITE } from './histories.ts';
import { CANARIES, MALFORMED } from './malformed.ts';
import type { Property } from './property.ts';
import { MANY_WRITERS_MANY_DAYS, ONE_OF_MANY_AT_ONCE } from './races.ts';
import { DAYS_AND_SLOTS, DAYS_AND_SLOTS_WITH_FAULTS, ONE_PATIENT_A_SLOT } from './slots.ts';

interface Suite {
  readonly doubleBooking: PractitionerDoubleBooking;
  readonly properties: readonly Property[];
}

/** What holds in every deployment. */
const BOOKING = [
  ONE_OF_MANY_AT_ONCE,
  MANY_WRITERS_MANY_DAYS,
  FAULTS,
  DESIGNED_FAULTS,
  RETRIES,
  READ_YOUR_WRITE,
  HISTORIES,
];

export const SUITES: readonly Suite[] = [
  { doubleBooking: 'allow', properties: [...BOOKING, MALFORMED, CANARIES] },
  {
    doubleBooking: 'reject',
    properties: [...BOOKING, ONE_PATIENT_A_SLOT, DAYS_AND_SLOTS, DAYS_AND_SLOTS_WITH_FAULTS],
  },
];
