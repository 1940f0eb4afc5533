import {
  ConditionalCheckFailedException,
  InternalServerError,
  ProvisionedThroughputExceededException,
  RequestLimitExceeded,
  ThrottlingException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';

const metadata = (httpStatusCode: number) => ({
  message: 'from the store',
  $metadata: { httpStatusCode },
});

/** A failed condition as the SDK throws it: its item is still marshalled. */
export function conditionFailed(item: Record<string, unknown>): ConditionalCheckFailedException {
  return new ConditionalCheckFailedException({ ...metadata(400), Item: marshall(item) });
}

/**
 * A canceled transaction as the SDK throws it, with one reason per item: the item that failed its
 * condition, still marshalled; `null` if the condition held; or a code.
 */
export function transactionCanceled(
  ...reasons: (Record<string, unknown> | string | null)[]
): TransactionCanceledException {
  return new TransactionCanceledException({
    ...metadata(400),
    CancellationReasons: reasons.map((reason) => {
      if (reason === null) return { Code: 'None' };
      if (typeof reason === 'string') return { Code: reason, Message: 'from the store' };
      return { Code: 'ConditionalCheckFailed', Item: marshall(reason), Message: 'from the store' };
    }),
  });
}

/** The errors that mean that the store is unavailable, as the SDK throws them after its last attempt. */
export const UNAVAILABILITIES: readonly [string, Error][] = [
  ['throttling of the table', new ThrottlingException(metadata(400))],
  ['throttling of a partition', new ProvisionedThroughputExceededException(metadata(400))],
  ['the limit of the account', new RequestLimitExceeded(metadata(400))],
  ['an internal error of DynamoDB', new InternalServerError(metadata(500))],
  [
    'an unknown error of the server',
    Object.assign(new Error('501'), { $metadata: { httpStatusCode: 501 } }),
  ],
  ['a timeout', Object.assign(new Error('timed out'), { name: 'TimeoutError' })],
  ['a rejected connection', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
  ['a reset connection', Object.assign(new Error('reset'), { code: 'ECONNRESET' })],
  ['an unknown host', Object.assign(new Error('lookup'), { code: 'ENOTFOUND' })],
];
