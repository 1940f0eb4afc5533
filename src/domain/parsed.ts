/** The result of reading text: the value, or a sentence that says what the text must be. */
export type Parsed<T> = { readonly value: T } | { readonly fault: string };
