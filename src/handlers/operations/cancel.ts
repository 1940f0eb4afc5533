import * as z from 'zod/mini';
import { CANCELLATION_REASONS } from '../../domain/appointment.ts';
import type { Repositories } from '../../domain/ports.ts';
import { cancel } from '../../domain/use-cases/cancel.ts';
import { conflictProblem, respondAppointment } from '../http/appointment-responses.ts';
import { body } from '../http/body-schemas.ts';
import { type Call, operation } from '../http/operation.ts';
import { appointmentId, datePath, noQuery, oneOf } from '../http/schemas.ts';

const request = z.object({
  path: datePath,
  query: noQuery,
  body: body({
    appointment_id: appointmentId,
    reason: z.optional(oneOf(CANCELLATION_REASONS)),
  }),
});

export const cancelAppointment = operation(
  'cancel',
  request,
  async ({ path, body }, { repositories, origin, may }: Call<Repositories>) => {
    const outcome = await cancel(repositories, {
      patientId: path.patient_id,
      date: path.date,
      appointmentId: body.appointment_id,
      reason: body.reason ?? null,
      cancelledAt: new Date().toISOString(),
      endedBy: origin,
    });
    switch (outcome.kind) {
      case 'cancelled':
      case 'replayed':
        return respondAppointment(200, outcome);
      case 'appointment-rescheduled':
        return conflictProblem(outcome, may);
      case 'patient-not-found':
      case 'appointment-not-found':
        return { code: outcome.kind };
    }
  },
);
