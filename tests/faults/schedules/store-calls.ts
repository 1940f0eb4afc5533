import type { Calendar } from './commands.ts';
import type { StoreResponse } from './engine.ts';

/** A call to the store, as the SDK sends it. */
export interface StoreCall {
  readonly headers: Record<string, string>;
  readonly body: string;
}

export function isWrite({ headers }: StoreCall): boolean {
  return !/\.(?:GetItem|BatchGetItem|Query)$/.test(headers['x-amz-target'] ?? '');
}

/** An object with its members in alphabetical order, at every level. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}

type Key = Readonly<Record<'PK' | 'SK', { S: string }>>;

/** The keys that a call reads. None if it writes, or reads a range of keys. */
export function keysRead(call: StoreCall): readonly Key[] {
  if (isWrite(call)) return [];
  const { Key, RequestItems = {} } = JSON.parse(call.body) as {
    readonly Key?: Key;
    readonly RequestItems?: Readonly<Record<string, { readonly Keys: readonly Key[] }>>;
  };
  return Key ? [Key] : Object.values(RequestItems).flatMap(({ Keys }) => Keys);
}

/** Whether a key is that of a person that all runs share. The ids of others end with a date. */
export function isSharedProfile({ PK, SK }: Key): boolean {
  return SK.S === 'PROFILE' && !PK.S.includes('-');
}

interface Action {
  readonly Key?: Key;
  readonly Item?: Key;
}

/** `put DAY#d0`, or `transaction: update DAY#d0, put DAY#d1` */
export function describeCall({ headers, body }: StoreCall, calendar: Calendar): string {
  const operation = headers['x-amz-target']?.split('.').at(-1) ?? '';
  const input = JSON.parse(body) as Action & {
    readonly TransactItems?: readonly Record<string, Action>[];
    readonly ExpressionAttributeValues?: Record<string, { S: string }>;
  };
  if (input.TransactItems) {
    const actions = input.TransactItems.flatMap((item) => Object.entries(item));
    return `transaction: ${actions.map(([verb, action]) => `${verb.toLowerCase()} ${keyOf(action, calendar)}`).join(', ')}`;
  }
  const keys = keysRead({ headers, body });
  if (keys.length > 0) return `get ${keys.map((Key) => keyOf({ Key }, calendar)).join(', ')}`;
  if (operation === 'Query') {
    const values = Object.values(input.ExpressionAttributeValues ?? {}).map(({ S }) => S);
    return calendar.readable(`query ${values.slice(1).join(' to ')}`);
  }
  return `${operation.replace('Item', '').toLowerCase()} ${keyOf(input, calendar)}`;
}

function keyOf({ Key, Item }: Action, calendar: Calendar): string {
  const { PK, SK } = Key ?? Item ?? {};
  return calendar.readable(`${PK?.S.split('#')[1] ?? ''} ${SK?.S ?? ''}`);
}

/** `done`, or why not. */
export function describeStore({ statusCode, body }: StoreResponse): string {
  if (statusCode === 200) return 'done';
  const { __type = '' } = JSON.parse(body.toString()) as { __type?: string };
  const error = __type.split('#').at(-1) ?? '';
  return /ConditionalCheckFailed|TransactionCanceled/.test(error) ? 'a condition fails' : error;
}
