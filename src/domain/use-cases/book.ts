import { type Appointment, type EndedAppointment, endedOutcome, hasEnded } from '../appointment.ts';
import type { Id, Patient } from '../people.ts';
import type { Repositories } from '../ports.ts';
import { isOpen } from '../schedule.ts';
import { slotDate } from '../slot.ts';

/** A request to book. Its `appointmentId` is new for each request and the same for all its attempts. */
export type Booking = Omit<
  Appointment,
  'practitioner' | 'rescheduledFrom' | 'series' | 'attendance' | 'ending'
> & {
  readonly practitionerId: Id;
};

export type BookOutcome =
  /** `replayed`: an earlier request with the same idempotency key booked it. */
  | {
      readonly kind: 'booked' | 'replayed';
      readonly appointment: Appointment;
      readonly patient: Patient;
    }
  | { readonly kind: 'patient-not-found' | 'patient-erased' }
  | { readonly kind: 'practitioner-not-found' }
  /** `appointment-cancelled` and `appointment-rescheduled`: this request, or one with the same key, booked it before it ended. */
  | {
      readonly kind: 'patient-day-taken' | 'appointment-cancelled' | 'appointment-rescheduled';
      readonly conflict: Appointment;
      readonly patient: Patient;
    }
  | { readonly kind: 'practitioner-slot-taken' }
  /** Outside the practitioner's hours, or within their time off. */
  | { readonly kind: 'practitioner-unavailable' }
  /** The key was already used on that date to book a different practitioner or start time. */
  | { readonly kind: 'idempotency-key-reused' };

/**
 * Books a practitioner for a patient. The store alone decides whether the patient's UTC date is free,
 * in the write itself. No earlier read decides it.
 *
 * @throws StoreUnavailableError
 */
export async function book(
  { people, appointments }: Repositories,
  { practitionerId, ...booking }: Booking,
): Promise<BookOutcome> {
  const { appointmentId, patientId, idempotencyKey, slot } = booking;
  const [patient, found] = await Promise.all([
    people.findPatient(patientId),
    people.findPractitioner(practitionerId),
  ]);
  if (patient === undefined) return { kind: 'patient-not-found' };
  if (patient === 'erased') return { kind: 'patient-erased' };
  if (found === undefined) return { kind: 'practitioner-not-found' };
  const { schedule, ...practitioner } = found;

  const appointment: Appointment = {
    ...booking,
    practitioner,
    rescheduledFrom: null,
    series: { id: appointmentId, position: 0 },
    attendance: null,
    ending: null,
  };
  const isOwn = (other: Appointment) =>
    other.appointmentId === appointmentId ||
    (idempotencyKey !== null && other.idempotencyKey === idempotencyKey);

  /** The outcome of a request that finds its own appointment, or one with the same key. */
  const ownOutcome = (own: Appointment): BookOutcome => {
    if (hasEnded(own)) return { ...endedOutcome(own), patient };
    return own.practitioner.practitionerId === practitionerId && own.slot === slot
      ? { kind: 'replayed', appointment: own, patient }
      : { kind: 'idempotency-key-reused' };
  };
  const findOwn = async (holder: Appointment | undefined): Promise<Appointment | undefined> =>
    [
      ...(holder === undefined ? [] : [holder]),
      ...(await appointments.listReplaced(patientId, slotDate(slot))),
    ].find(isOwn);

  if (!isOpen(schedule, slot)) {
    // The schedule may have changed since the key's booking was stored.
    const own =
      idempotencyKey !== null &&
      (await findOwn(await appointments.findByDate(patientId, slotDate(slot))));
    return own ? ownOutcome(own) : { kind: 'practitioner-unavailable' };
  }

  let replaced: EndedAppointment | undefined;
  // Looping again means that another request changed the date in between.
  for (;;) {
    const outcome = await appointments.create(appointment, replaced);
    if (outcome.kind === 'booked') return { ...outcome, appointment, patient };
    if (outcome.kind === 'practitioner-slot-taken') return outcome;

    const { holder, isRetried } = outcome;
    if (isOwn(holder)) return ownOutcome(holder);
    // What this request booked may have ended and been replaced. It must not come back to life.
    const mayHaveBooked = hasEnded(holder) || idempotencyKey !== null || isRetried;
    const own = mayHaveBooked ? await findOwn(holder) : undefined;
    if (own !== undefined) return ownOutcome(own);
    if (!hasEnded(holder)) return { kind: 'patient-day-taken', conflict: holder, patient };
    replaced = holder;
  }
}
