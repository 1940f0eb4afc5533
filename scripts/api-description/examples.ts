import { readFileSync } from 'node:fs';
import type { ProblemCode } from '../../src/handlers/http/problems.ts';

/** What a function answered. */
export interface Example {
  readonly status: number;
  readonly body: unknown;
}

export const EXAMPLES_FILE = new URL('examples.json', import.meta.url);

export type Examples = Readonly<
  Record<'createAppointment' | 'listAppointments', Readonly<Record<string, Example>>>
>;

/** Real answers, recorded by tests/unit/handlers/api-description.test.ts, which also holds them to what is answered now. */
export function readExamples(): Examples {
  return JSON.parse(readFileSync(EXAMPLES_FILE, 'utf8')) as Examples;
}

export const isOk = ([, { status }]: readonly [string, Example]): boolean => status < 300;

/** The code of the problem that an answer tells of. */
export function problemCodeOf({ body }: Example): ProblemCode {
  const { type } = body as { type: string };
  return type.replace(/^urn:problem:/, '') as ProblemCode;
}
