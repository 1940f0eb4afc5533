import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { handler } from '../../../src/handlers/appointment-queries.ts';
import { captureLog } from '../../support/capture-log.ts';
import { gettingEvent, invoke } from '../../support/http-event.ts';
import {
  ALEXEI_ITEM,
  APPOINTMENT_ITEM,
  CANCELLED,
  OTHER_ID,
  RESCHEDULED,
} from '../../support/people.ts';
import { APPOINTMENT, JSON_HEADERS, problem } from '../../support/responses.ts';
import { storeHolds } from '../../support/store-reads.ts';

const store = mockClient(DynamoDBDocumentClient);
captureLog();

const { cancelled_at, cancellation_reason } = CANCELLED;
const { rescheduled_at, rescheduled_to } = RESCHEDULED;
const rescheduled_from = { date: '2021-01-06', appointment_id: OTHER_ID };

beforeEach(() => {
  store.reset();
});

describe('an appointment', () => {
  it.each([
    ['booked', {}, {}],
    ['booked in place of another', { rescheduled_from }, { rescheduled_from }],
    ['cancelled', CANCELLED, { status: 'cancelled', cancelled_at, cancellation_reason }],
    [
      'cancelled without a reason',
      { ...CANCELLED, cancellation_reason: null },
      { status: 'cancelled', cancelled_at, cancellation_reason: null },
    ],
    [
      'rescheduled twice',
      { ...RESCHEDULED, rescheduled_from },
      { status: 'rescheduled', rescheduled_at, rescheduled_to, rescheduled_from },
    ],
  ])('is returned if it is %s', async (_name, stored, shown) => {
    const item = { ...APPOINTMENT_ITEM, practitioner_last_name: 'Then', ...stored };
    storeHolds(store, [{ ...ALEXEI_ITEM, last_name: 'Now' }, item]);

    await expect(invoke(handler, gettingEvent())).resolves.toEqual({
      status: 200,
      headers: JSON_HEADERS,
      // The practitioner is as booked, and the patient as of now.
      body: { ...APPOINTMENT, practitioner_last_name: 'Then', patient_last_name: 'Now', ...shown },
    });
    const Keys = ['PROFILE', 'DAY#2021-01-07'].map((SK) => ({ PK: 'PATIENT#1', SK }));
    expect(store.calls().map(({ args: [{ input }] }) => input)).toEqual([
      { RequestItems: { 'appointments-test': { Keys, ConsistentRead: true } } },
    ]);
  });
});

describe('404', () => {
  it('is returned if the date never had an appointment', async () => {
    const other = { ...APPOINTMENT_ITEM, SK: 'DAY#2021-01-08' };
    storeHolds(store, [ALEXEI_ITEM, other]);

    await expect(invoke(handler, gettingEvent())).resolves.toEqual(
      problem(404, 'appointment-not-found'),
    );
  });
});
