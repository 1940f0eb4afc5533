import { isDeepStrictEqual } from 'node:util';
import type { Benchmark, Figure } from './figure.ts';
import { bookingBody, bookingEvent, dateAt, listEvent } from './requests.ts';
import { seed } from './seed.ts';
import { type StoreMeter, type StoreUsage, startStoreMeter } from './store-meter.ts';
import type { Handler, Variant, Workspace } from './workspace.ts';

interface Operation {
  readonly name: string;
  readonly handler: Handler;
  readonly event: () => object;
  readonly status: number;
  readonly environment?: NodeJS.ProcessEnv;
  /** Whether the hand-written handlers implement it. */
  readonly hasBaseline?: true;
  /** Each becomes a figure. */
  readonly bars: Readonly<Partial<Record<keyof typeof NAMES, number>>>;
}

const NAMES = {
  calls: 'calls',
  roundTrips: 'sequential round trips',
  writeUnits: 'write units',
  readUnits: 'read units',
};

/** Has an appointment on each of the first 20 dates. */
const PATIENT = 'usage';

const OPERATIONS: readonly Operation[] = [
  {
    name: 'booking',
    handler: 'appointment-commands',
    event: bookingEvent,
    status: 201,
    hasBaseline: true,
    bars: { calls: 3, roundTrips: 2, writeUnits: 1, readUnits: 2 },
  },
  {
    name: 'booking of a taken date',
    handler: 'appointment-commands',
    event: () => bookingEvent(PATIENT, bookingBody(dateAt(0))),
    status: 409,
    bars: { calls: 3 },
  },
  {
    name: 'booking with `practitionerDoubleBooking: reject`',
    handler: 'appointment-commands',
    event: bookingEvent,
    status: 201,
    environment: { PRACTITIONER_DOUBLE_BOOKING: 'reject' },
    bars: { calls: 3, writeUnits: 4 },
  },
  {
    name: 'invalid booking',
    handler: 'appointment-commands',
    event: () => bookingEvent(PATIENT, bookingBody(dateAt(0), '09:10:00')),
    status: 400,
    bars: { calls: 0 },
  },
  {
    name: 'list of 20',
    handler: 'appointment-queries',
    event: () => listEvent(PATIENT, { limit: '20' }),
    status: 200,
    hasBaseline: true,
    // One read unit for the patient, and one per 4 KB of appointments.
    bars: { calls: 2, roundTrips: 1, readUnits: 3 },
  },
];

export const STORE_USAGE: Benchmark = {
  name: 'dynamodb',
  seconds: 5,
  async measure(workspace) {
    await seed(workspace.tableName, PATIENT, 20);
    const meter = await startStoreMeter(workspace.store, 50);
    const figures: Figure[] = [];
    for (const operation of OPERATIONS) {
      const usage = await usageOf(workspace, meter, 'service', operation);
      const baseline =
        operation.hasBaseline && (await usageOf(workspace, meter, 'byHand', operation));
      if (baseline && !isDeepStrictEqual(usage, baseline)) {
        throw new Error(
          `${operation.name}: the hand-written handler must use DynamoDB as the service does. ${JSON.stringify({ usage, baseline })}`,
        );
      }
      for (const [key, bar] of Object.entries(operation.bars) as [keyof typeof NAMES, number][]) {
        const name = `${operation.name} (${operation.status}), DynamoDB ${NAMES[key]}`;
        figures.push({ name, value: usage[key], unit: 'count', bar });
      }
    }
    return figures;
  },
};

async function usageOf(
  { start }: Workspace,
  meter: StoreMeter,
  variant: Variant,
  { handler, event, status, environment }: Operation,
): Promise<StoreUsage> {
  const running = await start(variant, handler, {
    AWS_ENDPOINT_URL_DYNAMODB: meter.endpoint,
    ...environment,
  });
  // The first calls of a process wait for their connections, which sets parallel calls apart.
  await running.invoke(status, event());
  meter.takeUsage();
  await running.invoke(status, event());
  await running.stop();
  return meter.takeUsage();
}
