import type { PractitionerDoubleBooking, ReadRepositories, Repositories } from '../domain/ports.ts';
import { createAppointmentReads } from './appointment-reads.ts';
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

/** The repositories of a table, for reading only. */
export function createReadRepositories(
  table: Table,
  doubleBooking: PractitionerDoubleBooking,
): ReadRepositories {
  return {
    people: createPeopleRepository(table),
    appointments: createAppointmentReads(table, doubleBooking),
  };
}
