import type { Parsed } from '../domain/parsed.ts';
import type { Item } from './store.ts';

type Stored = Item | null | undefined;
type Parse<T> = (text: string) => Parsed<T>;

/** Thrown if an attribute of a stored item is missing or invalid. The message names the attribute, but never its value. */
export class InvalidItemError extends Error {
  override readonly name = 'InvalidItemError';
  /** The name of the attribute. One inside another is `rescheduled_to.date`. */
  readonly attribute: string;

  constructor(attribute: string, fault: string) {
    super(`The stored attribute ${attribute} ${fault}`);
    this.attribute = attribute;
  }
}

/**
 * Reads a text attribute of a stored item.
 *
 * @param path how an error names the attribute, if it is inside another one
 * @throws InvalidItemError if it is missing or invalid
 */
export function attribute<T>(item: Stored, name: string, parse: Parse<T>, path = name): T {
  const value = item?.[name];
  const parsed = typeof value === 'string' ? parse(value) : { fault: 'must be a string' };
  if ('value' in parsed) return parsed.value;
  throw new InvalidItemError(path, parsed.fault);
}

/** Like {@link attribute}, but the attribute may be absent. */
export function optional<T>(item: Stored, name: string, parse: Parse<T>): T | undefined {
  return item?.[name] === undefined ? undefined : attribute(item, name, parse);
}

/** Like {@link attribute}, but the attribute may be null. */
export function nullable<T>(item: Stored, name: string, parse: Parse<T>): T | null {
  return item?.[name] === null ? null : attribute(item, name, parse);
}

/** Reads a number that counts something. */
export function count(item: Stored, name: string): number {
  const value = item?.[name];
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
  throw new InvalidItemError(name, 'must be a whole number');
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
