import type { Parsed } from '../domain/parsed.ts';
import type { Item } from './table.ts';

type Parse<T> = (text: string) => Parsed<T>;

/** A stored item is not what this service writes. The message names the attribute, but never its value. */
class InvalidItemError extends Error {
  override readonly name = 'InvalidItemError';
}

/**
 * Reads a text attribute of a stored item.
 *
 * @throws InvalidItemError if it is missing or invalid
 */
export function attribute<T>(item: Item | null | undefined, name: string, parse: Parse<T>): T {
  const text = item?.[name];
  const parsed = typeof text === 'string' ? parse(text) : { fault: 'must be a string' };
  if ('value' in parsed) return parsed.value;
  throw new InvalidItemError(`The stored attribute ${name} ${parsed.fault}`);
}

/** As {@link attribute}, of an attribute that may be absent. */
export function optional<T>(item: Item | undefined, name: string, parse: Parse<T>): T | undefined {
  return item?.[name] === undefined ? undefined : attribute(item, name, parse);
}

/** As {@link attribute}, of an attribute that may be null. */
export function nullable<T>(item: Item, name: string, parse: Parse<T>): T | null {
  return item[name] === null ? null : attribute(item, name, parse);
}

/** Accepts any text. */
export const text: Parse<string> = (value) => ({ value });

/** Accepts only these texts. */
export function oneOf<const T extends string>(...values: readonly T[]): Parse<T> {
  return (text) => {
    const value = values.find((each) => each === text);
    return value === undefined ? { fault: `must be one of ${values.join(', ')}` } : { value };
  };
}
