import type { Id } from './id.ts';
import type { Parsed } from './parsed.ts';

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
