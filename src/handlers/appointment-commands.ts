import type { Repositories } from '../domain/ports.ts';
import { createRepositories } from '../repositories/repositories.ts';
import { connect, readEnvironment } from './environment.ts';
import { type Dependencies, routed } from './http/operation.ts';
import { bookAppointment } from './operations/book.ts';
import { cancelAppointment } from './operations/cancel.ts';
import { rescheduleAppointment } from './operations/reschedule.ts';

/** The operations that write. */
export function appointmentCommands(dependencies: Dependencies<Repositories>) {
  return routed(dependencies, {
    'POST /api/patients/{patient_id}/appointments': bookAppointment,
    'POST /api/patients/{patient_id}/appointment': bookAppointment,
    'POST /api/patients/{patient_id}/appointments/{date}/cancel': cancelAppointment,
    'POST /api/patients/{patient_id}/appointments/{date}/reschedule': rescheduleAppointment,
  });
}

export const handler = appointmentCommands(
  connect(readEnvironment(process.env), createRepositories),
);
