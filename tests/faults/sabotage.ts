import type { PractitionerDoubleBooking } from '../../src/domain/ports.ts';
import type { Sabotage } from '../support/build-handlers.ts';
import type { FaultTest } from './fault-test.ts';
import { CLIENT_RETRIES, SCRIPTED_FAULTS } from './faults.ts';
import { CANARY_IN_LOG, ERASED_NAMES, MALFORMED_REQUESTS } from './malformed.ts';
import { RACE_FOR_A_DAY, READ_YOUR_WRITE } from './races.ts';
import { SCHEDULE_TESTS } from './schedules.ts';
import { DAYS_AND_SLOTS, RACE_FOR_A_SLOT } from './slots.ts';

/** Finds the test of a scenario. */
function schedulesOf(name: string): FaultTest {
  const test = SCHEDULE_TESTS.find((one) => one.name === name);
  if (test === undefined) throw new Error(`There is no scenario "${name}".`);
  return test;
}

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
    from: 'put(store, itemOf(appointment), replaced ? ifEnded(replaced) : ABSENT)',
    to: 'put(store, itemOf(appointment))',
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
    from: '? await stored.findByDate(patientId, slotDate(slot))',
    to: '? ((await stored.findByDate(patientId, slotDate(slot))) ?? appointment)',
  },
  {
    name: 'nothing is read after an unanswered put',
    doubleBooking: 'allow',
    caughtBy: SCRIPTED_FAULTS,
    file: 'repositories/appointments.ts',
    from: '? await stored.findByDate(patientId, slotDate(slot))',
    to: '? undefined',
  },
  {
    name: 'no request is sent twice',
    doubleBooking: 'allow',
    caughtBy: SCRIPTED_FAULTS,
    file: 'repositories/store.ts',
    from: 'maxAttempts: 3,',
    to: 'maxAttempts: 1,',
  },
  {
    name: 'the Idempotency-Key is not compared',
    doubleBooking: 'allow',
    caughtBy: CLIENT_RETRIES,
    file: 'domain/use-cases/book.ts',
    from: '(idempotencyKey !== null && other.idempotencyKey === idempotencyKey)',
    to: 'false',
  },
  {
    name: 'the list is eventually consistent',
    doubleBooking: 'allow',
    caughtBy: READ_YOUR_WRITE,
    file: 'repositories/reads.ts',
    from: 'ConsistentRead: input.IndexName === undefined,',
    to: 'ConsistentRead: false,',
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
    from: 'put(store, slotItemOf(takes), ABSENT)',
    to: 'put(store, slotItemOf(takes))',
  },
  {
    name: 'a taken slot is reported before a taken date',
    doubleBooking: 'reject',
    caughtBy: DAYS_AND_SLOTS,
    file: 'repositories/writes.ts',
    from: "reasons.findIndex(({ Code }) => Code !== 'None')",
    to: "reasons.findLastIndex(({ Code }) => Code === 'ConditionalCheckFailed')",
  },
  {
    name: 'a slot counts as taken before the date is known to be free',
    doubleBooking: 'reject',
    caughtBy: SCRIPTED_FAULTS,
    file: 'repositories/writes.ts',
    from: "reasons.findIndex(({ Code }) => Code !== 'None')",
    to: "reasons.findIndex(({ Code }) => Code === 'ConditionalCheckFailed')",
  },
  {
    name: 'a conflicting transaction is not sent again',
    doubleBooking: 'reject',
    caughtBy: SCRIPTED_FAULTS,
    file: 'repositories/store.ts',
    from: 'const MAX_TRIES = 8;',
    to: 'const MAX_TRIES = 1;',
  },
  {
    name: 'cancelling moves the appointment away, and vacates its key',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('book-with-cancel'),
    file: 'repositories/appointments.ts',
    from: 'writeWithSlots([end(ended)], { frees: ended })',
    to: `write(store, [
      put(store, replacedItemOf(ended)),
      {
        Delete: {
          TableName: store.name,
          Key: patientDayKey(ended.patientId, slotDate(ended.slot)),
          ...ifBooked(ended),
        },
      },
    ])`,
  },
  {
    name: 'cancelling has no condition',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('cancel-with-cancel'),
    file: 'repositories/appointments.ts',
    from: 'endOf(ended), ifBooked(ended))',
    to: "endOf(ended), { ConditionExpression: 'attribute_exists(PK)' })",
  },
  {
    name: 'attendance overwrites a later record',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('attend-with-attend'),
    file: 'repositories/appointments.ts',
    from: 'attendanceOf(attendance), ifBooked(appointment))',
    to: "attendanceOf(attendance), { ConditionExpression: 'attribute_exists(PK)' })",
  },
  {
    name: 'a reschedule loses attendance that is recorded meanwhile',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('attend-with-reschedule'),
    file: 'repositories/appointments.ts',
    from: '[put(store, itemOf(appointment), ifBooked(old))',
    to: '[put(store, itemOf(appointment), ifEnded({ ...old, ending: { status: "booked" } } as never))',
  },
  {
    name: 'the history is not read before a date is booked again',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('rebook-after-rebook'),
    file: 'domain/use-cases/book.ts',
    from: 'mayHaveBooked ? await',
    to: 'mayHaveBooked && false ? await',
  },
  {
    name: 'no copy is kept of an appointment that is replaced',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('cancel-with-rebook'),
    file: 'repositories/appointments.ts',
    from: 'if (replaced) await keep(replaced);\n      const outcome',
    to: 'const outcome',
  },
  {
    name: 'an appointment is replaced without a condition',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('cancel-with-rebook'),
    file: 'repositories/appointments.ts',
    from: 'replaced ? ifEnded(replaced) : ABSENT',
    to: 'replaced ? undefined : ABSENT',
  },
  {
    name: 'rescheduling takes two writes',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('reschedule-with-book'),
    file: 'repositories/appointments.ts',
    from: ': [end(ended), take(appointment, replaced)]',
    to: ': (await write(store, [end(ended)]), [take(appointment, replaced)])',
  },
  {
    name: 'a reschedule to another start counts as repeated',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('reschedule-to-different-dates'),
    file: 'domain/use-cases/reschedule.ts',
    from: '!hasEnded(appointment) && isTarget(appointment)',
    to: '!hasEnded(appointment)',
  },
  {
    name: 'cancelling does not free the slot',
    doubleBooking: 'reject',
    caughtBy: schedulesOf('one-slot-for-two-patients'),
    file: 'repositories/appointments.ts',
    from: 'update(store, slotKeyOf(frees), FREED, ifTaken(frees.appointmentId))',
    to: 'undefined',
  },
  {
    name: 'the key of a freed slot is vacated',
    doubleBooking: 'reject',
    caughtBy: schedulesOf('one-slot-for-two-patients'),
    file: 'repositories/appointments.ts',
    from: 'update(store, slotKeyOf(frees), FREED, ifTaken(frees.appointmentId))',
    to: '({ Delete: { TableName: store.name, Key: slotKeyOf(frees) } })',
  },
  {
    name: 'a freed slot is taken without a condition',
    doubleBooking: 'reject',
    caughtBy: schedulesOf('one-slot-for-two-patients'),
    file: 'repositories/appointments.ts',
    from: 'put(store, slotItemOf(takes), ifFreedBy(freedBy))',
    to: 'put(store, slotItemOf(takes))',
  },
  {
    name: 'a list that reads a date backward misses what is replaced meanwhile',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('list-with-rebook'),
    file: 'repositories/appointment-reads.ts',
    from: "order === 'desc' ? withReplaced(patientId, pages) : pages",
    to: 'pages',
  },
  {
    name: 'the put of a patient has no condition',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('put-patient-with-put'),
    file: 'repositories/people.ts',
    from: "namesOf(patient, origin);\n        const action = update(store, key, attributes, ifUnchanged(item, 'request_id'));",
    to: "namesOf(patient, origin);\n        const action = update(store, key, attributes, { ConditionExpression: 'attribute_exists(PK)' });",
  },
  {
    name: 'a put brings an erased patient back',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('put-patient-with-erase'),
    file: 'repositories/people.ts',
    from: "if (found === 'erased') return { outcome: { kind: 'patient-erased' } };",
    to: `if (found === 'erased') {
          const attributes = { ...namesOf(patient, origin), erased_at: undefined };
          const action = update(store, key, attributes, ifUnchanged(item, 'request_id'));
          return { outcome: { kind: 'replaced' }, action };
        }`,
  },
  {
    name: 'an erased patient can be booked',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('erase-with-book'),
    file: 'domain/use-cases/book.ts',
    from: "if (patient === 'erased') return { kind: 'patient-erased' };",
    to: '',
  },
  {
    name: 'a booking ignores the schedule',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('put-schedule-with-book'),
    file: 'domain/use-cases/book.ts',
    from: 'if (!isOpen(schedule, slot)) {',
    to: 'if (!isOpen(schedule, slot) && false) {',
  },
  {
    name: 'a replay is refused because the schedule has changed',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('put-schedule-with-client-retry'),
    file: 'domain/use-cases/book.ts',
    from: 'idempotencyKey !== null &&\n      (await',
    to: 'false &&\n      (await',
  },
  {
    name: 'the put of a practitioner wipes the schedule',
    doubleBooking: 'allow',
    caughtBy: schedulesOf('put-practitioner-with-put-schedule'),
    file: 'repositories/people.ts',
    from: 'const attributes = profileOf(practitioner, origin);',
    to: 'const attributes = { ...profileOf(practitioner, origin), ...scheduleOf(ALWAYS_OPEN, origin) };',
  },
  {
    name: 'erasing keeps a name',
    doubleBooking: 'allow',
    caughtBy: ERASED_NAMES,
    file: 'repositories/people-items.ts',
    from: '    last_name: undefined,\n',
    to: '',
  },
];
