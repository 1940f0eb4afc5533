import type { Parsed } from './parsed.ts';

declare const idempotencyKey: unique symbol;

/** What a caller names a booking by, to ask for it again safely: 1 to 255 printable ASCII characters. */
export type IdempotencyKey = string & { readonly [idempotencyKey]: true };

/** The printable characters of ASCII, space to tilde. */
export const IDEMPOTENCY_KEY_PATTERN = /^[ -~]{1,255}$/;

/** Reads an idempotency key from text. */
export function parseIdempotencyKey(text: string): Parsed<IdempotencyKey> {
  return IDEMPOTENCY_KEY_PATTERN.test(text)
    ? { value: text as IdempotencyKey }
    : { fault: 'must be 1 to 255 printable ASCII characters' };
}
