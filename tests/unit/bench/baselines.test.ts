import { beforeEach, describe, expect, it } from '@jest/globals';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { handler as byHand } from '../../../bench/baselines/validating.ts';
import { bookingRequest } from '../../../bench/requests.ts';
import { handler as service } from '../../../bench/stubbed-service.ts';
import { captureLog } from '../../support/capture-log.ts';
import { bookingEvent } from '../../support/http-event.ts';

const GOOD = { practitioner_id: 1, start_time: '2021-01-07 00:00:00' };

const sent = (
  body: unknown,
  headers: Record<string, string> = {},
  changes: Partial<APIGatewayProxyEventV2> = {},
): APIGatewayProxyEventV2 => ({
  ...bookingRequest(),
  body: typeof body === 'string' ? body : JSON.stringify(body),
  headers: { 'content-type': 'application/json', ...headers },
  ...changes,
});

const REQUESTS: readonly [string, APIGatewayProxyEventV2][] = [
  ['a booking', sent(GOOD)],
  ['a booking with an end', sent({ ...GOOD, end_time: '2021-01-07T00:30:00.000Z' })],
  ['a booking with a key', sent(GOOD, { 'idempotency-key': 'a key' })],
  ['a body in base64', sent(btoa(JSON.stringify(GOOD)), {}, { isBase64Encoded: true })],
  ['no identity', bookingEvent(GOOD)],
  ['another media type', sent(GOOD, { 'content-type': 'text/plain' })],
  ['a large body', sent({ ...GOOD, note: 'x'.repeat(17_000) })],
  ['malformed JSON', sent('{')],
  ['an array', sent([])],
  ['an empty object', sent({})],
  ['an unknown member', sent({ ...GOOD, 'a/b~': 1 })],
  ['a bad key', sent(GOOD, { 'idempotency-key': 'é' })],
  ['a bad patient', sent(GOOD, {}, { pathParameters: { patient_id: 'a#b' } })],
  ['a bad practitioner', sent({ ...GOOD, practitioner_id: 'a b' })],
  ['a practitioner that is no id', sent({ ...GOOD, practitioner_id: 1.5 })],
  ['a time that is a number', sent({ ...GOOD, start_time: 5 })],
  ['a time with a zone', sent({ ...GOOD, start_time: '2021-01-07T00:00:00+01:00' })],
  ['a date that is not', sent({ ...GOOD, start_time: '2021-02-30 00:00:00' })],
  ['a date too early', sent({ ...GOOD, start_time: '1899-12-31 00:00:00' })],
  ['an hour too late', sent({ ...GOOD, start_time: '2021-01-07 24:00:00' })],
  ['a quarter of an hour', sent({ ...GOOD, start_time: '2021-01-07 00:15:00' })],
  ['the slot beyond the last', sent({ ...GOOD, start_time: '9999-12-31 23:30:00' })],
  ['a wrong end', sent({ ...GOOD, end_time: '2021-01-07 01:00:00' })],
  ['several faults', sent({ practitioner_id: null, start_time: 'x', end_time: 'y', more: 1 })],
];

describe('the hand-written handler that the service is compared with', () => {
  beforeEach(() => {
    captureLog();
  });

  it.each(REQUESTS)('answers as the service: %s', async (_, event) => {
    const context = { getRemainingTimeInMillis: () => 15_000 } as Context;
    const ours = await service(structuredClone(event), context);
    const theirs = await byHand(event);

    const comparable = ({ body = '', ...answer }: APIGatewayProxyStructuredResultV2) => ({
      ...answer,
      body: { ...(JSON.parse(body) as object), appointment_id: undefined },
    });
    expect(comparable(theirs)).toEqual(comparable(ours));
  });
});
