import type { Appointment, AppointmentReference } from '../../domain/appointment.ts';
import type { Id, Patient } from '../../domain/people.ts';
import { type Slot, slotDate, slotEnd } from '../../domain/slot.ts';
import type { Grant } from './access.ts';
import type { Problem } from './problems.ts';
import type { AppointmentResponse } from './response-schemas.ts';
import { type Response, respond } from './responses.ts';

/**
 * The JSON form of an appointment. All times are UTC: `start_time` and `end_time` are `YYYY-MM-DDThh:mm:00Z`, the
 * others have milliseconds. The practitioner's names are those at the time of booking. The patient's are current, or
 * null if the patient was erased or their record is missing.
 */
export function representAppointment(
  appointment: Appointment,
  patient: Patient | null,
): AppointmentResponse {
  const { appointmentId, patientId, practitioner, slot, createdAt } = appointment;
  const { rescheduledFrom, series, attendance, ending } = appointment;
  return {
    appointment_id: appointmentId,
    status: ending?.status ?? 'booked',
    patient_id: patientId,
    patient_first_name: patient?.firstName ?? null,
    patient_last_name: patient?.lastName ?? null,
    practitioner_id: practitioner.practitionerId,
    practitioner_first_name: practitioner.firstName,
    practitioner_last_name: practitioner.lastName,
    practitioner_npi: practitioner.npi,
    start_time: slot,
    end_time: slotEnd(slot),
    created_at: createdAt,
    series_id: series.id,
    attendance: attendance?.code ?? null,
    ...(attendance?.code && { attendance_recorded_at: attendance.recordedAt }),
    ...(rescheduledFrom && { rescheduled_from: representReference(rescheduledFrom) }),
    ...(ending?.status === 'cancelled' && {
      cancelled_at: ending.cancelledAt,
      cancellation_reason: ending.reason,
    }),
    ...(ending?.status === 'rescheduled' && {
      rescheduled_at: ending.rescheduledAt,
      rescheduled_to: representReference(ending.rescheduledTo),
    }),
  };
}

function representReference({ date, appointmentId }: AppointmentReference) {
  return { date, appointment_id: appointmentId };
}

/** The URL of an appointment, relative to the host. */
function appointmentUrl({ patientId, slot }: { patientId: Id; slot: Slot }): string {
  return `/api/patients/${patientId}/appointments/${slotDate(slot)}`;
}

/** The response with an appointment: a 201 also names its URL. */
export function respondAppointment(
  status: 200 | 201,
  outcome: {
    readonly kind: string;
    readonly appointment: Appointment;
    readonly patient: Patient | null;
  },
): Response {
  const { kind, appointment, patient } = outcome;
  return respond(status, 'application/json', representAppointment(appointment, patient), {
    ...(status === 201 && { Location: appointmentUrl(appointment) }),
    ...(kind === 'replayed' && { 'Idempotency-Replayed': 'true' }),
  });
}

/** The problem of a request that an appointment conflicts with. Callers who cannot read do not see it. */
export function conflictProblem(
  outcome: {
    readonly kind: 'patient-day-taken' | 'appointment-cancelled' | 'appointment-rescheduled';
    readonly conflict: Appointment;
    readonly patient: Patient | null;
  },
  may: Grant['may'],
): Problem {
  const { kind, conflict, patient } = outcome;
  return {
    code: kind,
    ...(kind === 'patient-day-taken' && { date: slotDate(conflict.slot) }),
    ...((may('get') || may('list')) && { conflict: representAppointment(conflict, patient) }),
  };
}
