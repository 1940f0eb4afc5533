import * as z from 'zod/mini';
import { MAX_LIMIT } from '../../domain/list.ts';
import { ID_PATTERN } from '../../domain/people.ts';
import { PROBLEM_TYPES, type ProblemCode } from './problem-types.ts';

// What the functions answer. They take their types from here, and the API description its schemas; no
// answer is parsed on its way out, so that none of this is in a bundle.

const id = z.string().check(z.regex(ID_PATTERN));
const name = z.string().check(z.minLength(1), z.maxLength(100));
const halfHour = z
  .string()
  .check(z.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[03]0:00Z$/));

export const appointmentAnswer = z.object({
  appointment_id: z.uuidv4(),
  patient_id: id,
  patient_first_name: name,
  patient_last_name: name,
  practitioner_id: id,
  practitioner_first_name: name,
  practitioner_last_name: name,
  practitioner_npi: z.nullable(z.string()),
  start_time: halfHour,
  end_time: halfHour,
});

export const appointmentsAnswer = z.array(appointmentAnswer).check(z.maxLength(MAX_LIMIT));

const detail = z.string();

const fault = z.union([
  z.object({ pointer: z.string(), detail }),
  z.object({ parameter: z.string(), detail }),
  z.object({ header: z.string(), detail }),
]);

/** What problems of some codes have beside the members that all have. */
const problemMembers = {
  'invalid-request': { errors: z.array(fault).check(z.minLength(1)) },
  'patient-day-taken': {
    date: z.string().check(z.regex(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/)),
    conflict: z.optional(appointmentAnswer),
  },
};

/** The problem details that answer a code. */
export function problemAnswer(code: ProblemCode) {
  const members: Partial<Record<ProblemCode, z.core.$ZodShape>> = problemMembers;
  return z.object({
    type: z.literal(`urn:problem:${code}`),
    title: z.string(),
    status: z.literal(PROBLEM_TYPES[code].status),
    detail,
    request_id: z.string(),
    ...members[code],
  });
}

type MembersOf<Code extends ProblemCode> = Code extends keyof typeof problemMembers
  ? z.output<z.ZodMiniObject<(typeof problemMembers)[Code]>>
  : unknown;

/** A problem but for what its code alone decides. */
export type Explanation = {
  [Code in ProblemCode]: { readonly code: Code; readonly detail: string } & MembersOf<Code>;
}[ProblemCode];

export type AppointmentAnswer = z.output<typeof appointmentAnswer>;
