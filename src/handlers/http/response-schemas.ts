import * as z from 'zod/mini';
import { ATTENDANCE_CODES, CANCELLATION_REASONS } from '../../domain/appointment.ts';
import { ID } from '../../domain/people.ts';
import { DAYS_OF_WEEK, TIME_OF_DAY } from '../../domain/schedule.ts';
import { HALF_HOUR_PATTERN, UTC_DATE } from '../../domain/slot.ts';
import { MAX_AGENDA_LIMIT } from '../../domain/use-cases/agenda.ts';
import { MAX_LIMIT } from '../../domain/use-cases/list.ts';

// The functions take their types from these schemas, and the API description is generated from them.
// Responses are not parsed at run time, so no bundle contains this file.

const id = z.string().check(z.regex(ID.pattern));
const name = z.string().check(z.minLength(1), z.maxLength(100));
const halfHour = z.string().check(z.regex(HALF_HOUR_PATTERN));
const instant = z.iso.datetime({ precision: 3 });

const patientName = z
  .nullable(name)
  .check(
    z.describe(
      "The patient's current name, or null if the patient was erased or, in an agenda, if the patient's record is missing.",
    ),
  );
const practitionerName = name.check(z.describe("The practitioner's name at the time of booking."));
const appointmentId = z.uuidv4().check(z.describe('A UUID.'));
const startTime = halfHour.check(z.describe('UTC, on the hour or half hour.'));
const endTime = halfHour.check(z.describe('UTC, 30 minutes after `start_time`.'));
const reference = z.object({
  date: z.string().check(z.regex(UTC_DATE.pattern), z.describe('The UTC date that it starts on.')),
  appointment_id: appointmentId,
});

export const appointmentResponse = z
  .object({
    appointment_id: appointmentId,
    status: z
      .enum(['booked', 'cancelled', 'rescheduled'])
      .check(
        z.describe(
          'An appointment is booked until it is cancelled or rescheduled. Then its date is free, and it never changes again.',
        ),
      ),
    patient_id: id.check(z.describe('The patient.')),
    patient_first_name: patientName,
    patient_last_name: patientName,
    practitioner_id: id.check(z.describe('The practitioner.')),
    practitioner_first_name: practitionerName,
    practitioner_last_name: practitionerName,
    practitioner_npi: z
      .nullable(z.string())
      .check(
        z.describe(
          'The US National Provider Identifier at the time of booking, or null if there was none.',
        ),
      ),
    start_time: startTime,
    end_time: endTime,
    created_at: instant.check(z.describe('When it was booked.')),
    series_id: appointmentId.check(
      z.describe(
        'The `appointment_id` of the first appointment in a chain of reschedules. Rescheduling never changes it.',
      ),
    ),
    attendance: z
      .nullable(z.enum(ATTENDANCE_CODES))
      .check(z.describe('Whether the patient came, or null if that is not recorded.')),
    attendance_recorded_at: z
      .optional(instant)
      .check(z.describe('When attendance was recorded. Present only if it is not null.')),
    rescheduled_from: z
      .optional(reference)
      .check(
        z.describe('The appointment that this one replaced. Present only if it replaced one.'),
      ),
    cancelled_at: z
      .optional(instant)
      .check(z.describe('When it was cancelled. Present only if `status` is `cancelled`.')),
    cancellation_reason: z
      .optional(z.nullable(z.enum(CANCELLATION_REASONS)))
      .check(
        z.describe(
          'The code sent with the cancellation, or null if there was none. Present only if `status` is `cancelled`.',
        ),
      ),
    rescheduled_at: z
      .optional(instant)
      .check(z.describe('When it was rescheduled. Present only if `status` is `rescheduled`.')),
    rescheduled_to: z
      .optional(reference)
      .check(
        z.describe(
          'The appointment that replaced this one. Present only if `status` is `rescheduled`.',
        ),
      ),
  })
  .check(
    z.meta({
      id: 'Appointment',
      description: 'An appointment of 30 minutes. It includes `start_time` but not `end_time`.',
    }),
  );

export const appointmentsResponse = z
  .array(appointmentResponse)
  .check(
    z.maxLength(MAX_LIMIT),
    z.meta({ id: 'AppointmentList', description: 'Appointments of one patient, by start time.' }),
  );

export const agendaResponse = z.array(appointmentResponse).check(
  z.maxLength(MAX_AGENDA_LIMIT),
  z.meta({
    id: 'Agenda',
    description: 'Booked appointments of one practitioner, by start time.',
  }),
);

export const slotsResponse = z
  .array(
    z.object({
      start_time: startTime,
      end_time: endTime,
      status: z
        .enum(['free', 'busy', 'closed'])
        .check(
          z.describe(
            '`closed` if outside the hours or within time off. Otherwise `busy` if taken and double booking is rejected.',
          ),
        ),
    }),
  )
  .check(
    z.meta({
      id: 'SlotList',
      description:
        'Slots by start time, 48 per UTC date. 9999-12-31 has 47, because the 48th would end in the year 10000.',
    }),
  );

const firstName = name.check(z.describe('The first name, in Unicode form NFC.'));
const lastName = name.check(z.describe('The last name, in Unicode form NFC.'));

export const patientResponse = z
  .object({ patient_id: id, first_name: firstName, last_name: lastName })
  .check(z.meta({ id: 'Patient', description: 'A patient.' }));

const rangesOf = (bound: z.ZodMiniType<string>) =>
  z.readonly(z.array(z.readonly(z.object({ from: bound, to: bound }))));

export const practitionerResponse = z
  .object({
    practitioner_id: id,
    first_name: firstName,
    last_name: lastName,
    npi: z
      .nullable(z.string())
      .check(z.describe('The US National Provider Identifier, or null if there is none.')),
    hours: z
      .nullable(
        z.partialRecord(
          z.enum(DAYS_OF_WEEK),
          rangesOf(z.string().check(z.regex(TIME_OF_DAY.pattern))),
        ),
      )
      .check(z.describe('The hours in UTC by day of the week, or null if always open.')),
    time_off: rangesOf(halfHour).check(z.describe('The time off in UTC.')),
  })
  .check(z.meta({ id: 'Practitioner', description: 'A practitioner, and when they work.' }));

export type PatientResponse = z.output<typeof patientResponse>;
export type PractitionerResponse = z.output<typeof practitionerResponse>;
export type AppointmentResponse = z.output<typeof appointmentResponse>;
