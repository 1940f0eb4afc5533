import type { Appointment } from '../appointment.ts';
import { type Patient, unlessErased } from '../people.ts';
import type { DateRange, ReadRepositories } from '../ports.ts';
import { addDays, slotDate } from '../slot.ts';

/** The most appointments per page, and the default. */
export const MAX_LIMIT = 1000;

export type ListOutcome =
  | {
      readonly kind: 'listed';
      /** Null if the patient was erased. */
      readonly patient: Patient | null;
      readonly appointments: readonly Appointment[];
      /** What continues with the next page, if a further appointment was seen. */
      readonly next?: Partial<Pick<DateRange, 'from' | 'to' | 'after'>>;
    }
  | { readonly kind: 'patient-not-found' };

/**
 * Lists a patient's appointments in a range of UTC dates, by start time.
 *
 * @throws StoreUnavailableError
 */
export async function list(
  { people, appointments }: ReadRepositories,
  range: DateRange,
): Promise<ListOutcome> {
  const [patient, { items, more }] = await Promise.all([
    people.findPatient(range.patientId),
    appointments.listByPatient(range),
  ]);
  if (patient === undefined) return { kind: 'patient-not-found' };

  const page = {
    kind: 'listed',
    patient: unlessErased(patient),
    appointments: items,
  } as const;
  const last = more ? items.at(-1) : undefined;
  if (last === undefined) return page;
  // A date can have any number of appointments that have ended, but only one that is booked.
  const isAll = range.status === 'all';
  const after = isAll ? last.appointmentId : undefined;
  const step = isAll ? 0 : 1;
  const date = slotDate(last.slot);
  return {
    ...page,
    next: {
      after,
      ...(range.order === 'asc' ? { from: addDays(date, step) } : { to: addDays(date, -step) }),
    },
  };
}
