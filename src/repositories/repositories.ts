import type { PractitionerDoubleBooking, Repositories } from '../domain/repositories.ts';
import { createAppointmentRepository } from './appointments.ts';
import { createPeopleRepository } from './people.ts';
import type { Table } from './table.ts';

/** All repositories of a table. */
export function createRepositories(
  table: Table,
  doubleBooking: PractitionerDoubleBooking,
): Repositories {
  return {
    people: createPeopleRepository(table),
    appointments: createAppointmentRepository(table, doubleBooking),
  };
}
