import * as z from 'zod/mini';
import { newAppointmentId } from '../../domain/appointment.ts';
import type { Repositories } from '../../domain/ports.ts';
import { reschedule } from '../../domain/use-cases/reschedule.ts';
import { conflictProblem, respondAppointment } from '../http/appointment-responses.ts';
import { body, bodyId, lastsHalfAnHour, times } from '../http/body-schemas.ts';
import { type Call, operation } from '../http/operation.ts';
import { appointmentId, datePath, noQuery } from '../http/schemas.ts';

const request = z.object({
  path: datePath,
  query: noQuery,
  body: body({
    appointment_id: appointmentId,
    practitioner_id: z.optional(bodyId),
    ...times,
  }).check(lastsHalfAnHour),
});

export const rescheduleAppointment = operation(
  'reschedule',
  request,
  async ({ path, body }, { repositories, origin, may }: Call<Repositories>) => {
    const outcome = await reschedule(repositories, {
      appointmentId: newAppointmentId(),
      patientId: path.patient_id,
      from: { date: path.date, appointmentId: body.appointment_id },
      practitionerId: body.practitioner_id,
      slot: body.start_time,
      createdAt: new Date().toISOString(),
      bookedBy: origin,
    });
    switch (outcome.kind) {
      case 'rescheduled':
      case 'replayed':
        return respondAppointment(201, outcome);
      case 'unchanged':
        return respondAppointment(200, outcome);
      case 'patient-day-taken':
      case 'appointment-cancelled':
      case 'appointment-rescheduled':
        return conflictProblem(outcome, may);
      case 'patient-not-found':
      case 'patient-erased':
      case 'practitioner-not-found':
      case 'appointment-not-found':
      case 'practitioner-unavailable':
      case 'practitioner-slot-taken':
        return { code: outcome.kind };
    }
  },
);
