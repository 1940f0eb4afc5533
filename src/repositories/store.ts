import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry';
import { StoreUnavailableError } from '../domain/ports.ts';

type Logger = NonNullable<DynamoDBClientConfig['logger']>;

/** The single table: its client and its name. */
export interface Table {
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

/** The table, as one request uses it. */
export type Store = Table & RequestScope;

/** An item before it is parsed. */
export type Item = Readonly<Record<string, unknown>>;

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

/** The options of one call of the client. */
export interface CallOptions {
  readonly abortSignal?: AbortSignal;
}

/**
 * Calls the store within the request's scope.
 *
 * @throws StoreUnavailableError if the store throttled, failed, could not be reached, or did not
 * respond by the deadline. Any other error is passed on.
 */
export async function callStore<Output extends MetadataBearer>(
  { signal, onCall }: Store,
  call: (options: CallOptions) => Promise<Output>,
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

export interface MetadataBearer {
  readonly $metadata?: { readonly attempts?: number; readonly httpStatusCode?: number };
}

/** How often a call is sent if other traffic is in the way: with pauses of up to 25 ms, 50 ms and so on to 800 ms, less than 3 s in total. */
export const MAX_TRIES = 8;

/** Waits for a random time, so that requests that conflicted do not conflict again. */
export async function pause({ signal }: Store, tries: number): Promise<void> {
  const milliseconds = Math.random() * Math.min(25 * 2 ** (tries - 1), 800);
  await sleep(milliseconds, undefined, signal && { signal }).catch((error: unknown) => {
    throw unavailable(error);
  });
}

type SdkError = Parameters<typeof isTransientError>[0];

function isUnavailability(error: SdkError): boolean {
  return isThrottlingError(error) || isTransientError(error) || isServerError(error);
}

export function unavailable(error: unknown): StoreUnavailableError {
  return error instanceof StoreUnavailableError
    ? error
    : new StoreUnavailableError({ cause: error });
}
