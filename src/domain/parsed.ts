/** What reading a text gives: the value, or one sentence that says what the text must be. */
export type Parsed<T> = { readonly value: T } | { readonly fault: string };
