import {
  type Appointment,
  type AppointmentReference,
  type Attendance,
  type EndedAppointment,
  endedOutcome,
  hasEnded,
} from '../appointment.ts';
import { type Id, type Patient, unlessErased } from '../people.ts';
import type { Repositories } from '../ports.ts';

export type AttendanceRequest = AppointmentReference & Attendance & { readonly patientId: Id };

export type AttendanceOutcome =
  | {
      readonly kind: 'recorded';
      readonly appointment: Appointment;
      /** Null if the patient was erased. */
      readonly patient: Patient | null;
    }
  | { readonly kind: 'patient-not-found' }
  | { readonly kind: 'appointment-not-found' }
  | {
      readonly kind: 'appointment-cancelled' | 'appointment-rescheduled';
      readonly conflict: EndedAppointment;
      readonly patient: Patient | null;
    };

/**
 * Records whether the patient came. It does not end the appointment. Recording the same code again changes nothing.
 *
 * @throws StoreUnavailableError
 */
export async function recordAttendance(
  { people, appointments }: Repositories,
  { patientId, date, appointmentId, ...attendance }: AttendanceRequest,
): Promise<AttendanceOutcome> {
  const [record, found] = await Promise.all([
    people.findPatient(patientId),
    appointments.find(patientId, { date, appointmentId }),
  ]);
  if (record === undefined) return { kind: 'patient-not-found' };
  if (found === undefined) return { kind: 'appointment-not-found' };
  const patient = unlessErased(record);

  let appointment = found;
  // A third round means that another request changed the appointment in between.
  for (;;) {
    if (hasEnded(appointment)) return { ...endedOutcome(appointment), patient };
    if ((appointment.attendance?.code ?? null) === attendance.code) {
      return { kind: 'recorded', appointment, patient };
    }
    appointment = await appointments.recordAttendance(appointment, attendance);
  }
}
