import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { isBooking } from '../tests/support/fault-proxy.ts';
import type { Bench, Figure } from './figure.ts';
import { startFunction } from './function-process.ts';
import { bookingRequest, listRequest } from './requests.ts';
import { seedAppointments } from './seed.ts';
import type { StoreCall } from './store-meter.ts';

/** How many calls had to wait for another's answer, plus one: those side by side count once. */
function roundTrips(calls: readonly StoreCall[]): number {
  let trips = 0;
  let ended = Number.NEGATIVE_INFINITY;
  for (const call of [...calls].sort((a, b) => a.began - b.began)) {
    if (call.began >= ended) trips += 1;
    ended = Math.max(ended, call.ended);
  }
  return trips;
}

const capacity = (calls: readonly StoreCall[], isWrite: boolean) =>
  calls
    .filter(({ operation }) => isBooking({ operation }) === isWrite)
    .reduce((sum, { capacityUnits }) => sum + capacityUnits, 0);

const costOf = (calls: readonly StoreCall[]) =>
  calls
    .map(({ operation, capacityUnits }) => `${operation} ${capacityUnits}`)
    .sort()
    .join(', ');

export const STORE_CALLS: Bench = {
  name: 'calls',
  seconds: 5,
  async measure({ bundles, functionEnvironment, meter, tableName }) {
    await seedAppointments(tableName, 'calls', 20);
    const create = await startFunction(bundles.service.create, functionEnvironment);
    const list = await startFunction(bundles.service.list, functionEnvironment);
    const callsOf = async (
      of: typeof create,
      event: APIGatewayProxyEventV2,
      expected: number,
    ): Promise<StoreCall[]> => {
      meter.takeCalls();
      const { statusCode, body } = await of.invoke(event);
      if (statusCode !== expected) throw new Error(`answered ${statusCode}: ${body}`);
      return meter.takeCalls();
    };

    // Once unmeasured: two calls that wait for their connections do not begin at once.
    await create.invoke(bookingRequest());
    await list.invoke(listRequest('calls', { limit: '20' }));
    meter.hold(50);
    const exclusive = await startFunction(bundles.service.create, {
      ...functionEnvironment,
      PRACTITIONER_DOUBLE_BOOKING: 'reject',
    });
    const exclusivelyBooked = await callsOf(exclusive, bookingRequest(), 201);
    await exclusive.stop();
    const booking = bookingRequest();
    const booked = await callsOf(create, booking, 201);
    const taken = await callsOf(create, booking, 409);
    const refused = await callsOf(create, bookingRequest('2021-01-07 00:10:00'), 400);
    const listed = await callsOf(list, listRequest('calls', { limit: '20' }), 200);

    // What the cold starts are compared with has to ask the store for the same.
    for (const [bundle, event, status, calls] of [
      [bundles.byHand.create, bookingRequest(), 201, booked],
      [bundles.byHand.list, listRequest('calls', { limit: '20' }), 200, listed],
    ] as const) {
      const byHand = await startFunction(bundle, functionEnvironment);
      const theirs = await callsOf(byHand, event, status);
      await byHand.stop();
      if (costOf(theirs) !== costOf(calls)) {
        throw new Error(`by hand: ${costOf(theirs)}; the service: ${costOf(calls)}`);
      }
    }
    meter.hold(0);
    await create.stop();
    await list.stop();

    const figure = (
      name: string,
      value: number,
      unit: 'calls' | 'round trips' | 'units',
      bar: number,
    ): Figure => ({ name, value, unit, bar });
    return [
      figure('DynamoDB, booking 201: calls', booked.length, 'calls', 3),
      figure('DynamoDB, booking 201: one after the other', roundTrips(booked), 'round trips', 2),
      figure('DynamoDB, booking 201: written', capacity(booked, true), 'units', 1),
      figure('DynamoDB, booking 201: read', capacity(booked, false), 'units', 2),
      figure('DynamoDB, booking 409: calls', taken.length, 'calls', 3),
      figure(
        'DynamoDB, booking 201 where double booking is rejected: calls',
        exclusivelyBooked.length,
        'calls',
        3,
      ),
      figure(
        'DynamoDB, booking 201 where double booking is rejected: written',
        capacity(exclusivelyBooked, true),
        'units',
        4,
      ),
      figure('DynamoDB, refused body: calls', refused.length, 'calls', 0),
      figure('DynamoDB, list: calls', listed.length, 'calls', 2),
      figure('DynamoDB, list: one after the other', roundTrips(listed), 'round trips', 1),
      {
        // The patient, and 20 appointments of some 370 bytes: two started 4 KB.
        ...figure('DynamoDB, list of 20: read', capacity(listed, false), 'units', 3),
        note: 'the patient 1, and 1 a started 4 KB',
      },
    ];
  },
};
