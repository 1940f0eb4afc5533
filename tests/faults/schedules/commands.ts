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
  | ListCommand
  | { readonly kind: 'get'; readonly date: number }
  | { readonly kind: 'put patient'; readonly firstName: string }
  | { readonly kind: 'erase patient' | 'get patient' }
);

/** Lists all appointments, of one date or of all. With a limit, the first of them, latest first. */
interface ListCommand {
  readonly kind: 'list';
  readonly date?: number;
  readonly limit?: number;
}

/** `book p1 d0 09:00 dr1 key=k` */
export function describeCommand(command: Command): string {
  const { kind } = command;
  const whom = 'patient' in command ? `p${command.patient}` : `dr${command.practitioner}`;
  switch (kind) {
    case 'book': {
      const key = command.key === undefined ? '' : ` key=${command.key}`;
      return `book ${whom} ${textOf(command.start)} dr${command.practitioner}${key}`;
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
      return `${kind} ${whom}${command.date === undefined ? '' : ` d${command.date}`}`;
    case 'put patient':
    case 'put practitioner':
      return `${kind} ${whom} ${command.firstName}`;
    case 'put schedule':
      return `${kind} ${whom} ${describeSchedule(command.schedule)}`;
    case 'erase patient':
    case 'get patient':
    case 'get practitioner':
      return `${kind} ${whom}`;
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
    const { kind, name } = command;
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (kind === 'book' && command.key !== undefined) headers['idempotency-key'] = command.key;
    const body = this.#bodyOf(command);
    return {
      version: '2.0',
      routeKey: ROUTES[kind],
      headers,
      pathParameters: {
        ...('patient' in command
          ? { patient_id: this.patientId(command.patient) }
          : { practitioner_id: this.practitionerId(command.practitioner) }),
        ...(kind !== 'list' && 'date' in command && { date: this.dateOf(command.date) }),
      },
      ...(kind === 'list' && { queryStringParameters: this.#queryOf(command) }),
      ...(body && { body: JSON.stringify(body) }),
      requestContext: { requestId: `request-${name}` },
      isBase64Encoded: false,
    } as unknown as APIGatewayProxyEventV2;
  }

  #queryOf({ date: first = 0, date: last = DATES_PER_RUN - 1, limit }: ListCommand) {
    return {
      from: this.dateOf(first),
      to: this.dateOf(last),
      status: 'all',
      ...(limit !== undefined && { order: 'desc', limit: String(limit) }),
    };
  }

  #bodyOf(command: Command): object | undefined {
    switch (command.kind) {
      case 'book':
        return {
          practitioner_id: this.practitionerId(command.practitioner),
          start_time: this.startTime(command.start),
        };
      case 'cancel':
        return {
          appointment_id: uuidOf(command.of),
          ...(command.reason && { reason: command.reason }),
        };
      case 'attend':
        return { appointment_id: uuidOf(command.of), attendance: command.attendance };
      case 'reschedule': {
        const { of, start, practitioner } = command;
        return {
          appointment_id: uuidOf(of),
          start_time: this.startTime(start),
          ...(practitioner !== undefined && { practitioner_id: this.practitionerId(practitioner) }),
        };
      }
      case 'put patient':
      case 'put practitioner':
        return { first_name: command.firstName, last_name: 'Person' };
      case 'put schedule': {
        const { hours, off } = command.schedule;
        const range = hours && { from: timeOf(hours[0]), to: timeOf(hours[1] + 1) };
        const midnight = (date: number) => this.startTime({ date, slot: 0 });
        return {
          hours: range && Object.fromEntries(DAYS_OF_WEEK.map((day) => [day, [range]])),
          time_off: off === undefined ? [] : [{ from: midnight(off), to: midnight(off + 1) }],
        };
      }
      case 'list':
      case 'get':
      case 'erase patient':
      case 'get patient':
      case 'get practitioner':
        return undefined;
    }
  }
}

const ROUTES: Readonly<Record<Command['kind'], string>> = {
  book: 'POST /api/patients/{patient_id}/appointments',
  list: 'GET /api/patients/{patient_id}/appointments',
  get: 'GET /api/patients/{patient_id}/appointments/{date}',
  cancel: 'POST /api/patients/{patient_id}/appointments/{date}/cancel',
  attend: 'PUT /api/patients/{patient_id}/appointments/{date}/attendance',
  reschedule: 'POST /api/patients/{patient_id}/appointments/{date}/reschedule',
  'put patient': 'PUT /api/patients/{patient_id}',
  'erase patient': 'DELETE /api/patients/{patient_id}',
  'get patient': 'GET /api/patients/{patient_id}',
  'put practitioner': 'PUT /api/practitioners/{practitioner_id}',
  'put schedule': 'PUT /api/practitioners/{practitioner_id}/schedule',
  'get practitioner': 'GET /api/practitioners/{practitioner_id}',
};

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
