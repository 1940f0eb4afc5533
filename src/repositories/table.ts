import { setTimeout as sleep } from 'node:timers/promises';
import {
  type CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  QueryCommand,
  type QueryCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import type { AppointmentId } from '../domain/appointment.ts';
import type { Parsed } from '../domain/parsed.ts';
import type { Id } from '../domain/people.ts';
import { StoreUnavailableError } from '../domain/ports.ts';
import { parseSlot, type Slot, type UtcDate } from '../domain/slot.ts';

type Logger = NonNullable<DynamoDBClientConfig['logger']>;

/** The single table: its client and name, either for one request or for any. */
export interface Table extends RequestScope {
  readonly client: DynamoDBDocumentClient;
  readonly name: string;
}

/** What all store calls of one request share. */
export interface RequestScope {
  /** The deadline of the request. Without one, only the client's own limits apply. */
  readonly signal?: AbortSignal;
  /** Receives the number of attempts of each call. */
  readonly onCall?: (attempts: number) => void;
}

/** An item before it is parsed. */
export type Item = Readonly<Record<string, unknown>>;

export interface Key {
  readonly PK: string;
  readonly SK: string;
}

/**
 * Three attempts of 2 s each. The reads and the write of a booking fit into a function's 15 s, with the pauses
 * between attempts, unless DynamoDB throttles (the SDK then pauses for up to 1 s and 2 s) or sends its
 * response slowly. The request's deadline bounds those, and commands that make more calls.
 */
const CLIENT_LIMITS = {
  maxAttempts: 3,
  requestHandler: {
    // Includes waiting for a free socket.
    connectionTimeout: 1000,
    // Until a response begins. Without `throwOnRequestTimeout` the SDK only logs a warning.
    requestTimeout: 2000,
    throwOnRequestTimeout: true,
    // While a response arrives.
    socketTimeout: 2000,
  },
};

const ignore = () => undefined;

/**
 * Logs nothing. The client's default logger also logs nothing, but it has `info`, so the client copies each input
 * and output for it.
 */
const NO_LOG = { trace: ignore, debug: ignore, warn: ignore, error: ignore } as Logger;

/** Opens a table. The AWS SDK takes region, endpoint and credentials from the environment. */
export function openTable(name: string): Table {
  const client = new DynamoDBClient({ ...CLIENT_LIMITS, logger: NO_LOG });
  return { client: DynamoDBDocumentClient.from(client), name };
}

export function patientKey(patientId: Id): Key {
  return { PK: `PATIENT#${patientId}`, SK: 'PROFILE' };
}

export function practitionerKey(practitionerId: Id): Key {
  return { PK: `PRACTITIONER#${practitionerId}`, SK: 'PROFILE' };
}

/** The key of the patient's appointment on that date: both its record and the lock on the date. */
export function patientDayKey(patientId: Id, date: UtcDate): Key {
  return { PK: `PATIENT#${patientId}`, SK: `DAY#${date}` };
}

/** The key of an ended appointment whose date was booked again. */
export function replacedAppointmentKey(
  patientId: Id,
  date: UtcDate,
  appointmentId: AppointmentId,
): Key {
  const { PK, SK } = patientDayKey(patientId, date);
  return { PK, SK: `${SK}#${appointmentId}` };
}

/** The key of the practitioner's time, `SLOT#yyyy-mm-ddThh:mmZ`. Used only if double booking is rejected. */
export function practitionerSlotKey(practitionerId: Id, slot: Slot): Key {
  return { PK: `PRACTITIONER#${practitionerId}`, SK: `SLOT#${slot.slice(0, -':00Z'.length)}Z` };
}

/** The start of the keys of a practitioner's slots on a date. */
export function practitionerDateKey(practitionerId: Id, date: UtcDate): Key {
  return { PK: `PRACTITIONER#${practitionerId}`, SK: `SLOT#${date}T` };
}

/** Reads the slot from a sort key of {@link practitionerSlotKey}. */
export function parseSlotKey(SK: string): Parsed<Slot> {
  return parseSlot(SK.replace(/^SLOT#(.*)Z$/, '$1:00Z'));
}

/** Reads that begin at the same time. Both maps are keyed by {@link nameOf}. */
interface ReadsTogether {
  readonly keys: Map<string, Key>;
  readonly items: Promise<ReadonlyMap<string, Item | undefined>>;
}

/** The reads that have just begun. The next microtask makes their call. */
const begun = new WeakMap<Table, ReadsTogether>();

/**
 * Reads the item at a key. The read is consistent: it sees every completed write. Reads that a request begins at
 * the same time, at most 100, become one call, because a call costs the client far more than an item does.
 */
export async function getItem(table: Table, { PK, SK }: Key): Promise<Item | undefined> {
  const reads = begun.get(table) ?? beginReads(table);
  const name = nameOf({ PK, SK });
  reads.keys.set(name, { PK, SK });
  return (await reads.items).get(name);
}

function beginReads(table: Table): ReadsTogether {
  const keys: ReadsTogether['keys'] = new Map();
  const items = Promise.resolve().then(async () => {
    begun.delete(table);
    const [first, ...others] = keys;
    if (first && others.length === 0) {
      const [name, key] = first;
      return new Map([[name, await getOnly(table, key)]]);
    }
    const found = await getItems(table, [...keys.values()]);
    return new Map(found.map((item) => [nameOf(item), item]));
  });
  const reads = { keys, items };
  begun.set(table, reads);
  return reads;
}

function nameOf({ PK, SK }: Key | Item): string {
  return `${String(PK)} ${String(SK)}`;
}

/** Costs less than a batch of one. */
async function getOnly(table: Table, Key: Key): Promise<Item | undefined> {
  const command = new GetCommand({ TableName: table.name, Key, ConsistentRead: true });
  const { Item } = await callStore(table, (options) => table.client.send(command, options));
  return Item;
}

/** Reads the items at keys, at most 100. The reads are consistent. Asks again for keys that DynamoDB did not process. */
export async function getItems(table: Table, keys: readonly Key[]): Promise<readonly Item[]> {
  const items: Item[] = [];
  let open = keys.map(({ PK, SK }): Record<string, unknown> => ({ PK, SK }));
  for (let tries = 1; open.length > 0; tries += 1) {
    const request = { [table.name]: { Keys: open, ConsistentRead: true } };
    const command = new BatchGetCommand({ RequestItems: request });
    const { Responses, UnprocessedKeys } = await callStore(table, (options) =>
      table.client.send(command, options),
    );
    items.push(...(Responses?.[table.name] ?? []));
    open = UnprocessedKeys?.[table.name]?.Keys ?? [];
    if (open.length > 0 && tries === MAX_TRIES) throw new StoreUnavailableError();
    if (open.length > 0) await pause(table, tries);
  }
  return items;
}

/** About as many appointments as fit into the 1 MB that DynamoDB returns at once. */
const MAX_PAGE_SIZE = 2000;

/**
 * Reads the items of a range of keys, page by page. The read is consistent, unless it is of an index. With a `Limit`,
 * each page reads twice as many items as the one before, so few calls are needed even if a filter leaves out most
 * of them.
 */
export async function* query(
  table: Table,
  input: Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey'>,
): AsyncGenerator<readonly Item[]> {
  let { Limit } = input;
  let nextKey: Record<string, unknown> | undefined;
  do {
    const command: QueryCommand = new QueryCommand({
      TableName: table.name,
      ConsistentRead: input.IndexName === undefined,
      ...input,
      ...(Limit && { Limit }),
      ...(nextKey && { ExclusiveStartKey: nextKey }),
    });
    const page = await callStore(table, (options) => table.client.send(command, options));
    yield page.Items ?? [];
    nextKey = page.LastEvaluatedKey;
    Limit = Limit && Math.min(2 * Limit, MAX_PAGE_SIZE);
  } while (nextKey !== undefined);
}

/** One action of a write. */
export type WriteAction = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** What must hold of the item at a key. If it does not, the write fails and returns that item. */
export type Condition = Pick<
  PutCommandInput,
  'ConditionExpression' | 'ExpressionAttributeNames' | 'ExpressionAttributeValues'
>;

export const ABSENT: Condition = { ConditionExpression: 'attribute_not_exists(PK)' };

const RETURN_ITEM = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;

export function put({ name }: Table, item: Key & Item, condition?: Condition): WriteAction {
  return {
    Put: { TableName: name, Item: item, ...(condition && { ...condition, ...RETURN_ITEM }) },
  };
}

/** Sets attributes of an item. */
export function update(
  { name }: Table,
  Key: Key,
  attributes: Item,
  { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues }: Condition,
): WriteAction {
  const entries = Object.entries(attributes);
  return {
    Update: {
      TableName: name,
      Key,
      UpdateExpression: `SET ${entries.map(([attribute]) => `#${attribute} = :${attribute}`).join(', ')}`,
      ConditionExpression,
      ExpressionAttributeNames: {
        ...ExpressionAttributeNames,
        ...Object.fromEntries(entries.map(([attribute]) => [`#${attribute}`, attribute])),
      },
      ExpressionAttributeValues: {
        ...ExpressionAttributeValues,
        ...Object.fromEntries(entries.map(([attribute, value]) => [`:${attribute}`, value])),
      },
      ...RETURN_ITEM,
    },
  };
}

export type WriteOutcome =
  | { readonly kind: 'written' }
  /**
   * Nothing was written by this attempt: the condition of action `at` failed on `item`, and the conditions
   * of all actions before it held. If `isRetried`, an earlier attempt got no response and may have been
   * stored, so `item` may be what it wrote.
   */
  | {
      readonly kind: 'condition-failed';
      readonly at: number;
      readonly item: Item | undefined;
      readonly isRetried: boolean;
    }
  /** At least one attempt got no response, so the write may have happened, or may still happen. */
  | { readonly kind: 'unknown'; readonly error: StoreUnavailableError };

/**
 * Carries out all actions or none: one action as a plain write, several as a transaction. Transactions
 * that conflict on an item can cancel each other. A canceled one is sent again after a pause.
 *
 * @throws StoreUnavailableError if every attempt was canceled, or if the deadline passed during a pause. In the
 * second case, an earlier attempt may have been stored.
 */
export async function write(table: Table, actions: readonly WriteAction[]): Promise<WriteOutcome> {
  let isUnanswered = false;
  for (let tries = 1; ; tries += 1) {
    try {
      await callStore(table, (options) => send(table, actions, options));
      return { kind: 'written' };
    } catch (error) {
      isUnanswered ||= isOutcomeUnknown(error);
      const failure = failedCondition(error);
      if (failure !== undefined) return { ...failure, isRetried: isUnanswered };
      if (!isPassing(error) || tries === MAX_TRIES) {
        if (isUnanswered) return { kind: 'unknown', error: unavailable(error) };
        throw isPassing(error) ? unavailable(error) : error;
      }
      await pause(table, tries);
    }
  }
}

async function send(
  { client }: Table,
  actions: readonly WriteAction[],
  options: { abortSignal?: AbortSignal },
): Promise<MetadataBearer> {
  const { Put, Update } = actions.length === 1 ? (actions[0] ?? {}) : {};
  if (Put) return client.send(new PutCommand(Put), options);
  if (Update) return client.send(new UpdateCommand(Update), options);
  return client.send(new TransactWriteCommand({ TransactItems: [...actions] }), options);
}

/** With pauses of up to 25 ms, 50 ms and so on to 800 ms: less than 3 s in total, half of that on average. */
const MAX_TRIES = 8;

/** Waits for a random time, so that requests that conflicted do not conflict again. */
async function pause({ signal }: RequestScope, tries: number): Promise<void> {
  const milliseconds = Math.random() * Math.min(25 * 2 ** (tries - 1), 800);
  await sleep(milliseconds, undefined, signal && { signal }).catch((error: unknown) => {
    throw unavailable(error);
  });
}

/** The first failed condition, if the conditions of all actions before it are known to hold. */
function failedCondition(error: unknown) {
  const reasons =
    error instanceof ConditionalCheckFailedException
      ? [{ Code: 'ConditionalCheckFailed', Item: error.Item }]
      : cancellationReasons(error);
  const at = reasons.findIndex(({ Code }) => Code !== 'None');
  const reason = reasons[at];
  if (reason?.Code !== 'ConditionalCheckFailed') return undefined;
  // The document client leaves the items of these exceptions marshalled (aws-sdk-js-v3 issue 6723).
  const item: Item | undefined = reason.Item && unmarshall(reason.Item);
  return { kind: 'condition-failed', at, item } as const;
}

/** Why a transaction was canceled, by action. */
function cancellationReasons(error: unknown): readonly CancellationReason[] {
  return error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
}

/** Temporary reasons: another write was in progress on an item, or DynamoDB throttled. */
const PASSING_REASONS = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/** Whether a write failed because of other traffic, so that it can be sent again. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof TransactionConflictException ||
    cancellationReasons(error).some(({ Code = '' }) => PASSING_REASONS.includes(Code))
  );
}

/**
 * Calls the store within the request's scope.
 *
 * @throws StoreUnavailableError if the store throttled, failed, could not be reached, or did not
 * respond by the deadline. Any other error is passed on.
 */
export async function callStore<Output extends MetadataBearer>(
  { signal, onCall }: RequestScope,
  call: (options: { abortSignal?: AbortSignal }) => Promise<Output>,
): Promise<Output> {
  try {
    const output = await call(signal ? { abortSignal: signal } : {});
    onCall?.(output.$metadata?.attempts ?? 1);
    return output;
  } catch (error) {
    onCall?.((error as MetadataBearer).$metadata?.attempts ?? 1);
    if (signal?.aborted === true || isUnavailability(error as SdkError)) throw unavailable(error);
    throw error;
  }
}

interface MetadataBearer {
  readonly $metadata?: { readonly attempts?: number; readonly httpStatusCode?: number };
}

/** Whether a failed write may have been stored: always, unless the only attempt was rejected. */
function isOutcomeUnknown(error: unknown): boolean {
  const { attempts = 1, httpStatusCode } = (error as MetadataBearer).$metadata ?? {};
  return error instanceof StoreUnavailableError || attempts > 1 || httpStatusCode === 200;
}

type SdkError = Parameters<typeof isTransientError>[0];

function isUnavailability(error: SdkError): boolean {
  return isThrottlingError(error) || isTransientError(error) || isServerError(error);
}

function unavailable(error: unknown): StoreUnavailableError {
  return error instanceof StoreUnavailableError
    ? error
    : new StoreUnavailableError({ cause: error });
}
