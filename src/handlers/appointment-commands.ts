import { randomUUID } from 'node:crypto';
import { bookAppointment } from '../domain/book.ts';
import { slotDate } from '../domain/slot.ts';
import { type Dependencies, dependenciesOf } from './environment.ts';
import { attemptCounter } from './http/log.ts';
import { jsonBody, parseRequest } from './http/request.ts';
import { createAppointmentRequest } from './http/request-schemas.ts';
import { appointmentsUrl, representAppointment, respond } from './http/responses.ts';
import { httpStack } from './http/stack.ts';

/** POST /api/patients/{patient_id}/appointments: books a practitioner for a patient. */
export function appointmentCommands({ auth, repositoriesFor }: Dependencies) {
  return httpStack(auth, 'create')
    .use(jsonBody())
    .handler(async (event, _context, { signal }) => {
      const { path, headers, body } = parseRequest(createAppointmentRequest, event);
      const { appointment, patient, replayed } = await bookAppointment(
        repositoriesFor({ signal, onAttempts: attemptCounter(event) }),
        {
          appointmentId: randomUUID(),
          patientId: path.patient_id,
          practitionerId: body.practitioner_id,
          slot: body.start_time,
          createdAt: new Date().toISOString(),
          requestId: event.requestContext.requestId,
          idempotencyKey: headers['idempotency-key'] ?? null,
        },
      );
      const date = slotDate(appointment.slot);
      return respond(201, 'application/json', representAppointment(appointment, patient), {
        Location: appointmentsUrl(patient.patientId, { from: date, to: date }),
        ...(replayed && { 'Idempotency-Replayed': 'true' }),
      });
    });
}

export const handler = appointmentCommands(dependenciesOf(process.env));
