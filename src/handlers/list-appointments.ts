import { listAppointments, MAX_LIMIT } from '../domain/list-appointments.ts';
import type { Repositories } from '../domain/repositories.ts';
import { FIRST_DATE, LAST_DATE } from '../domain/utc-date.ts';
import { createRepositories } from '../repositories/repositories.ts';
import { openTable } from '../repositories/table.ts';
import { readEnvironment } from './environment.ts';
import { appointmentsUrl, representAppointment } from './http/appointment-representation.ts';
import { httpStack } from './http/http-stack.ts';
import { parseRequest } from './http/parse-request.ts';
import { listAppointmentsRequest } from './http/request-schemas.ts';
import { respond } from './http/response.ts';

/** GET /api/patients/{patient_id}/appointments: lists a patient's appointments by date. */
export function listAppointmentsOfPatient(
  repositories: Pick<Repositories, 'patients' | 'appointments'>,
) {
  return httpStack().handler(async (event, _context, { signal }) => {
    const { path, query } = parseRequest(listAppointmentsRequest, event);
    const { from = FIRST_DATE, to = LAST_DATE, order = 'asc', limit = MAX_LIMIT } = query;
    const range = { patientId: path.patient_id, from, to, order, limit };
    const page = await listAppointments(repositories, range, signal);
    const { patient, appointments, next } = page;
    return respond(
      200,
      'application/json',
      appointments.map((appointment) => representAppointment(appointment, patient)),
      next && {
        Link: `<${appointmentsUrl(patient.patientId, { ...query, ...next })}>; rel="next"`,
      },
    );
  });
}

export const handler = listAppointmentsOfPatient(
  createRepositories(openTable(readEnvironment(process.env).tableName)),
);
