import type { Repositories } from '../domain/repositories.ts';
import { createAppointmentRepository } from './appointment-repository.ts';
import { createPatientRepository } from './patient-repository.ts';
import { createPractitionerRepository } from './practitioner-repository.ts';
import type { Table } from './table.ts';

/** All the repositories of one table. */
export function createRepositories(table: Table): Repositories {
  return {
    patients: createPatientRepository(table),
    practitioners: createPractitionerRepository(table),
    appointments: createAppointmentRepository(table),
  };
}
