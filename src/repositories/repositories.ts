import type { PractitionerDoubleBooking, Repositories } from '../domain/repositories.ts';
import { createAppointmentRepository } from './appointments.ts';
import { createPatientRepository, createPractitionerRepository } from './people.ts';
import { openTable, type RequestScope, type Table } from './table.ts';

/** All the repositories of one table. */
export function createRepositories(
  table: Table,
  doubleBooking: PractitionerDoubleBooking = 'allow',
): Repositories {
  return {
    patients: createPatientRepository(table),
    practitioners: createPractitionerRepository(table),
    appointments: createAppointmentRepository(table, doubleBooking),
  };
}

/** Opens a table; its repositories are made anew for each request, with the request's deadline. */
export function connectRepositories(
  tableName: string,
  doubleBooking: PractitionerDoubleBooking = 'allow',
): (scope: RequestScope) => Repositories {
  const table = openTable(tableName);
  return (scope) => createRepositories({ ...table, ...scope }, doubleBooking);
}
