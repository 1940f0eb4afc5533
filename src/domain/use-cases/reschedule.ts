import {
  type Appointment,
  type AppointmentReference,
  type EndedAppointment,
  endedOutcome,
  hasEnded,
} from '../appointment.ts';
import type { Id, Patient } from '../people.ts';
import type { Repositories } from '../ports.ts';
import { isOpen } from '../schedule.ts';

/** A request to reschedule. Its `appointmentId` is that of the new appointment: new for each request. */
export type RescheduleRequest = Pick<
  Appointment,
  'appointmentId' | 'patientId' | 'slot' | 'createdAt' | 'bookedBy'
> & {
  readonly from: AppointmentReference;
  /** The practitioner of the new appointment; by default that of the old one. */
  readonly practitionerId: Id | undefined;
};

export type RescheduleOutcome =
  /**
   * - `replayed`: an earlier request rescheduled it to the same practitioner and start
   * - `unchanged`: the appointment has that practitioner and start already
   */
  | {
      readonly kind: 'rescheduled' | 'replayed' | 'unchanged';
      readonly appointment: Appointment;
      readonly patient: Patient;
    }
  | { readonly kind: 'patient-not-found' | 'patient-erased' }
  | { readonly kind: 'practitioner-not-found' }
  | { readonly kind: 'appointment-not-found' }
  /** `patient-day-taken` is about the new date, the others about the old appointment. */
  | {
      readonly kind: 'patient-day-taken' | 'appointment-cancelled' | 'appointment-rescheduled';
      readonly conflict: Appointment;
      readonly patient: Patient;
    }
  | { readonly kind: 'practitioner-slot-taken' }
  /** The new time is outside the practitioner's hours, or within their time off. */
  | { readonly kind: 'practitioner-unavailable' };

/**
 * Replaces a booked appointment with a new one at another start or with another practitioner. The patient
 * never has both, and never has neither. The store decides in the write itself whether the old one is
 * still booked and the new date is free.
 *
 * @throws StoreUnavailableError
 */
export async function reschedule(
  { people, appointments }: Repositories,
  { from, practitionerId, ...request }: RescheduleRequest,
): Promise<RescheduleOutcome> {
  const { patientId, slot } = request;
  const [patient, chosen, old] = await Promise.all([
    people.findPatient(patientId),
    practitionerId && people.findPractitioner(practitionerId),
    appointments.find(patientId, from),
  ]);
  if (patient === undefined) return { kind: 'patient-not-found' };
  if (patient === 'erased') return { kind: 'patient-erased' };
  if (practitionerId !== undefined && chosen === undefined) {
    return { kind: 'practitioner-not-found' };
  }
  if (old === undefined) return { kind: 'appointment-not-found' };

  const target = chosen?.practitionerId ?? old.practitioner.practitionerId;
  const isTarget = (appointment: Appointment) =>
    appointment.practitioner.practitionerId === target && appointment.slot === slot;

  const outcomeOf = async (ended: EndedAppointment): Promise<RescheduleOutcome> => {
    const { ending } = ended;
    if (ending.status === 'rescheduled') {
      const appointment = await appointments.find(patientId, ending.rescheduledTo);
      if (appointment !== undefined && !hasEnded(appointment) && isTarget(appointment)) {
        return { kind: 'replayed', appointment, patient };
      }
    }
    return { ...endedOutcome(ended), patient };
  };

  if (hasEnded(old)) return outcomeOf(old);
  if (isTarget(old)) return { kind: 'unchanged', appointment: old, patient };
  const found = chosen ?? (await people.findPractitioner(target));
  if (found === undefined) return { kind: 'practitioner-not-found' };
  const { schedule, ...practitioner } = found;
  if (!isOpen(schedule, slot)) return { kind: 'practitioner-unavailable' };

  const appointment: Appointment = {
    ...request,
    practitioner,
    idempotencyKey: null,
    rescheduledFrom: from,
    series: { ...old.series, position: old.series.position + 1 },
    attendance: null,
    ending: null,
  };
  let replaced: EndedAppointment | undefined;
  // Looping again means that the new date is held by an appointment that has ended.
  for (;;) {
    const outcome = await appointments.reschedule(old, appointment, replaced);
    switch (outcome.kind) {
      case 'rescheduled':
        return { ...outcome, appointment, patient };
      case 'ended':
        return outcomeOf(outcome.appointment);
      case 'practitioner-slot-taken':
        return outcome;
      case 'patient-day-taken': {
        const { kind, holder } = outcome;
        if (!hasEnded(holder)) return { kind, conflict: holder, patient };
        replaced = holder;
      }
    }
  }
}
