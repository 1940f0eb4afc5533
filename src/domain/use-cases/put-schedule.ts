import type { Origin } from '../appointment.ts';
import type { Id, ScheduledPractitioner } from '../people.ts';
import type { PutKind, Repositories } from '../ports.ts';
import type { Schedule } from '../schedule.ts';

export interface PutScheduleRequest {
  readonly practitionerId: Id;
  readonly schedule: Schedule;
}

export type PutScheduleOutcome =
  | { readonly kind: Exclude<PutKind, 'created'>; readonly practitioner: ScheduledPractitioner }
  | { readonly kind: 'practitioner-not-found' };

/**
 * Replaces the hours and the time off of a practitioner. Appointments that are booked already stay.
 *
 * @throws StoreUnavailableError
 */
export async function putSchedule(
  { people }: Repositories,
  { practitionerId, schedule }: PutScheduleRequest,
  origin: Origin,
): Promise<PutScheduleOutcome> {
  return people.putSchedule(practitionerId, schedule, origin);
}
