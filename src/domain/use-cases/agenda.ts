import { type Appointment, parseAppointmentId, UUID_PATTERN } from '../appointment.ts';
import type { Parsed } from '../parsed.ts';
import type { Patient } from '../people.ts';
import type { AgendaPosition, AgendaRange, ReadRepositories } from '../ports.ts';
import { HALF_HOUR_PATTERN, parseSlot } from '../slot.ts';

/** The most appointments per page of an agenda, and the default: as many patients as one batch read finds. */
export const MAX_AGENDA_LIMIT = 100;

/** `2021-01-07T09:30:00Z_` and the id of the appointment. */
export const AGENDA_POSITION_PATTERN = new RegExp(
  `${HALF_HOUR_PATTERN.source.slice(0, -1)}_${UUID_PATTERN.source.slice(1)}`,
);

/** Parses a position that {@link formatAgendaPosition} wrote. */
export function parseAgendaPosition(text: string): Parsed<AgendaPosition> {
  const [start = '', id = ''] = text.split('_');
  const slot = parseSlot(start);
  const appointmentId = parseAppointmentId(id);
  return 'value' in slot && 'value' in appointmentId && AGENDA_POSITION_PATTERN.test(text)
    ? { value: { slot: slot.value, appointmentId: appointmentId.value } }
    : { fault: 'must be the "after" of a link to the next page' };
}

/** Writes a position in an agenda. */
export function formatAgendaPosition({ slot, appointmentId }: AgendaPosition): string {
  return `${slot}_${appointmentId}`;
}

export type AgendaOutcome =
  | {
      readonly kind: 'found';
      readonly entries: readonly { readonly appointment: Appointment; readonly patient: Patient }[];
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
  const [practitioner, found] = await Promise.all([
    people.findPractitioner(range.practitionerId),
    appointments.listByPractitioner({ ...range, limit: range.limit + 1 }),
  ]);
  if (practitioner === undefined) return { kind: 'practitioner-not-found' };

  const page = found.slice(0, range.limit);
  const patients = await people.findPatients(page.map(({ patientId }) => patientId));
  const entries = page.map((appointment) => {
    const patient = patients.get(appointment.patientId);
    if (patient === undefined) throw new Error('an appointment has no patient');
    return { appointment, patient };
  });
  const last = found.length > range.limit ? page.at(-1) : undefined;
  return {
    kind: 'found',
    entries,
    ...(last && { after: { slot: last.slot, appointmentId: last.appointmentId } }),
  };
}
