import type { ReadRepositories } from '../domain/ports.ts';
import { FIRST_DATE, LAST_DATE, slotEnd } from '../domain/slot.ts';
import { agenda, formatAgendaPosition, MAX_AGENDA_LIMIT } from '../domain/use-cases/agenda.ts';
import { get } from '../domain/use-cases/get.ts';
import { list, MAX_LIMIT } from '../domain/use-cases/list.ts';
import { slots } from '../domain/use-cases/slots.ts';
import { createReadRepositories } from '../repositories/repositories.ts';
import { connect, type Dependencies, readEnvironment } from './environment.ts';
import { countCall } from './http/log.ts';
import { respondProblem } from './http/problems.ts';
import { agendaRequest, getRequest, listRequest, slotsRequest } from './http/query-schemas.ts';
import { readRequest } from './http/request.ts';
import { linkToNext, representAppointment, respond } from './http/responses.ts';
import { operationStack, routed } from './http/stack.ts';

/** The operations that only read. */
export function appointmentQueries(dependencies: Dependencies<ReadRepositories>) {
  return routed({
    'GET /api/patients/{patient_id}/appointments': listAppointments(dependencies),
    'GET /api/patients/{patient_id}/appointments/{date}': getAppointment(dependencies),
    'GET /api/practitioners/{practitioner_id}/appointments': getAgenda(dependencies),
    'GET /api/practitioners/{practitioner_id}/slots': getSlots(dependencies),
  });
}

function listAppointments({ auth, repositoriesFor }: Dependencies<ReadRepositories>) {
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
        next &&
          linkToNext(`/api/patients/${patient.patientId}/appointments`, { ...query, ...next }),
      );
    });
}

function getAppointment({ auth, repositoriesFor }: Dependencies<ReadRepositories>) {
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

function getAgenda({ auth, repositoriesFor }: Dependencies<ReadRepositories>) {
  return operationStack(auth, 'agenda')
    .use(readRequest(agendaRequest))
    .handler(async (event, _context, { signal }) => {
      const { path, query } = event.input;
      const { from = FIRST_DATE, to = LAST_DATE, order = 'asc', limit = MAX_AGENDA_LIMIT } = query;
      const outcome = await agenda(repositoriesFor({ signal, onCall: countCall(event) }), {
        practitionerId: path.practitioner_id,
        from,
        to,
        order,
        after: query.after,
        limit,
      });
      if (outcome.kind === 'practitioner-not-found') {
        return respondProblem(event, { code: outcome.kind });
      }
      const { entries, after } = outcome;
      return respond(
        200,
        'application/json',
        entries.map(({ appointment, patient }) => representAppointment(appointment, patient)),
        after &&
          linkToNext(`/api/practitioners/${path.practitioner_id}/appointments`, {
            ...query,
            after: formatAgendaPosition(after),
          }),
      );
    });
}

function getSlots({ auth, repositoriesFor }: Dependencies<ReadRepositories>) {
  return operationStack(auth, 'slots')
    .use(readRequest(slotsRequest))
    .handler(async (event, _context, { signal }) => {
      const { path, query } = event.input;
      const repositories = repositoriesFor({ signal, onCall: countCall(event) });
      const outcome = await slots(repositories, path.practitioner_id, query.date);
      if (outcome.kind !== 'found') return respondProblem(event, { code: outcome.kind });
      return respond(
        200,
        'application/json',
        outcome.slots.map(({ slot, status }) => ({
          start_time: slot,
          end_time: slotEnd(slot),
          status,
        })),
      );
    });
}

export const handler = appointmentQueries(
  connect(readEnvironment(process.env), createReadRepositories),
);
