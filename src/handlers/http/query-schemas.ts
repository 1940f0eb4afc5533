import * as z from 'zod/mini';
import { ID_PATTERN, parseId } from '../../domain/people.ts';
import { parseUtcDate, UTC_DATE_PATTERN, type UtcDate } from '../../domain/slot.ts';
import {
  AGENDA_POSITION_PATTERN,
  MAX_AGENDA_LIMIT,
  parseAgendaPosition,
} from '../../domain/use-cases/agenda.ts';
import { MAX_LIMIT } from '../../domain/use-cases/list.ts';
import { appointmentId, datePath, ifReadable, path, textBy } from './request-schemas.ts';

/** The size of a page, in decimal digits. */
function limitTo(most: number) {
  const fault = `must be an integer from 1 to ${most}`;
  return z.pipe(
    z.transform((digits) => (/^[1-9][0-9]{0,8}$/.test(String(digits)) ? Number(digits) : digits)),
    z.int(fault).check(z.minimum(1, fault), z.maximum(most, fault)),
  );
}

const range = {
  from: z.optional(textBy(UTC_DATE_PATTERN, parseUtcDate)),
  to: z.optional(textBy(UTC_DATE_PATTERN, parseUtcDate)),
  order: z.optional(z.enum(['asc', 'desc'], 'must be "asc" or "desc"')),
};

const isInOrder = z.refine<{ from?: UtcDate | undefined; to?: UtcDate | undefined }>(
  ({ from, to }) => from === undefined || to === undefined || from <= to,
  {
    path: ['from'],
    error: 'must not be after "to"',
    when: ifReadable(UTC_DATE_PATTERN, 'from', 'to'),
  },
);

const listQuery = z
  .object({
    ...range,
    status: z.optional(z.enum(['booked', 'all'], 'must be "booked" or "all"')),
    after: z.optional(appointmentId),
    limit: z.optional(limitTo(MAX_LIMIT)),
  })
  .check(isInOrder);

const agendaQuery = z
  .object({
    ...range,
    after: z.optional(textBy(AGENDA_POSITION_PATTERN, parseAgendaPosition)),
    limit: z.optional(limitTo(MAX_AGENDA_LIMIT)),
  })
  .check(isInOrder);

/** GET /api/patients/{patient_id}/appointments */
export const listRequest = z.object({ path, query: listQuery });

/** GET /api/patients/{patient_id}/appointments/{date} */
export const getRequest = z.object({ path: datePath });

const practitionerPath = z.object({ practitioner_id: textBy(ID_PATTERN, parseId) });

/** GET /api/practitioners/{practitioner_id}/appointments */
export const agendaRequest = z.object({ path: practitionerPath, query: agendaQuery });

/** GET /api/practitioners/{practitioner_id}/slots */
export const slotsRequest = z.object({
  path: practitionerPath,
  query: z.object({ date: textBy(UTC_DATE_PATTERN, parseUtcDate) }),
});
