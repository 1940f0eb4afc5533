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

declare const name: unique symbol;

/** A first or last name: 1 to 100 characters (code points), none of them a control character or half a surrogate pair. */
export type Name = string & { readonly [name]: true };

export interface Patient {
  readonly patientId: Id;
  readonly firstName: Name;
  readonly lastName: Name;
}

export interface Practitioner {
  readonly practitionerId: Id;
  readonly firstName: Name;
  readonly lastName: Name;
  /** The US National Provider Identifier, where there is one. */
  readonly npi: string | null;
}

/** Reads a first or last name. */
export function parseName(text: string): Parsed<Name> {
  return /^[^\p{Cc}\p{Cs}]{1,100}$/u.test(text)
    ? { value: text as Name }
    : { fault: 'must be 1 to 100 characters without control characters' };
}
