import * as z from 'zod/mini';
import { IDEMPOTENCY_KEY, newAppointmentId } from '../../domain/appointment.ts';
import type { Repositories } from '../../domain/ports.ts';
import { book } from '../../domain/use-cases/book.ts';
import { conflictProblem, respondAppointment } from '../http/appointment-responses.ts';
import { body, bodyId, lastsHalfAnHour, times } from '../http/body-schemas.ts';
import { type Call, operation } from '../http/operation.ts';
import { noQuery, patientPath, textBy } from '../http/schemas.ts';

const request = z.object({
  path: patientPath,
  query: noQuery,
  headers: z.object({ 'idempotency-key': z.optional(textBy(IDEMPOTENCY_KEY)) }),
  body: body({ practitioner_id: bodyId, ...times }).check(lastsHalfAnHour),
});

export const bookAppointment = operation(
  'book',
  request,
  async ({ path, headers, body }, { repositories, origin, may }: Call<Repositories>) => {
    const outcome = await book(repositories, {
      appointmentId: newAppointmentId(),
      patientId: path.patient_id,
      practitionerId: body.practitioner_id,
      slot: body.start_time,
      createdAt: new Date().toISOString(),
      bookedBy: origin,
      idempotencyKey: headers['idempotency-key'] ?? null,
    });
    switch (outcome.kind) {
      case 'booked':
      case 'replayed':
        return respondAppointment(201, outcome);
      case 'patient-day-taken':
      case 'appointment-cancelled':
      case 'appointment-rescheduled':
        return conflictProblem(outcome, may);
      case 'patient-not-found':
      case 'patient-erased':
      case 'practitioner-not-found':
      case 'practitioner-unavailable':
      case 'practitioner-slot-taken':
      case 'idempotency-key-reused':
        return { code: outcome.kind };
    }
  },
);
