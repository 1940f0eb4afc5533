import * as z from 'zod/mini';
import { CANCELLATION_REASONS } from '../../domain/appointment.ts';
import { ID } from '../../domain/people.ts';
import { HALF_HOUR_PATTERN, UTC_DATE } from '../../domain/slot.ts';
import { MAX_AGENDA_LIMIT } from '../../domain/use-cases/agenda.ts';
import { MAX_LIMIT } from '../../domain/use-cases/list.ts';

// The functions take their types from these schemas, and the API description is generated from them.
// Responses are not parsed at run time, so no bundle contains this file.

const id = z.string().check(z.regex(ID.pattern));
const name = z.string().check(z.minLength(1), z.maxLength(100));
const halfHour = z.string().check(z.regex(HALF_HOUR_PATTERN));
const instant = z.iso.datetime({ precision: 3 });
const reference = z.object({
  date: z.string().check(z.regex(UTC_DATE.pattern)),
  appointment_id: z.uuidv4(),
});

export const appointmentResponse = z.object({
  appointment_id: z.uuidv4(),
  status: z.enum(['booked', 'cancelled', 'rescheduled']),
  patient_id: id,
  patient_first_name: z.nullable(name),
  patient_last_name: z.nullable(name),
  practitioner_id: id,
  practitioner_first_name: name,
  practitioner_last_name: name,
  practitioner_npi: z.nullable(z.string()),
  start_time: halfHour,
  end_time: halfHour,
  created_at: instant,
  rescheduled_from: z.optional(reference),
  cancelled_at: z.optional(instant),
  cancellation_reason: z.optional(z.nullable(z.enum(CANCELLATION_REASONS))),
  rescheduled_at: z.optional(instant),
  rescheduled_to: z.optional(reference),
});

export const appointmentsResponse = z.array(appointmentResponse).check(z.maxLength(MAX_LIMIT));

export const agendaResponse = z.array(appointmentResponse).check(z.maxLength(MAX_AGENDA_LIMIT));

export const slotsResponse = z.array(
  z.object({ start_time: halfHour, end_time: halfHour, status: z.enum(['free', 'busy']) }),
);

export type AppointmentResponse = z.output<typeof appointmentResponse>;
