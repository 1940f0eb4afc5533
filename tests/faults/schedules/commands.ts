import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { DAYS_OF_WEEK } from '../../../src/domain/schedule.ts';
import { addDays, type UtcDate } from '../../../src/domain/slot.ts';

/** The start of an appointment: a date of the run, from 0, and one of its 48 half hours. */
export interface Start {
  readonly date: number;
  readonly slot: number;
}

/** When a practitioner works. */
export interface Schedule {
  /** The first and the last of the half hours of every day, or null for all of them. */
  readonly hours: readonly [first: number, last: number] | null;
  /** A date that is off. */
  readonly off?: number;
}

/** A request to the service. The appointment that it makes has its name, a capital letter and perhaps digits. */
export type Command = { readonly name: string } & (
  | PatientCommand
  | { readonly kind: 'put practitioner'; readonly practitioner: number; readonly firstName: string }
  | { readonly kind: 'put schedule'; readonly practitioner: number; readonly schedule: Schedule }
  | { readonly kind: 'get practitioner'; readonly practitioner: number }
);

type PatientCommand = { readonly patient: number } & (
  | {
      readonly kind: 'book';
      readonly start: Start;
      readonly practitioner: number;
      readonly key?: string;
    }
  | {
      readonly kind: 'cancel';
      /** The name of the appointment, and its date. */
      readonly of: string;
      readonly date: number;
      readonly reason?: 'pat' | 'prov';
    }
  | {
      readonly kind: 'attend';
      readonly of: string;
      readonly date: number;
      readonly attendance: 'arrived' | 'noshow' | null;
    }
  | {
      readonly kind: 'reschedule';
      readonly of: string;
      readonly date: number;
      readonly start: Start;
      readonly practitioner?: number;
    }
  /** Lists all appointments, of one date or of all. With a limit, the first of them, latest first. */
  | { readonly kind: 'list'; readonly date?: number; readonly limit?: number }
  | { readonly kind: 'get'; readonly date: number }
  | { readonly kind: 'put patient'; readonly firstName: string }
  | { readonly kind: 'erase patient' | 'get patient' }
);

/** `book p1 d0 09:00 dr1 key=k` */
export function describeCommand(command: Command): string {
  const { kind } = command;
  switch (kind) {
    case 'book': {
      const key = command.key === undefined ? '' : ` key=${command.key}`;
      return `book p${command.patient} ${textOf(command.start)} dr${command.practitioner}${key}`;
    }
    case 'cancel':
      return `cancel ${command.of} (${command.reason ?? 'no reason'})`;
    case 'attend':
      return `attend ${command.of} ${command.attendance}`;
    case 'reschedule': {
      const practitioner = command.practitioner === undefined ? '' : ` dr${command.practitioner}`;
      return `reschedule ${command.of} to ${textOf(command.start)}${practitioner}`;
    }
    case 'list':
    case 'get':
      return `${kind} p${command.patient} ${command.date === undefined ? '' : `d${command.date}`}`.trim();
    case 'put patient':
      return `${kind} p${command.patient} ${command.firstName}`;
    case 'erase patient':
    case 'get patient':
      return `${kind} p${command.patient}`;
    case 'put practitioner':
      return `${kind} dr${command.practitioner} ${command.firstName}`;
    case 'put schedule':
      return `${kind} dr${command.practitioner} ${describeSchedule(command.schedule)}`;
    case 'get practitioner':
      return `${kind} dr${command.practitioner}`;
  }
}

/** `09:00-12:00 off d0` */
export function describeSchedule({ hours, off }: Schedule): string {
  const text = hours ? `${timeOf(hours[0])}-${timeOf(hours[1] + 1)}` : 'always';
  return off === undefined ? text : `${text} off d${off}`;
}

/** `d0 09:30` */
export function textOf({ date, slot }: Start): string {
  return `d${date} ${timeOf(slot)}`;
}

function timeOf(slot: number): string {
  return `${String(Math.floor(slot / 2)).padStart(2, '0')}:${slot % 2 === 0 ? '00' : '30'}`;
}

/**
 * The patients and practitioners that all runs share, because nothing changes them. All others belong to one run: their
 * ids end with its first date.
 */
export const SHARED_PEOPLE = [1, 2, 3];

export const isShared = (person: number) => SHARED_PEOPLE.includes(person);

/** The id of the appointment with a name. `n` numbers further UUIDs of the same request. */
export function uuidOf(name: string, n = 0): string {
  const hex = Buffer.from(name.padEnd(4, ' ')).toString('hex');
  return `${hex}-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

function nameOfId(id: string): string {
  return Buffer.from(id.slice(0, 8), 'hex').toString().trim();
}

/** The time at which a command always takes place, so that a state does not depend on how it was reached. */
export function timeOfCommand(name: string): number {
  return Date.UTC(2030, 0, 1) + Buffer.from(name.padEnd(4, ' ')).readUInt32BE();
}

function nameOfTime(text: string): string {
  const name = Buffer.alloc(4);
  name.writeUInt32BE(Date.parse(text) - Date.UTC(2030, 0, 1));
  return name.toString().trim();
}

/** The calendar of a run. Each run has dates of its own, so runs can share a table. */
export class Calendar {
  readonly #first: UtcDate;

  constructor(first: UtcDate) {
    this.#first = first;
  }

  dateOf(date: number): UtcDate {
    return addDays(this.#first, date);
  }

  patientId(patient: number): string {
    return `p${patient}${this.#suffixOf(patient)}`;
  }

  practitionerId(practitioner: number): string {
    return `dr${practitioner}${this.#suffixOf(practitioner)}`;
  }

  #suffixOf(person: number): string {
    return isShared(person) ? '' : `-${this.#first}`;
  }

  startTime({ date, slot }: Start): string {
    return `${this.dateOf(date)}T${timeOf(slot)}:00Z`;
  }

  /** Replaces the dates of the run in a text with those of another run. */
  translate(text: string, other: Calendar): string {
    return this.#replace(text, (date) => other.dateOf(date));
  }

  /** Replaces the dates of the run in a text with `d0`, `d1`, and so on. */
  relative(text: string): string {
    return this.#replace(text, (date) => `d${date}`);
  }

  /** Also replaces ids with the names of the appointments. */
  readable(text: string): string {
    return this.relative(text).replaceAll(/[0-9a-f]{8}-0000-4000-8000-\d{12}/g, nameOfId);
  }

  #replace(text: string, by: (date: number) => string): string {
    return text.replaceAll(/\d{4}-\d{2}-\d{2}/g, (date) => {
      const days = (Date.parse(date) - Date.parse(this.#first)) / 86_400_000;
      return days >= 0 && days < DATES_PER_RUN ? by(days) : date;
    });
  }

  /** An appointment of a response, as the model writes it. */
  describe(body: AppointmentBody): string {
    const { appointment_id, status, start_time, end_time, practitioner_id } = body;
    const { rescheduled_at: at, rescheduled_to: to } = body;
    const name = nameOfId(appointment_id);
    return [
      name,
      status,
      this.relative(start_time).replace(/T(.{5}):00Z/, ' $1'),
      nameOfPerson(practitioner_id),
      // The reschedule that made it gave it its own name, so that both always agree.
      ...(nameOfTime(body.created_at) === name
        ? []
        : [`created by ${nameOfTime(body.created_at)}`]),
      ...(Date.parse(end_time) - Date.parse(start_time) === 1_800_000 ? [] : [`until ${end_time}`]),
      ...(to && at && nameOfTime(at) !== nameOfId(to.appointment_id)
        ? [`rescheduled by ${nameOfTime(at)}`]
        : []),
      ...(body.rescheduled_from ? [`from ${this.#reference(body.rescheduled_from)}`] : []),
      ...(body.rescheduled_to ? [`to ${this.#reference(body.rescheduled_to)}`] : []),
      ...(body.cancelled_at === undefined
        ? []
        : [`by ${nameOfTime(body.cancelled_at)} (${body.cancellation_reason ?? 'no reason'})`]),
      ...(body.attendance_recorded_at === undefined
        ? []
        : [`${body.attendance} by ${nameOfTime(body.attendance_recorded_at)}`]),
      ...(nameOfPerson(body.patient_id) === body.patient_id
        ? []
        : [`for ${body.patient_first_name ?? 'no one'}`]),
    ].join(' ');
  }

  /** A patient or a practitioner of a response, as the model writes them. */
  describePerson(body: PersonBody): string {
    const { patient_id, practitioner_id = '', first_name, hours, time_off = [] } = body;
    if (patient_id !== undefined) return `${nameOfPerson(patient_id)} ${first_name}`;
    // The same on every day, because the dates of a run can be any days of the week.
    const days = DAYS_OF_WEEK.map((day) =>
      (hours?.[day] ?? []).map(({ from, to }) => `${from}-${to}`).join(),
    );
    return [
      nameOfPerson(practitioner_id),
      first_name,
      hours ? [...new Set(days)].join('|') : 'always',
      ...time_off.map(({ from }) => `off ${this.relative(from.replace('T00:00:00Z', ''))}`),
    ].join(' ');
  }

  #reference({ date, appointment_id }: Reference): string {
    return `${nameOfId(appointment_id)} ${this.relative(date)}`;
  }

  /** The event that API Gateway would send. */
  eventOf(command: Command): APIGatewayProxyEventV2 {
    const path: Record<string, string> =
      'patient' in command
        ? { patient_id: this.patientId(command.patient) }
        : { practitioner_id: this.practitionerId(command.practitioner) };
    const collection = '/api/patients/{patient_id}/appointments';
    switch (command.kind) {
      case 'book': {
        const { start, practitioner, key } = command;
        const body = {
          practitioner_id: this.practitionerId(practitioner),
          start_time: this.startTime(start),
        };
        return event(command, `POST ${collection}`, path, {
          body,
          headers: key === undefined ? {} : { 'idempotency-key': key },
        });
      }
      case 'cancel': {
        const { of, date, reason } = command;
        const body = { appointment_id: uuidOf(of), ...(reason && { reason }) };
        const parameters = { ...path, date: this.dateOf(date) };
        return event(command, `POST ${collection}/{date}/cancel`, parameters, { body });
      }
      case 'attend': {
        const { of, date, attendance } = command;
        const body = { appointment_id: uuidOf(of), attendance };
        const parameters = { ...path, date: this.dateOf(date) };
        return event(command, `PUT ${collection}/{date}/attendance`, parameters, { body });
      }
      case 'reschedule': {
        const { of, date, start, practitioner } = command;
        const body = {
          appointment_id: uuidOf(of),
          start_time: this.startTime(start),
          ...(practitioner !== undefined && { practitioner_id: this.practitionerId(practitioner) }),
        };
        const parameters = { ...path, date: this.dateOf(date) };
        return event(command, `POST ${collection}/{date}/reschedule`, parameters, { body });
      }
      case 'list': {
        const { date: first = 0, date: last = DATES_PER_RUN - 1 } = command;
        const query = {
          from: this.dateOf(first),
          to: this.dateOf(last),
          status: 'all',
          ...(command.limit !== undefined && { order: 'desc', limit: String(command.limit) }),
        };
        return event(command, `GET ${collection}`, path, { query });
      }
      case 'get': {
        const parameters = { ...path, date: this.dateOf(command.date) };
        return event(command, `GET ${collection}/{date}`, parameters, {});
      }
      case 'put patient': {
        const body = { first_name: command.firstName, last_name: 'Person' };
        return event(command, 'PUT /api/patients/{patient_id}', path, { body });
      }
      case 'erase patient':
        return event(command, 'DELETE /api/patients/{patient_id}', path, {});
      case 'get patient':
        return event(command, 'GET /api/patients/{patient_id}', path, {});
      case 'put practitioner': {
        const body = { first_name: command.firstName, last_name: 'Person' };
        return event(command, 'PUT /api/practitioners/{practitioner_id}', path, { body });
      }
      case 'put schedule': {
        const { hours, off } = command.schedule;
        const range = hours && { from: timeOf(hours[0]), to: timeOf(hours[1] + 1) };
        const body = {
          hours: range && Object.fromEntries(DAYS_OF_WEEK.map((day) => [day, [range]])),
          time_off:
            off === undefined
              ? []
              : [
                  {
                    from: this.startTime({ date: off, slot: 0 }),
                    to: this.startTime({ date: off + 1, slot: 0 }),
                  },
                ],
        };
        return event(command, 'PUT /api/practitioners/{practitioner_id}/schedule', path, { body });
      }
      case 'get practitioner':
        return event(command, 'GET /api/practitioners/{practitioner_id}', path, {});
    }
  }
}

/** No scenario uses more. */
export const DATES_PER_RUN = 3;

interface Reference {
  readonly date: string;
  readonly appointment_id: string;
}

export interface PersonBody {
  readonly patient_id?: string;
  readonly practitioner_id?: string;
  readonly first_name: string;
  readonly hours?: Readonly<Record<string, readonly Range[]>> | null;
  readonly time_off?: readonly Range[];
}

interface Range {
  readonly from: string;
  readonly to: string;
}

/** Leaves out the date at the end of an id. */
const nameOfPerson = (id: string) => id.replace(/-.*/, '');

export interface AppointmentBody {
  readonly appointment_id: string;
  readonly status: string;
  readonly patient_id: string;
  readonly patient_first_name: string | null;
  readonly start_time: string;
  readonly end_time: string;
  readonly practitioner_id: string;
  readonly created_at: string;
  readonly rescheduled_from?: Reference;
  readonly rescheduled_to?: Reference;
  readonly rescheduled_at?: string;
  readonly cancelled_at?: string;
  readonly cancellation_reason?: string | null;
  readonly attendance?: string | null;
  readonly attendance_recorded_at?: string;
}

function event(
  { name }: Command,
  routeKey: string,
  pathParameters: Record<string, string>,
  {
    body,
    query,
    headers = {},
  }: { body?: object; query?: Record<string, string>; headers?: Record<string, string> },
): APIGatewayProxyEventV2 {
  return {
    version: '2.0',
    routeKey,
    headers: { 'content-type': 'application/json', ...headers },
    pathParameters,
    ...(query && { queryStringParameters: query }),
    ...(body && { body: JSON.stringify(body) }),
    requestContext: { requestId: `request-${name}` },
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEventV2;
}
