import { type AgendaPosition, type Appointment, agendaPositionOf } from '../appointment.ts';
import type { Patient } from '../people.ts';
import type { AgendaRange, ReadRepositories } from '../ports.ts';

/** The most appointments per page of an agenda, and the default: as many patients as one batch read finds. */
export const MAX_AGENDA_LIMIT = 100;

export type AgendaOutcome =
  | {
      readonly kind: 'found';
      readonly entries: readonly {
        readonly appointment: Appointment;
        /** Null if the patient was erased, or their record is missing. */
        readonly patient: Patient | null;
      }[];
      /** The position that the next page continues after. Present only if more appointments remain. */
      readonly after?: AgendaPosition;
    }
  | { readonly kind: 'practitioner-not-found' };

/**
 * The booked appointments of a practitioner in a range of UTC dates, by start time. A booking can take a
 * moment to show up.
 *
 * @throws StoreUnavailableError
 */
export async function agenda(
  { people, appointments }: ReadRepositories,
  range: AgendaRange,
): Promise<AgendaOutcome> {
  const [practitioner, page] = await Promise.all([
    people.findPractitioner(range.practitionerId),
    appointments.listByPractitioner(range),
  ]);
  if (practitioner === undefined) return { kind: 'practitioner-not-found' };

  const patients = await people.findPatients(page.items.map(({ patientId }) => patientId));
  const entries = page.items.map((appointment) => ({
    appointment,
    patient: patients.get(appointment.patientId) ?? null,
  }));
  const last = page.more ? page.items.at(-1) : undefined;
  return { kind: 'found', entries, ...(last && { after: agendaPositionOf(last) }) };
}
