import * as z from 'zod/mini';
import { APPOINTMENT_ID } from '../../src/domain/appointment.ts';
import { HALF_HOUR_PATTERN, UTC_DATE } from '../../src/domain/slot.ts';
import {
  agendaResponse,
  appointmentResponse,
  appointmentsResponse,
  slotsResponse,
} from '../../src/handlers/http/response-schemas.ts';

export type Json = Readonly<Record<string, unknown>>;
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** The description of a member or parameter, alone or with what else its zod schema does not say. */
type Text = string | (JsonSchema & { readonly description: string });
export type Texts<Name extends PropertyKey = string> = Readonly<Record<Name, Text>>;

/** The names of the members of a zod object. */
export type MembersOf<Schema> = Schema extends z.core.$ZodObject<infer Shape> ? keyof Shape : never;

export const ref = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

export const pascalCase = (name: string) =>
  name.toLowerCase().replace(/(?:^|[^a-z]+)([a-z]?)/g, (_, letter: string) => letter.toUpperCase());

const FORMATS = new Map([
  [UTC_DATE.pattern.source, 'date'],
  [HALF_HOUR_PATTERN.source, 'date-time'],
  [APPOINTMENT_ID.pattern.source, 'uuid'],
]);

/**
 * The JSON Schema (2020-12) of a zod schema's input, with a text for each member by its name. An
 * appointment inside another schema becomes a reference. Objects stay open unless the zod schema is
 * strict, so that a response can get a new member without breaking clients.
 */
export function jsonSchema(schema: z.core.$ZodType, texts: Texts = {}): JsonSchema {
  const { $schema: _draft, ...json } = z.toJSONSchema(schema, {
    io: 'input',
    override({ zodSchema, jsonSchema: inner, path }) {
      if (zodSchema === appointmentResponse && path.length > 0) {
        for (const key of Object.keys(inner)) Reflect.deleteProperty(inner, key);
        Object.assign(inner, ref('schemas', 'Appointment'));
      }
      const format = FORMATS.get(inner.pattern ?? '');
      if (format !== undefined) inner.format = format;
    },
  });
  return JSON.parse(JSON.stringify(json), (key, value: unknown) =>
    key === 'properties' ? withTexts(value as Record<string, JsonSchema>, texts) : value,
  ) as JsonSchema;
}

const withTexts = (members: Readonly<Record<string, JsonSchema>>, texts: Texts) =>
  Object.fromEntries(
    Object.entries(members).map(([name, member]) => {
      const text = texts[name];
      return [name, { ...member, ...(typeof text === 'string' ? { description: text } : text) }];
    }),
  );

const AT_BOOKING = "The practitioner's name at the time of booking.";
const CURRENT = "The patient's current name.";

const APPOINTMENT: Texts<MembersOf<typeof appointmentResponse> | 'date'> = {
  appointment_id: 'A UUID.',
  status:
    'An appointment is booked until it ends as cancelled or rescheduled. Then its date is free, and it never changes again.',
  patient_id: 'The patient.',
  patient_first_name: CURRENT,
  patient_last_name: CURRENT,
  practitioner_id: 'The practitioner.',
  practitioner_first_name: AT_BOOKING,
  practitioner_last_name: AT_BOOKING,
  practitioner_npi:
    'The US National Provider Identifier at the time of booking, or null if there was none.',
  start_time: 'UTC, on the hour or half hour.',
  end_time: 'UTC, 30 minutes after `start_time`. The first instant that is free again.',
  created_at: 'When it was booked, in UTC with milliseconds.',
  date: 'The UTC date that it starts on.',
  rescheduled_from: 'The appointment that this one replaced. Present only if it replaced one.',
  cancelled_at:
    'When it was cancelled, in UTC with milliseconds. Present only if `status` is `cancelled`.',
  cancellation_reason:
    'The code sent with the cancellation, or null if there was none. Present only if `status` is `cancelled`.',
  rescheduled_at:
    'When it was rescheduled, in UTC with milliseconds. Present only if `status` is `rescheduled`.',
  rescheduled_to:
    'The appointment that replaced this one. Present only if `status` is `rescheduled`.',
};

const SLOT: Texts<MembersOf<(typeof slotsResponse)['def']['element']>> = {
  start_time: APPOINTMENT.start_time,
  end_time: 'UTC, 30 minutes after `start_time`.',
  status: '`busy` if the practitioner cannot be booked at this time.',
};

/** The bodies of successful responses, by name. */
export const RESULTS = {
  Appointment: {
    ...jsonSchema(appointmentResponse, APPOINTMENT),
    description:
      'An appointment of 30 minutes. The interval is half open: it includes `start_time` but not `end_time`.',
  },
  AppointmentList: {
    ...jsonSchema(appointmentsResponse),
    description: 'Appointments of one patient, by start time.',
  },
  AgendaList: {
    ...jsonSchema(agendaResponse),
    description: 'Booked appointments of one practitioner, by start time.',
  },
  SlotList: {
    ...jsonSchema(slotsResponse, SLOT),
    description:
      'The 48 slots of a UTC date, by start time. 9999-12-31 has 47, because the 48th would end in the year 10000.',
  },
};
