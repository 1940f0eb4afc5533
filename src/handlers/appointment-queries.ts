import { get } from '../domain/get.ts';
import { list, MAX_LIMIT } from '../domain/list.ts';
import { FIRST_DATE, LAST_DATE } from '../domain/slot.ts';
import { connect, type Dependencies, readEnvironment } from './environment.ts';
import { countCall } from './http/log.ts';
import { respondProblem } from './http/problems.ts';
import { readRequest } from './http/request.ts';
import { getRequest, listRequest } from './http/request-schemas.ts';
import { appointmentsUrl, representAppointment, respond } from './http/responses.ts';
import { operationStack, routed } from './http/stack.ts';

/** The operations that only read. */
export function appointmentQueries(dependencies: Dependencies) {
  return routed({
    'GET /api/patients/{patient_id}/appointments': listAppointments(dependencies),
    'GET /api/patients/{patient_id}/appointments/{date}': getAppointment(dependencies),
  });
}

function listAppointments({ auth, repositoriesFor }: Dependencies) {
  return operationStack(auth, 'list')
    .use(readRequest(listRequest))
    .handler(async (event, _context, { signal }) => {
      const { path, query } = event.input;
      const { from = FIRST_DATE, to = LAST_DATE, after, limit = MAX_LIMIT } = query;
      const { status = 'booked', order = 'asc' } = query;
      const outcome = await list(repositoriesFor({ signal, onCall: countCall(event) }), {
        patientId: path.patient_id,
        from,
        to,
        status,
        order,
        after,
        limit,
      });
      if (outcome.kind === 'patient-not-found') {
        return respondProblem(event, { code: outcome.kind });
      }
      const { patient, appointments, next } = outcome;
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

function getAppointment({ auth, repositoriesFor }: Dependencies) {
  return operationStack(auth, 'get')
    .use(readRequest(getRequest))
    .handler(async (event, _context, { signal }) => {
      const { path } = event.input;
      const repositories = repositoriesFor({ signal, onCall: countCall(event) });
      const outcome = await get(repositories, path.patient_id, path.date);
      if (outcome.kind !== 'found') return respondProblem(event, { code: outcome.kind });
      const { appointment, patient } = outcome;
      return respond(200, 'application/json', representAppointment(appointment, patient));
    });
}

export const handler = appointmentQueries(connect(readEnvironment(process.env)));
