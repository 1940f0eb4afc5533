import type { ApiHandler } from '../../../src/handlers/http/operation.ts';
import type { AppointmentBody, Calendar, PersonBody } from './commands.ts';

type Response = Awaited<ReturnType<ApiHandler>>;

/** What a response says, as the model writes it: `201 A booked d0 09:00 dr1`, or `409 patient-day-taken d0 A booked ...`. */
export function describeResponse(
  { statusCode, headers, body }: Response,
  calendar: Calendar,
): string {
  if (!body) return String(statusCode);
  const json = JSON.parse(body) as unknown;
  if (Array.isArray(json)) {
    const appointments = (json as AppointmentBody[]).map((one) => calendar.describe(one));
    return [statusCode, `[${appointments.join(', ')}]`].join(' ');
  }
  const { type, date, conflict } = json as Partial<Record<'type' | 'date', string>> & {
    conflict?: AppointmentBody;
  };
  if (type === undefined && 'first_name' in (json as object)) {
    const { patient_id, practitioner_id } = json as PersonBody;
    const location = patient_id
      ? `/api/patients/${patient_id}`
      : `/api/practitioners/${practitioner_id}`;
    const elsewhere = statusCode === 201 && headers?.['Location'] !== location ? ['elsewhere'] : [];
    return [statusCode, ...elsewhere, calendar.describePerson(json as PersonBody)].join(' ');
  }
  if (type === undefined) {
    const { patient_id, start_time } = json as AppointmentBody;
    const location = `/api/patients/${patient_id}/appointments/${start_time.slice(0, 10)}`;
    const elsewhere = statusCode === 201 && headers?.['Location'] !== location ? ['elsewhere'] : [];
    const replayed = headers?.['Idempotency-Replayed'] === 'true' ? ['replayed'] : [];
    return [statusCode, ...elsewhere, ...replayed, calendar.describe(json as AppointmentBody)].join(
      ' ',
    );
  }
  return [
    statusCode,
    type.replace('urn:problem:', ''),
    ...(date === undefined ? [] : [calendar.relative(date)]),
    ...(conflict ? [calendar.describe(conflict)] : []),
  ].join(' ');
}
