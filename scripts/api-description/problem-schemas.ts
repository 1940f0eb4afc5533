import * as z from 'zod/mini';
import { UTC_DATE_PATTERN } from '../../src/domain/slot.ts';
import { MAX_FAULTS, PROBLEM_TYPES, type ProblemCode } from '../../src/handlers/http/problems.ts';
import { appointmentResponse } from '../../src/handlers/http/response-schemas.ts';

const detail = z.string();

const fault = z.union([
  z.object({ pointer: z.string(), detail }),
  z.object({ parameter: z.string(), detail }),
  z.object({ header: z.string(), detail }),
]);

/** What problems of some types have besides the members that all have. */
const MEMBERS: Partial<Record<ProblemCode, z.core.$ZodShape>> = {
  'invalid-request': {
    errors: z.array(fault).check(z.minLength(1), z.maxLength(MAX_FAULTS)),
  },
  'patient-day-taken': {
    date: z.string().check(z.regex(UTC_DATE_PATTERN)),
    conflict: z.optional(appointmentResponse),
  },
};

/** The schema of a problem's body. */
export function problemSchema(code: ProblemCode) {
  return z.object({
    type: z.literal(`urn:problem:${code}`),
    title: z.string(),
    status: z.literal(PROBLEM_TYPES[code].status),
    detail,
    request_id: z.string(),
    ...MEMBERS[code],
  });
}
