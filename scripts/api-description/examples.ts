import { readFileSync } from 'node:fs';
import type { ProblemCode } from '../../src/handlers/http/problems.ts';

/** Recorded bodies of responses: one per problem, and one per operation and successful status. */
export interface Examples {
  readonly problems: Partial<Readonly<Record<ProblemCode, unknown>>>;
  readonly successes: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export const EXAMPLES_FILE = new URL('examples.json', import.meta.url);

/** Real responses. tests/unit/handlers/api-description.test.ts records them, and fails if they are outdated. */
export const EXAMPLES = JSON.parse(readFileSync(EXAMPLES_FILE, 'utf8')) as Examples;
