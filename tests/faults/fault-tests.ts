import {
  PRACTITIONER_DOUBLE_BOOKING,
  type PractitionerDoubleBooking,
} from '../../src/domain/ports.ts';
import type { FaultTest } from './fault-test.ts';
import { CLIENT_RETRIES, RANDOM_FAULTS, SCRIPTED_FAULTS } from './faults.ts';
import { CANARY_IN_LOG, ERASED_NAMES, MALFORMED_REQUESTS } from './malformed.ts';
import { MANY_WRITERS, RACE_FOR_A_DAY, READ_YOUR_WRITE } from './races.ts';
import { SCHEDULE_TESTS } from './schedules.ts';
import { DAYS_AND_SLOTS, DAYS_AND_SLOTS_WITH_FAULTS, RACE_FOR_A_SLOT } from './slots.ts';

/** What must hold with and without double booking. */
const BOOKING = [
  RACE_FOR_A_DAY,
  MANY_WRITERS,
  RANDOM_FAULTS,
  SCRIPTED_FAULTS,
  CLIENT_RETRIES,
  READ_YOUR_WRITE,
  ...SCHEDULE_TESTS,
];

const FAULT_TESTS: Readonly<Record<PractitionerDoubleBooking, readonly FaultTest[]>> = {
  allow: [...BOOKING, MALFORMED_REQUESTS, CANARY_IN_LOG, ERASED_NAMES],
  reject: [...BOOKING, RACE_FOR_A_SLOT, DAYS_AND_SLOTS, DAYS_AND_SLOTS_WITH_FAULTS],
};

export const FAULT_TEST_NAMES: readonly string[] = [
  ...new Set(
    Object.values(FAULT_TESTS)
      .flat()
      .map(({ name }) => name),
  ),
];

/** The fault tests for each kind of deployment: those with a name of `names`, or all. */
export function faultTests(names: readonly string[] = []) {
  return PRACTITIONER_DOUBLE_BOOKING.map((doubleBooking) => ({
    doubleBooking,
    tests: FAULT_TESTS[doubleBooking].filter(
      ({ name }) => names.length === 0 || names.includes(name),
    ),
  })).filter(({ tests }) => tests.length > 0);
}
