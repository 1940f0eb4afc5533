import { patternFormat } from './parsed.ts';

declare const id: unique symbol;
declare const name: unique symbol;

/** The id of a patient or practitioner: 1 to 64 letters, digits, `_` or `-`. Case-sensitive. */
export type Id = string & { readonly [id]: true };

/** A first or last name: 1 to 100 code points, without control characters or lone surrogates. */
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
  /** The US National Provider Identifier, or null if there is none. */
  readonly npi: string | null;
}

/** Allows no `#`, so that an id can never reach into another part of a table key. */
export const ID = patternFormat<Id>(
  /^[A-Za-z0-9_-]{1,64}$/,
  'must be 1 to 64 letters, digits, "_" or "-"',
);

export const NAME = patternFormat<Name>(
  /^[^\p{Cc}\p{Cs}]{1,100}$/u,
  'must be 1 to 100 characters without control characters',
);
