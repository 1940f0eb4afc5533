import type { Parsed } from './parsed.ts';

declare const id: unique symbol;

/** The id of a patient or a practitioner: 1 to 64 letters, digits, `_` or `-`, case sensitive. */
export type Id = string & { readonly [id]: true };

/** Holds no `#`, so that an id can never reach into another part of a key of the table. */
export const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** Reads an id from text. */
export function parseId(text: string): Parsed<Id> {
  return ID_PATTERN.test(text)
    ? { value: text as Id }
    : { fault: 'must be 1 to 64 letters, digits, "_" or "-"' };
}
