import type { Repositories } from '../domain/ports.ts';
import { createRepositories } from '../repositories/repositories.ts';
import { connect, readEnvironment } from './environment.ts';
import { type Dependencies, routed } from './http/operation.ts';
import { bookAppointment } from './operations/book.ts';
import { cancelAppointment } from './operations/cancel.ts';
import { erasePatient } from './operations/erase-patient.ts';
import { putPatient } from './operations/put-patient.ts';
import { putPractitioner } from './operations/put-practitioner.ts';
import { putSchedule } from './operations/put-schedule.ts';
import { recordAttendance } from './operations/record-attendance.ts';
import { rescheduleAppointment } from './operations/reschedule.ts';

/** The operations that write. */
export function appointmentCommands(dependencies: Dependencies<Repositories>) {
  return routed(dependencies, {
    'POST /api/patients/{patient_id}/appointments': bookAppointment,
    'POST /api/patients/{patient_id}/appointment': bookAppointment,
    'POST /api/patients/{patient_id}/appointments/{date}/cancel': cancelAppointment,
    'POST /api/patients/{patient_id}/appointments/{date}/reschedule': rescheduleAppointment,
    'PUT /api/patients/{patient_id}/appointments/{date}/attendance': recordAttendance,
    'PUT /api/patients/{patient_id}': putPatient,
    'DELETE /api/patients/{patient_id}': erasePatient,
    'PUT /api/practitioners/{practitioner_id}': putPractitioner,
    'PUT /api/practitioners/{practitioner_id}/schedule': putSchedule,
  });
}

export const handler = appointmentCommands(
  connect(readEnvironment(process.env), createRepositories),
);
