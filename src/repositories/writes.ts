import {
  type CancellationReason,
  ConditionalCheckFailedException,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  PutCommand,
  type PutCommandInput,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { StoreUnavailableError } from '../domain/ports.ts';
import type { Key } from './keys.ts';
import {
  type CallOptions,
  callStore,
  type Item,
  MAX_TRIES,
  type MetadataBearer,
  pause,
  type Store,
  type Table,
  unavailable,
} from './store.ts';

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

/** Sets attributes of an item, and removes those that are undefined. */
export function update(
  { name }: Table,
  Key: Key,
  attributes: Item,
  { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues }: Condition,
): WriteAction {
  const names = Object.keys(attributes);
  const values = Object.entries(attributes).filter(([, value]) => value !== undefined);
  const removed = names.filter((attribute) => attributes[attribute] === undefined);
  return {
    Update: {
      TableName: name,
      Key,
      UpdateExpression: [
        `SET ${values.map(([attribute]) => `#${attribute} = :${attribute}`).join(', ')}`,
        ...(removed.length > 0
          ? [`REMOVE ${removed.map((attribute) => `#${attribute}`).join(', ')}`]
          : []),
      ].join(' '),
      ConditionExpression,
      ExpressionAttributeNames: {
        ...ExpressionAttributeNames,
        ...Object.fromEntries(names.map((attribute) => [`#${attribute}`, attribute])),
      },
      ExpressionAttributeValues: {
        ...ExpressionAttributeValues,
        ...Object.fromEntries(values.map(([attribute, value]) => [`:${attribute}`, value])),
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
export async function write(store: Store, actions: readonly WriteAction[]): Promise<WriteOutcome> {
  let isUnanswered = false;
  for (let tries = 1; ; tries += 1) {
    try {
      await callStore(store, (options) => send(store, actions, options));
      return { kind: 'written' };
    } catch (error) {
      isUnanswered ||= isOutcomeUnknown(error);
      const failure = failedCondition(error);
      if (failure !== undefined) return { ...failure, isRetried: isUnanswered };
      if (!isPassing(error) || tries === MAX_TRIES) {
        if (isUnanswered) return { kind: 'unknown', error: unavailable(error) };
        throw isPassing(error) ? unavailable(error) : error;
      }
      await pause(store, tries);
    }
  }
}

async function send(
  { client }: Table,
  actions: readonly WriteAction[],
  options: CallOptions,
): Promise<MetadataBearer> {
  const { Put, Update } = actions.length === 1 ? (actions[0] ?? {}) : {};
  if (Put) return client.send(new PutCommand(Put), options);
  if (Update) return client.send(new UpdateCommand(Update), options);
  return client.send(new TransactWriteCommand({ TransactItems: [...actions] }), options);
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

/** Whether a failed write may have been stored: always, unless the only attempt was rejected. */
function isOutcomeUnknown(error: unknown): boolean {
  const { attempts = 1, httpStatusCode } = (error as MetadataBearer).$metadata ?? {};
  return error instanceof StoreUnavailableError || attempts > 1 || httpStatusCode === 200;
}
