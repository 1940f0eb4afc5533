import type { PractitionerDoubleBooking } from '../../src/domain/repositories.ts';
import type { Sabotage } from '../support/build-handlers.ts';
import { DESIGNED_FAULTS, RETRIES } from './faults.ts';
import { READ_YOUR_WRITE } from './histories.ts';
import { CANARIES, MALFORMED } from './malformed.ts';
import type { Property } from './property.ts';
import { ONE_OF_MANY_AT_ONCE } from './races.ts';
import { DAYS_AND_SLOTS, ONE_PATIENT_A_SLOT } from './slots.ts';

/** The functions, broken on purpose in one place each: the proof is worth what it finds of these. */
export const SABOTAGED: readonly (Sabotage & {
  readonly name: string;
  readonly caughtBy: Property;
  /** The mode of the functions that it breaks; `allow` where none is said. */
  readonly doubleBooking?: PractitionerDoubleBooking;
})[] = [
  {
    name: 'the condition of the put is removed',
    caughtBy: ONE_OF_MANY_AT_ONCE,
    file: 'repositories/table.ts',
    from: "ConditionExpression: 'attribute_not_exists(PK)',",
    to: '',
  },
  {
    name: 'its own write is not recognised',
    caughtBy: DESIGNED_FAULTS,
    file: 'repositories/table.ts',
    from: 'return unmarshall(error.Item);',
    to: `
      const old = unmarshall(error.Item);
      return old['appointment_id'] === item['appointment_id'] ? { ...old, appointment_id: 'of another' } : old;`,
  },
  {
    name: 'a put without an answer is answered as a booking',
    caughtBy: DESIGNED_FAULTS,
    file: 'repositories/table.ts',
    from: 'if (found !== undefined) return found;',
    to: 'return found ?? item;',
  },
  {
    name: 'what is stored is not asked for where the answer to a put is missing',
    caughtBy: DESIGNED_FAULTS,
    file: 'repositories/table.ts',
    from: 'if (!isOutcomeUnknown(error)) throw error;',
    to: 'throw error;',
  },
  {
    name: 'nothing is attempted twice',
    caughtBy: DESIGNED_FAULTS,
    file: 'repositories/table.ts',
    from: 'maxAttempts: 3,',
    to: 'maxAttempts: 1,',
  },
  {
    name: 'a taken date is answered with another status',
    caughtBy: ONE_OF_MANY_AT_ONCE,
    file: 'handlers/http/problem-types.ts',
    from: "'patient-day-taken': { status: 409",
    to: "'patient-day-taken': { status: 418",
  },
  {
    name: 'the idempotency key is not compared',
    caughtBy: RETRIES,
    file: 'domain/book.ts',
    from: 'appointment.idempotencyKey !== booking.idempotencyKey',
    to: 'true',
  },
  {
    name: 'the list is read eventually consistent',
    caughtBy: READ_YOUR_WRITE,
    file: 'repositories/appointments.ts',
    from: 'ConsistentRead: true',
    to: 'ConsistentRead: false',
  },
  {
    name: 'the pattern of ids takes #',
    caughtBy: MALFORMED,
    file: 'domain/people.ts',
    from: '[A-Za-z0-9_-]',
    to: '[A-Za-z0-9_#-]',
  },
  {
    name: "the condition of the practitioner's slot is removed",
    doubleBooking: 'reject',
    caughtBy: ONE_PATIENT_A_SLOT,
    file: 'repositories/table.ts',
    from: 'const items = [first, second].map((item) => ({ Put: ifAbsent(table, item) }));',
    to: 'const items = [{ Put: ifAbsent(table, first) }, { Put: { TableName: table.name, Item: second } }];',
  },
  {
    name: 'a taken slot is answered before a taken date',
    doubleBooking: 'reject',
    caughtBy: DAYS_AND_SLOTS,
    file: 'repositories/table.ts',
    from: 'if (ofFirst?.Item !== undefined) return unmarshall(ofFirst.Item);',
    to: 'if (ofSecond?.Item === undefined && ofFirst?.Item !== undefined) return unmarshall(ofFirst.Item);\n      if (ofSecond?.Item !== undefined) return undefined;',
  },
  {
    name: 'a slot counts as taken while the day is not known',
    doubleBooking: 'reject',
    caughtBy: DESIGNED_FAULTS,
    file: 'repositories/table.ts',
    from: "if (ofFirst?.Code === 'None' && ofSecond?.Item !== undefined) return undefined;",
    to: 'if (ofSecond?.Item !== undefined) return undefined;',
  },
  {
    name: 'a transaction that met another is not sent again',
    doubleBooking: 'reject',
    caughtBy: DESIGNED_FAULTS,
    file: 'repositories/table.ts',
    from: 'const MAX_TRIES = 8;',
    to: 'const MAX_TRIES = 1;',
  },
  {
    name: 'bodies are logged',
    caughtBy: CANARIES,
    file: 'handlers/http/request.ts',
    from: 'event.jsonBody = parseObject(bytes);',
    to: 'console.log(event.body); event.jsonBody = parseObject(bytes);',
  },
];
