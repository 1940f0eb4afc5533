import { readFileSync } from 'node:fs';
import type { ProblemCode } from '../../src/handlers/http/problems.ts';

/** A recorded response of a function. */
export interface Example {
  readonly status: number;
  readonly body: unknown;
}

export const EXAMPLES_FILE = new URL('examples.json', import.meta.url);

/** Recorded responses by operation, and by what the request is an example of. */
export type Examples = Readonly<Record<string, Readonly<Record<string, Example>>>>;

/** Real responses. tests/unit/handlers/api-description.test.ts records them, and fails if they are outdated. */
export function readExamples(): Examples {
  return JSON.parse(readFileSync(EXAMPLES_FILE, 'utf8')) as Examples;
}

/** The code of the problem in a response, or `undefined` if the response is a success. */
export function problemCodeOf({ body }: Example): ProblemCode | undefined {
  const { type } = body as { type?: string };
  return type?.replace(/^urn:problem:/, '') as ProblemCode | undefined;
}
