import { randomUUID } from 'node:crypto';
import { book } from '../domain/book.ts';
import { slotDate } from '../domain/slot.ts';
import { connect, type Dependencies, readEnvironment } from './environment.ts';
import { countCall } from './http/log.ts';
import { respondProblem } from './http/problems.ts';
import { readRequest } from './http/request.ts';
import { bookRequest } from './http/request-schemas.ts';
import { appointmentsUrl, representAppointment, respond } from './http/responses.ts';
import { operationStack, routed } from './http/stack.ts';

/** The operations that write. */
export function appointmentCommands(dependencies: Dependencies) {
  const bookOperation = bookAppointment(dependencies);
  return routed({
    'POST /api/patients/{patient_id}/appointments': bookOperation,
    'POST /api/patients/{patient_id}/appointment': bookOperation,
  });
}

function bookAppointment({ auth, repositoriesFor }: Dependencies) {
  return operationStack(auth, 'book')
    .use(readRequest(bookRequest))
    .handler(async (event, _context, { signal }) => {
      const { path, headers, body } = event.input;
      const outcome = await book(repositoriesFor({ signal, onCall: countCall(event) }), {
        appointmentId: randomUUID(),
        patientId: path.patient_id,
        practitionerId: body.practitioner_id,
        slot: body.start_time,
        createdAt: new Date().toISOString(),
        requestId: event.requestContext.requestId,
        idempotencyKey: headers['idempotency-key'] ?? null,
      });
      switch (outcome.kind) {
        case 'booked':
        case 'replayed': {
          const { kind, appointment, patient } = outcome;
          const date = slotDate(appointment.slot);
          return respond(201, 'application/json', representAppointment(appointment, patient), {
            Location: appointmentsUrl(patient.patientId, { from: date, to: date }),
            ...(kind === 'replayed' && { 'Idempotency-Replayed': 'true' }),
          });
        }
        case 'patient-day-taken': {
          const { conflict, patient } = outcome;
          return respondProblem(event, {
            code: outcome.kind,
            date: slotDate(conflict.slot),
            ...(event.may('list') && { conflict: representAppointment(conflict, patient) }),
          });
        }
        case 'patient-not-found':
        case 'practitioner-not-found':
        case 'practitioner-slot-taken':
        case 'idempotency-key-reused':
          return respondProblem(event, { code: outcome.kind });
      }
    });
}

export const handler = appointmentCommands(connect(readEnvironment(process.env)));
