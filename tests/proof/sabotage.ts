import type { Sabotage } from '../support/build-handlers.ts';

/** The functions, broken on purpose in one place each: the proof is worth what it finds of these. */
export const SABOTAGED: readonly (Sabotage & { readonly name: string })[] = [
  {
    name: 'the condition of the put is removed',
    file: 'repositories/table.ts',
    from: "ConditionExpression: 'attribute_not_exists(PK)',",
    to: '',
  },
  {
    name: 'its own write is not recognised',
    file: 'repositories/table.ts',
    from: 'return unmarshall(error.Item);',
    to: `
      const old = unmarshall(error.Item);
      return old['appointment_id'] === item['appointment_id'] ? { ...old, appointment_id: 'of another' } : old;`,
  },
  {
    name: 'a put without an answer is answered as a booking',
    file: 'repositories/table.ts',
    from: 'if (found === undefined) throw error;',
    to: 'if (found === undefined) return item;',
  },
  {
    name: 'the idempotency key is not compared',
    file: 'domain/book-appointment.ts',
    from: 'appointment.idempotencyKey !== booking.idempotencyKey',
    to: 'true',
  },
  {
    name: 'the list is read eventually consistent',
    file: 'repositories/appointment-repository.ts',
    from: 'ConsistentRead: true',
    to: 'ConsistentRead: false',
  },
  {
    name: 'the pattern of ids takes #',
    file: 'domain/id.ts',
    from: '[A-Za-z0-9_-]',
    to: '[A-Za-z0-9_#-]',
  },
  {
    name: 'bodies are logged',
    file: 'handlers/http/json-body.ts',
    from: 'event.jsonBody = parseObject(bytes);',
    to: 'console.log(event.body); event.jsonBody = parseObject(bytes);',
  },
];
