import { type Parsed, patternFormat, type TextFormat } from './parsed.ts';
import type { Schedule } from './schedule.ts';

declare const id: unique symbol;
declare const name: unique symbol;

/** The id of a patient or practitioner: 1 to 64 letters, digits, `_` or `-`. Case-sensitive. */
export type Id = string & { readonly [id]: true };

/** A first or last name in the Unicode form NFC. {@link NAME} has its rule. */
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
  /** The US National Provider Identifier, or null if there is none. {@link NPI} has its rule. */
  readonly npi: string | null;
}

/** A practitioner, and when they work. */
export type ScheduledPractitioner = Practitioner & { readonly schedule: Schedule };

/** The patient, or null if they were erased. */
export function unlessErased(patient: Patient | 'erased'): Patient | null {
  return patient === 'erased' ? null : patient;
}

/** Allows no `#`, so that an id can never reach into another part of a table key. */
export const ID = patternFormat<Id>(
  /^[A-Za-z0-9_-]{1,64}$/,
  'must be 1 to 64 letters, digits, "_" or "-"',
);

/**
 * 1 to 100 code points, at least one of them visible. No control characters, no lone surrogates, and no
 * characters that reverse the direction of other text (Unicode TR9: embeddings, overrides, and isolates).
 */
export const NAME: TextFormat<Name> = {
  pattern:
    /^(?=[\s\S]*[^\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800])[^\p{Cc}\p{Cs}\u202A-\u202E\u2066-\u2069]{1,100}$/u,
  parse(text): Parsed<Name> {
    const normalized = text.normalize('NFC');
    // A few characters become several.
    return NAME.pattern.test(text) && NAME.pattern.test(normalized)
      ? { value: normalized as Name }
      : {
          fault:
            'must be 1 to 100 characters, at least one of them visible, without control characters or bidirectional overrides',
        };
  },
};

/** Not only valid NPIs: other countries have other identifiers. */
export const NPI = patternFormat<string>(
  /^[^\p{Cc}\p{Cs}]{1,64}$/u,
  'must be 1 to 64 characters without control characters',
);
