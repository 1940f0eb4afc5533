/** The result of reading text: the value, or a sentence that says what the text must be. */
export type Parsed<T> = { readonly value: T } | { readonly fault: string };

/** A format of text: its parser, which knows the whole rule, and the part of the rule that a pattern can express. */
export interface TextFormat<T> {
  readonly pattern: RegExp;
  readonly parse: (text: string) => Parsed<T>;
}

/** A format whose pattern is the whole rule. */
export function patternFormat<T extends string>(pattern: RegExp, fault: string): TextFormat<T> {
  return {
    pattern,
    parse: (text) => (pattern.test(text) ? { value: text as T } : { fault }),
  };
}
