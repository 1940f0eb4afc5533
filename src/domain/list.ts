import type { Appointment } from './appointment.ts';
import { patientNotFound } from './booking-error.ts';
import type { Patient } from './people.ts';
import type { DateRange, Repositories } from './repositories.ts';
import { addDays, slotDate } from './slot.ts';

/** The most appointments that one list holds, and what it holds where nothing is said. */
export const MAX_LIMIT = 1000;

export interface AppointmentPage {
  readonly patient: Patient;
  readonly appointments: readonly Appointment[];
  /** The bound that leads to the next page in the place of its own; there only where a further appointment was seen. */
  readonly next?: Pick<DateRange, 'from'> | Pick<DateRange, 'to'>;
}

/**
 * Lists a patient's appointments in a range of UTC dates, by date.
 *
 * @throws BookingError `patient-not-found`, `store-unavailable`
 */
export async function listAppointments(
  { patients, appointments }: Pick<Repositories, 'patients' | 'appointments'>,
  range: DateRange,
): Promise<AppointmentPage> {
  const [patient, found] = await Promise.all([
    patients.findById(range.patientId),
    appointments.listByPatient({ ...range, limit: range.limit + 1 }),
  ]);
  if (patient === undefined) throw patientNotFound();

  const page = { patient, appointments: found.slice(0, range.limit) };
  const last = page.appointments.at(-1);
  if (found.length <= range.limit || last === undefined) return page;
  const lastDate = slotDate(last.slot);
  return {
    ...page,
    next: range.order === 'asc' ? { from: addDays(lastDate, 1) } : { to: addDays(lastDate, -1) },
  };
}
