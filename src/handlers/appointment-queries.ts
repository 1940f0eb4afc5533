import type { ReadRepositories } from '../domain/ports.ts';
import { createReadRepositories } from '../repositories/repositories.ts';
import { connect, readEnvironment } from './environment.ts';
import { type Dependencies, routed } from './http/operation.ts';
import { getAgenda } from './operations/agenda.ts';
import { getAppointment } from './operations/get.ts';
import { getPatient } from './operations/get-patient.ts';
import { getPractitioner } from './operations/get-practitioner.ts';
import { listAppointments } from './operations/list.ts';
import { getSlots } from './operations/slots.ts';

/** The operations that only read. */
export function appointmentQueries(dependencies: Dependencies<ReadRepositories>) {
  return routed(dependencies, {
    'GET /api/patients/{patient_id}/appointments': listAppointments,
    'GET /api/patients/{patient_id}/appointments/{date}': getAppointment,
    'GET /api/practitioners/{practitioner_id}/appointments': getAgenda,
    'GET /api/practitioners/{practitioner_id}/slots': getSlots,
    'GET /api/patients/{patient_id}': getPatient,
    'GET /api/practitioners/{practitioner_id}': getPractitioner,
  });
}

export const handler = appointmentQueries(
  connect(readEnvironment(process.env), createReadRepositories),
);
