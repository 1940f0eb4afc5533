import type { Item, Key } from '../../src/repositories/table.ts';

/** What a read by key finds among these items. Items that a test adds later count too. */
export function readFrom(items: readonly Item[]) {
  return ({ Key: { PK, SK } }: { Key: Key }) => {
    const Item = items.find((item) => item['PK'] === PK && item['SK'] === SK);
    return { ...(Item && { Item }) };
  };
}
