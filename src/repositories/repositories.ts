import type { PractitionerDoubleBooking, ReadRepositories, Repositories } from '../domain/ports.ts';
import { createAppointmentReads } from './appointment-reads.ts';
import { createAppointmentRepository } from './appointments.ts';
import { createPeopleReads, createPeopleRepository } from './people.ts';
import { createReads } from './reads.ts';
import type { RequestScope, Table } from './store.ts';

/** The repositories of a table, for one request. */
export function createRepositories(
  table: Table,
  doubleBooking: PractitionerDoubleBooking,
  scope: RequestScope = {},
): Repositories {
  const store = { ...table, ...scope };
  const reads = createReads(store);
  return {
    people: createPeopleRepository(store, reads),
    appointments: createAppointmentRepository(store, reads, doubleBooking),
  };
}

/** The repositories of a table, for one request that only reads. */
export function createReadRepositories(
  table: Table,
  doubleBooking: PractitionerDoubleBooking,
  scope: RequestScope = {},
): ReadRepositories {
  const reads = createReads({ ...table, ...scope });
  return {
    people: createPeopleReads(reads),
    appointments: createAppointmentReads(reads, doubleBooking),
  };
}
