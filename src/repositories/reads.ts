import {
  BatchGetCommand,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { StoreUnavailableError } from '../domain/ports.ts';
import type { Key } from './keys.ts';
import { callStore, type Item, MAX_TRIES, pause, type Store } from './store.ts';

/** The reads of one request. */
export interface Reads {
  /**
   * Reads the item at a key. The read is consistent: it sees every completed write. Reads that begin at the same
   * time, at most 100, become one call, because a call costs the client far more than an item does.
   */
  get(key: Key): Promise<Item | undefined>;
  /** Reads the items at keys, at most 100, with eventual consistency: at half the cost, without the latest writes. */
  getAll(keys: readonly Key[]): Promise<readonly Item[]>;
  /**
   * Reads the items of a range of keys, page by page. The read is consistent, unless it is of an index. With a
   * `Limit`, each page reads twice as many items as the one before, so few calls are needed even if a filter leaves
   * out most of them.
   */
  query(
    input: Omit<QueryCommandInput, 'TableName' | 'ExclusiveStartKey'>,
  ): AsyncGenerator<readonly Item[]>;
}

/** Reads that begin at the same time. Both maps are keyed by {@link nameOf}. */
interface ReadsTogether {
  readonly keys: Map<string, Key>;
  readonly items: Promise<ReadonlyMap<string, Item | undefined>>;
}

/** About as many appointments as fit into the 1 MB that DynamoDB returns at once. */
const MAX_PAGE_SIZE = 2000;

export function createReads(store: Store): Reads {
  /** The reads that have just begun. The next microtask makes their call. */
  let begun: ReadsTogether | undefined;

  function begin(): ReadsTogether {
    const keys: ReadsTogether['keys'] = new Map();
    const items = Promise.resolve().then(async () => {
      begun = undefined;
      const [first, ...others] = keys;
      if (first && others.length === 0) {
        const [name, key] = first;
        return new Map([[name, await getOnly(store, key)]]);
      }
      const found = await getItems(store, [...keys.values()], true);
      return new Map(found.map((item) => [nameOf(item), item]));
    });
    return { keys, items };
  }

  return {
    async get({ PK, SK }) {
      const { keys, items } = (begun ??= begin());
      const name = nameOf({ PK, SK });
      keys.set(name, { PK, SK });
      return (await items).get(name);
    },

    getAll: async (keys) => getItems(store, keys, false),

    async *query(input) {
      let { Limit } = input;
      let nextKey: Record<string, unknown> | undefined;
      do {
        const command: QueryCommand = new QueryCommand({
          TableName: store.name,
          ConsistentRead: input.IndexName === undefined,
          ...input,
          ...(Limit && { Limit }),
          ...(nextKey && { ExclusiveStartKey: nextKey }),
        });
        const page = await callStore(store, (options) => store.client.send(command, options));
        yield page.Items ?? [];
        nextKey = page.LastEvaluatedKey;
        Limit = Limit && Math.min(2 * Limit, MAX_PAGE_SIZE);
      } while (nextKey !== undefined);
    },
  };
}

function nameOf({ PK, SK }: Key | Item): string {
  return `${String(PK)} ${String(SK)}`;
}

/** Costs less than a batch of one. */
async function getOnly(store: Store, Key: Key): Promise<Item | undefined> {
  const command = new GetCommand({ TableName: store.name, Key, ConsistentRead: true });
  const { Item } = await callStore(store, (options) => store.client.send(command, options));
  return Item;
}

/** Asks again for keys that DynamoDB did not process. */
async function getItems(
  store: Store,
  keys: readonly Key[],
  ConsistentRead: boolean,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let open = keys.map(({ PK, SK }): Record<string, unknown> => ({ PK, SK }));
  for (let tries = 1; open.length > 0; tries += 1) {
    const request = { [store.name]: { Keys: open, ConsistentRead } };
    const command = new BatchGetCommand({ RequestItems: request });
    const { Responses, UnprocessedKeys } = await callStore(store, (options) =>
      store.client.send(command, options),
    );
    items.push(...(Responses?.[store.name] ?? []));
    open = UnprocessedKeys?.[store.name]?.Keys ?? [];
    if (open.length > 0 && tries === MAX_TRIES) throw new StoreUnavailableError();
    if (open.length > 0) await pause(store, tries);
  }
  return items;
}
