import { listAppointments, MAX_LIMIT } from '../domain/list.ts';
import { FIRST_DATE, LAST_DATE } from '../domain/slot.ts';
import { type Dependencies, dependenciesOf } from './environment.ts';
import { attemptCounter } from './http/log.ts';
import { parseRequest } from './http/request.ts';
import { listAppointmentsRequest } from './http/request-schemas.ts';
import { appointmentsUrl, representAppointment, respond } from './http/responses.ts';
import { httpStack } from './http/stack.ts';

/** GET /api/patients/{patient_id}/appointments: lists a patient's appointments by date. */
export function appointmentQueries({ auth, repositoriesFor }: Dependencies) {
  return httpStack(auth, 'list').handler(async (event, _context, { signal }) => {
    const { path, query } = parseRequest(listAppointmentsRequest, event);
    const { from = FIRST_DATE, to = LAST_DATE, order = 'asc', limit = MAX_LIMIT } = query;
    const { patient, appointments, next } = await listAppointments(
      repositoriesFor({ signal, onAttempts: attemptCounter(event) }),
      { patientId: path.patient_id, from, to, order, limit },
    );
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

export const handler = appointmentQueries(dependenciesOf(process.env));
