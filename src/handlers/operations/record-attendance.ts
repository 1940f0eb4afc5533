import * as z from 'zod/mini';
import { ATTENDANCE_CODES } from '../../domain/appointment.ts';
import type { Repositories } from '../../domain/ports.ts';
import { recordAttendance as record } from '../../domain/use-cases/record-attendance.ts';
import { conflictProblem, respondAppointment } from '../http/appointment-responses.ts';
import { body } from '../http/body-schemas.ts';
import { type Call, operation } from '../http/operation.ts';
import { appointmentId, datePath, noQuery, oneOf } from '../http/schemas.ts';

const request = z.object({
  path: datePath,
  query: noQuery,
  body: body({
    appointment_id: appointmentId,
    attendance: z.nullable(oneOf(ATTENDANCE_CODES)),
  }),
});

export const recordAttendance = operation(
  'recordAttendance',
  request,
  async ({ path, body }, { repositories, origin, may }: Call<Repositories>) => {
    const outcome = await record(repositories, {
      patientId: path.patient_id,
      date: path.date,
      appointmentId: body.appointment_id,
      code: body.attendance,
      recordedAt: new Date().toISOString(),
      recordedBy: origin,
    });
    switch (outcome.kind) {
      case 'recorded':
        return respondAppointment(200, outcome);
      case 'appointment-cancelled':
      case 'appointment-rescheduled':
        return conflictProblem(outcome, may);
      case 'patient-not-found':
      case 'appointment-not-found':
        return { code: outcome.kind };
    }
  },
);
