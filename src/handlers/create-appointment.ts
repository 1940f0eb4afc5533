import { randomUUID } from 'node:crypto';
import { bookAppointment } from '../domain/book-appointment.ts';
import type { Repositories } from '../domain/repositories.ts';
import { slotDate } from '../domain/slot.ts';
import { createRepositories } from '../repositories/repositories.ts';
import { openTable } from '../repositories/table.ts';
import { readEnvironment } from './environment.ts';
import { appointmentsUrl, representAppointment } from './http/appointment-representation.ts';
import { httpStack } from './http/http-stack.ts';
import { jsonBody } from './http/json-body.ts';
import { parseRequest } from './http/parse-request.ts';
import { createAppointmentRequest } from './http/request-schemas.ts';
import { respond } from './http/response.ts';

/** POST /api/patients/{patient_id}/appointments: books a practitioner for a patient. */
export function createAppointment(repositories: Repositories) {
  return httpStack()
    .use(jsonBody())
    .handler(async (event, _context, { signal }) => {
      const { path, headers, body } = parseRequest(createAppointmentRequest, event);
      const { appointment, patient, replayed } = await bookAppointment(
        repositories,
        {
          appointmentId: randomUUID(),
          patientId: path.patient_id,
          practitionerId: body.practitioner_id,
          slot: body.start_time,
          createdAt: new Date().toISOString(),
          idempotencyKey: headers['idempotency-key'] ?? null,
        },
        signal,
      );
      const date = slotDate(appointment.slot);
      return respond(201, 'application/json', representAppointment(appointment, patient), {
        Location: appointmentsUrl(patient.patientId, { from: date, to: date }),
        ...(replayed && { 'Idempotency-Replayed': 'true' }),
      });
    });
}

export const handler = createAppointment(
  createRepositories(openTable(readEnvironment(process.env).tableName)),
);
