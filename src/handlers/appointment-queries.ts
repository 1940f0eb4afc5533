import { list, MAX_LIMIT } from '../domain/list.ts';
import { FIRST_DATE, LAST_DATE } from '../domain/slot.ts';
import { connect, type Dependencies, readEnvironment } from './environment.ts';
import { countCall } from './http/log.ts';
import { respondProblem } from './http/problems.ts';
import { readRequest } from './http/request.ts';
import { listRequest } from './http/request-schemas.ts';
import { appointmentsUrl, representAppointment, respond } from './http/responses.ts';
import { operationStack, routed } from './http/stack.ts';

/** The operations that only read. */
export function appointmentQueries(dependencies: Dependencies) {
  return routed({
    'GET /api/patients/{patient_id}/appointments': listAppointments(dependencies),
  });
}

function listAppointments({ auth, repositoriesFor }: Dependencies) {
  return operationStack(auth, 'list')
    .use(readRequest(listRequest))
    .handler(async (event, _context, { signal }) => {
      const { path, query } = event.input;
      const { from = FIRST_DATE, to = LAST_DATE, order = 'asc', limit = MAX_LIMIT } = query;
      const outcome = await list(repositoriesFor({ signal, onCall: countCall(event) }), {
        patientId: path.patient_id,
        from,
        to,
        order,
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

export const handler = appointmentQueries(connect(readEnvironment(process.env)));
