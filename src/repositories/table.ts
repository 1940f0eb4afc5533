import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { isStoreUnavailable, storeUnavailable } from '../domain/booking-error.ts';
import type { Id } from '../domain/people.ts';
import type { Slot, UtcDate } from '../domain/slot.ts';

/** The single table: the client that reaches it, and its name; for one request, or for any. */
export interface Table extends RequestScope {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

/** What the calls of the store that one request makes have in common. */
export interface RequestScope {
  /** The deadline of the request; without one the SDK's own limits hold. */
  readonly signal?: AbortSignal;
  /** Is told how many attempts each call took. */
  readonly onAttempts?: (attempts: number) => void;
}

/** An item before it is parsed. */
export type Item = Readonly<Record<string, unknown>>;

export interface Key {
  readonly PK: string;
  readonly SK: string;
}

/**
 * Three attempts of 2 s each: the reads, the put and the pauses between attempts fit into a function's
 * 15 s, unless DynamoDB throttles (the SDK then pauses up to 1 s and 2 s) or trickles its answers; the
 * deadline bounds that too.
 */
const CLIENT_LIMITS = {
  maxAttempts: 3,
  requestHandler: {
    // Includes waiting for a free socket.
    connectionTimeout: 1000,
    // Until an answer begins; without `throwOnRequestTimeout` the SDK only warns when it has passed.
    requestTimeout: 2000,
    throwOnRequestTimeout: true,
    // While an answer comes in.
    socketTimeout: 2000,
  },
};

/** Opens the table by its name; region, endpoint and credentials come from the environment, as the AWS SDK finds them. */
export function openTable(name: string): Table {
  return { client: DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT_LIMITS)), name };
}

export function patientKey(patientId: Id): Key {
  return { PK: `PATIENT#${patientId}`, SK: 'PROFILE' };
}

export function practitionerKey(practitionerId: Id): Key {
  return { PK: `PRACTITIONER#${practitionerId}`, SK: 'PROFILE' };
}

/** The key of the appointment on that date: both its record and the lock on the patient's day. */
export function patientDayKey(patientId: Id, date: UtcDate): Key {
  return { PK: `PATIENT#${patientId}`, SK: `DAY#${date}` };
}

/** The key of the practitioner's time, `SLOT#yyyy-mm-ddThh:mmZ`; only where double booking is rejected. */
export function practitionerSlotKey(practitionerId: Id, slot: Slot): Key {
  return { PK: `PRACTITIONER#${practitionerId}`, SK: `SLOT#${slot.slice(0, -':00Z'.length)}Z` };
}

/** Reads the item at a key, consistently: what was written a moment ago is seen. */
export async function getItem(table: Table, key: Key): Promise<Item | undefined> {
  const command = new GetCommand({ TableName: table.name, Key: key, ConsistentRead: true });
  const { Item } = await callStore(table, (options) => table.client.send(command, options));
  return Item;
}

/**
 * Puts an item at its key unless there is one, atomically and in one write. Returns the item that is
 * at the key now: the given one, or the one that was there. Where the SDK sent the put twice because
 * the first answer was lost, the one that was there is the given one.
 *
 * Where an attempt was not answered, the put may have been stored all the same. One read settles that
 * if it finds an item; if it finds none it settles nothing, because the put can still arrive.
 *
 * @throws BookingError `store-unavailable`, where it is not known whether the item was stored
 */
export async function putItemIfAbsent(table: Table, item: Key & Item): Promise<Item> {
  const command = new PutCommand(ifAbsent(table, item));
  try {
    await callStore(table, (options) => table.client.send(command, options));
    return item;
  } catch (error) {
    // The document client leaves the Item of this exception marshalled (aws-sdk-js-v3 issue 6723).
    if (error instanceof ConditionalCheckFailedException && error.Item !== undefined) {
      return unmarshall(error.Item);
    }
    if (!isOutcomeUnknown(error)) throw error;
    return settle(table, item, error);
  }
}

/**
 * Puts two items at their keys unless there is one at either, atomically, in one transaction. Returns the
 * item that is at the first key now, as {@link putItemIfAbsent} does; undefined where only the second is
 * taken. Transactions that meet on an item cancel each other: one that was cancelled is sent again after
 * a pause. The SDK's own attempts carry one token, so that one of them at most is carried out.
 *
 * @throws BookingError `store-unavailable`, where it is not known whether the items were stored, or where
 * the transaction was cancelled each time
 */
export async function putBothIfAbsent(
  table: Table,
  first: Key & Item,
  second: Key & Item,
): Promise<Item | undefined> {
  const items = [first, second].map((item) => ({ Put: ifAbsent(table, item) }));
  // An attempt without an answer may have been carried out, whatever is answered to the later ones.
  let isUnanswered = false;
  for (let tries = 1; ; tries += 1) {
    try {
      const command = new TransactWriteCommand({ TransactItems: items });
      await callStore(table, (options) => table.client.send(command, options));
      return first;
    } catch (error) {
      const [ofFirst, ofSecond] = cancellationReasons(error);
      if (ofFirst?.Item !== undefined) return unmarshall(ofFirst.Item);
      if (ofFirst?.Code === 'None' && ofSecond?.Item !== undefined) return undefined;
      isUnanswered ||= isOutcomeUnknown(error);
      if (!isPassing(error) || tries === MAX_TRIES) {
        if (isUnanswered) return settle(table, first, error);
        throw isPassing(error) ? storeUnavailable({ cause: error }) : error;
      }
      await pause(table, tries);
    }
  }
}

/** Of a transaction; with pauses of up to 25 ms, 50 ms and so on to 800 ms: less than 3 s together, on average half of that. */
const MAX_TRIES = 8;

/** Waits a random time, so that those who met do not meet again. */
async function pause({ signal }: RequestScope, tries: number): Promise<void> {
  const milliseconds = Math.random() * Math.min(25 * 2 ** (tries - 1), 800);
  await sleep(milliseconds, undefined, signal && { signal }).catch((error: unknown) => {
    throw storeUnavailable({ cause: error });
  });
}

function ifAbsent(table: Table, item: Key & Item) {
  return {
    TableName: table.name,
    Item: item,
    ConditionExpression: 'attribute_not_exists(PK)',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
}

/** Why a transaction was cancelled, for each of its items. */
function cancellationReasons(error: unknown): readonly CancellationReason[] {
  return error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
}

/** The reasons of a cancelled transaction that pass: another was at work on an item, or DynamoDB throttled. */
const PASSING_REASONS = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/** Whether a transaction failed for what else was going on, so that it can be sent again. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof TransactionConflictException ||
    cancellationReasons(error).some(({ Code = '' }) => PASSING_REASONS.includes(Code))
  );
}

/** Looks what is at the key of an item whose put failed and may have been stored all the same. */
async function settle(table: Table, item: Key & Item, error: unknown): Promise<Item> {
  const found = await getItem(table, { PK: item.PK, SK: item.SK });
  if (found !== undefined) return found;
  throw isStoreUnavailable(error) ? error : storeUnavailable({ cause: error });
}

/**
 * Makes a call of the store within the request's scope.
 *
 * @throws BookingError `store-unavailable` where the store throttled, failed, could not be reached or
 * did not answer by the deadline; any other error as it came
 */
export async function callStore<Output extends MetadataBearer>(
  { signal, onAttempts }: RequestScope,
  call: (options: { abortSignal?: AbortSignal }) => Promise<Output>,
): Promise<Output> {
  try {
    const output = await call(signal ? { abortSignal: signal } : {});
    onAttempts?.(output.$metadata?.attempts ?? 1);
    return output;
  } catch (error) {
    onAttempts?.((error as MetadataBearer).$metadata?.attempts ?? 1);
    if (signal?.aborted === true || isUnavailability(error as SdkError)) {
      throw storeUnavailable({ cause: error });
    }
    throw error;
  }
}

interface MetadataBearer {
  readonly $metadata?: { readonly attempts?: number; readonly httpStatusCode?: number };
}

/** Whether a put that failed may have been stored: all but one that was refused at the first attempt. */
function isOutcomeUnknown(error: unknown): boolean {
  const { attempts = 1, httpStatusCode } = (error as MetadataBearer).$metadata ?? {};
  return isStoreUnavailable(error) || attempts > 1 || httpStatusCode === 200;
}

type SdkError = Parameters<typeof isTransientError>[0];

function isUnavailability(error: SdkError): boolean {
  return isThrottlingError(error) || isTransientError(error) || isServerError(error);
}
