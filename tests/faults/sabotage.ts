import type { PractitionerDoubleBooking } from '../../src/domain/repositories.ts';
import type { Sabotage } from '../support/build-handlers.ts';
import type { FaultTest } from './fault-test.ts';
import { CLIENT_RETRIES, SCRIPTED_FAULTS } from './faults.ts';
import { READ_YOUR_WRITE } from './histories.ts';
import { CANARY_IN_LOG, MALFORMED_REQUESTS } from './malformed.ts';
import { RACE_FOR_A_DAY } from './races.ts';
import { DAYS_AND_SLOTS, RACE_FOR_A_SLOT } from './slots.ts';

export interface DeliberateBug extends Sabotage {
  readonly name: string;
  /** The test that must find it. */
  readonly caughtBy: FaultTest;
  readonly doubleBooking: PractitionerDoubleBooking;
}

/** One bug in the functions each. The fault tests are only as good as their ability to find these. */
export const SABOTAGE: readonly DeliberateBug[] = [
  {
    name: 'the put has no condition',
    doubleBooking: 'allow',
    caughtBy: RACE_FOR_A_DAY,
    file: 'repositories/appointments.ts',
    from: 'put(table, itemOf(appointment), replaced ? ifHeldBy(replaced.appointmentId) : ABSENT)',
    to: 'put(table, itemOf(appointment))',
  },
  {
    name: 'a taken date gets another status',
    doubleBooking: 'allow',
    caughtBy: RACE_FOR_A_DAY,
    file: 'handlers/http/problems.ts',
    from: "status: 409,\n    title: 'Patient already",
    to: "status: 418,\n    title: 'Patient already",
  },
  {
    name: 'a request does not recognize its own write',
    doubleBooking: 'allow',
    caughtBy: SCRIPTED_FAULTS,
    file: 'repositories/appointments.ts',
    from: 'holder.appointmentId === appointment.appointmentId',
    to: "outcome.kind === 'unknown' && holder.appointmentId === appointment.appointmentId",
  },
  {
    name: 'an unanswered put counts as stored',
    doubleBooking: 'allow',
    caughtBy: SCRIPTED_FAULTS,
    file: 'repositories/appointments.ts',
    from: '? await findByDate(patientId, slotDate(slot))',
    to: '? ((await findByDate(patientId, slotDate(slot))) ?? appointment)',
  },
  {
    name: 'nothing is read after an unanswered put',
    doubleBooking: 'allow',
    caughtBy: SCRIPTED_FAULTS,
    file: 'repositories/appointments.ts',
    from: '? await findByDate(patientId, slotDate(slot))',
    to: '? undefined',
  },
  {
    name: 'no request is sent twice',
    doubleBooking: 'allow',
    caughtBy: SCRIPTED_FAULTS,
    file: 'repositories/table.ts',
    from: 'maxAttempts: 3,',
    to: 'maxAttempts: 1,',
  },
  {
    name: 'the Idempotency-Key is not compared',
    doubleBooking: 'allow',
    caughtBy: CLIENT_RETRIES,
    file: 'domain/book.ts',
    from: '(idempotencyKey !== null && other.idempotencyKey === idempotencyKey)',
    to: 'false',
  },
  {
    name: 'the list is eventually consistent',
    doubleBooking: 'allow',
    caughtBy: READ_YOUR_WRITE,
    file: 'repositories/table.ts',
    from: 'ConsistentRead: true,\n',
    to: 'ConsistentRead: false,\n',
  },
  {
    name: 'ids may contain #',
    doubleBooking: 'allow',
    caughtBy: MALFORMED_REQUESTS,
    file: 'domain/people.ts',
    from: '[A-Za-z0-9_-]',
    to: '[A-Za-z0-9_#-]',
  },
  {
    name: 'bodies are logged',
    doubleBooking: 'allow',
    caughtBy: CANARY_IN_LOG,
    file: 'handlers/http/request.ts',
    from: 'let json: unknown;',
    to: 'let json: unknown;\n  console.log(body);',
  },
  {
    name: "the put of the practitioner's slot has no condition",
    doubleBooking: 'reject',
    caughtBy: RACE_FOR_A_SLOT,
    file: 'repositories/appointments.ts',
    from: 'put(table, slotItemOf(takes), ABSENT)',
    to: 'put(table, slotItemOf(takes))',
  },
  {
    name: 'a taken slot is reported before a taken date',
    doubleBooking: 'reject',
    caughtBy: DAYS_AND_SLOTS,
    file: 'repositories/table.ts',
    from: "reasons.findIndex(({ Code }) => Code !== 'None')",
    to: "reasons.findLastIndex(({ Code }) => Code === 'ConditionalCheckFailed')",
  },
  {
    name: 'a slot counts as taken before the date is known to be free',
    doubleBooking: 'reject',
    caughtBy: SCRIPTED_FAULTS,
    file: 'repositories/table.ts',
    from: "reasons.findIndex(({ Code }) => Code !== 'None')",
    to: "reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed')",
  },
  {
    name: 'a conflicting transaction is not sent again',
    doubleBooking: 'reject',
    caughtBy: SCRIPTED_FAULTS,
    file: 'repositories/table.ts',
    from: 'const MAX_TRIES = 8;',
    to: 'const MAX_TRIES = 1;',
  },
];
