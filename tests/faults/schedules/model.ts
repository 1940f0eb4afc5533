import {
  type Command,
  describeSchedule,
  isShared,
  type Schedule,
  type Start,
  textOf,
} from './commands.ts';

/** An appointment in the model. Its name is that of the command that made it. */
interface Booked {
  readonly name: string;
  readonly patient: number;
  readonly practitioner: number;
  readonly start: Start;
  readonly key: string | undefined;
  readonly from: string | undefined;
  readonly end: string | undefined;
  /** `arrived by X`, or undefined if nothing is recorded. */
  readonly attendance?: string | undefined;
}

interface Person {
  /** The first name. An erased patient has none. */
  readonly name: string | undefined;
  /** That of a patient is never used. */
  readonly schedule: Schedule;
}

/** Whom a command knows, by `p4` or `dr4`. */
type People = Readonly<Record<string, Person>>;

/** The service as the contract describes it, one command at a time. A state never changes. */
export interface State {
  /** All appointments that were ever made, in the order in which they were made. */
  readonly made: readonly Booked[];
  readonly people: People;
  /** The people that commands have read, by the names of the commands. */
  readonly read: Readonly<Record<string, People>>;
}

export const START: State = { made: [], people: {}, read: {} };

const ALWAYS: Schedule = { hours: null };
const SHARED: Person = { name: 'Some', schedule: ALWAYS };

const personOf = (people: People, kind: 'p' | 'dr', number: number) =>
  isShared(number) ? SHARED : people[`${kind}${number}`];

/**
 * How a command reads people that can change. It can write at another moment, so a booking follows either version of a
 * schedule that changes meanwhile. Commands that read and write at one moment have no such step.
 */
export function readPeople({ kind, name, ...command }: Command) {
  const isOwn =
    (kind === 'book' && 'start' in command && 'patient' in command && !isShared(command.patient)) ||
    (/^(?:book|put (?:practitioner|schedule))$/.test(kind) &&
      'practitioner' in command &&
      !isShared(command.practitioner ?? 1));
  if (!isOwn) return undefined;
  return (state: State): State => ({ ...state, read: { ...state.read, [name]: state.people } });
}

export interface Effect {
  readonly response: string;
  readonly state: State;
}

/** What a command does to the service, and how it responds. */
export function apply(state: State, command: Command, isExclusive: boolean): Effect {
  switch (command.kind) {
    case 'book':
      return book(state, command, isExclusive);
    case 'cancel':
      return cancel(state, command);
    case 'attend':
      return attend(state, command);
    case 'reschedule':
      return reschedule(state, command, isExclusive);
    case 'list': {
      const { patient, date } = command;
      const found = state.made
        .filter((one) => one.patient === patient && one.start.date === (date ?? one.start.date))
        .toSorted(byStart);
      const listed =
        command.limit === undefined ? found : found.toReversed().slice(0, command.limit);
      return { state, response: `200 [${listed.map(describe).join(', ')}]` };
    }
    case 'get': {
      const { patient } = command;
      const last = onDate(state, patient, command.date).at(-1);
      const person = personOf(state.people, 'p', patient);
      if (person === undefined) return { state, response: '404 patient-not-found' };
      const response = last
        ? `200 ${describe(last)}${forPatient(patient, person)}`
        : '404 appointment-not-found';
      return { state, response };
    }
    case 'put patient': {
      const { patient, firstName: name } = command;
      const key = `p${patient}`;
      const found = state.people[key];
      if (found && found.name === undefined) return { state, response: '410 patient-erased' };
      const response = `${found ? 200 : 201} ${key} ${name}`;
      return { state: withPerson(state, key, { name, schedule: ALWAYS }), response };
    }
    case 'erase patient': {
      const key = `p${command.patient}`;
      if (state.people[key] === undefined) return { state, response: '404 patient-not-found' };
      const erased = { name: undefined, schedule: ALWAYS };
      return { state: withPerson(state, key, erased), response: '204' };
    }
    case 'get patient': {
      const found = state.people[`p${command.patient}`];
      if (found === undefined) return { state, response: '404 patient-not-found' };
      const response =
        found.name === undefined ? '410 patient-erased' : `200 p${command.patient} ${found.name}`;
      return { state, response };
    }
    case 'put practitioner': {
      const { practitioner, firstName: name } = command;
      const key = `dr${practitioner}`;
      const found = state.people[key];
      const { schedule = ALWAYS } = state.read[command.name]?.[key] ?? {};
      const status = found ? 200 : 201;
      return {
        state: withPerson(state, key, { name, schedule: found?.schedule ?? ALWAYS }),
        response: `${status} ${key} ${name} ${describeSchedule(schedule)}`,
      };
    }
    case 'put schedule': {
      const { practitioner, schedule } = command;
      const key = `dr${practitioner}`;
      const found = state.people[key];
      const read = state.read[command.name]?.[key];
      if (found === undefined || read === undefined) {
        return { state, response: '404 practitioner-not-found' };
      }
      return {
        state: withPerson(state, key, { ...found, schedule }),
        response: `200 ${key} ${read.name} ${describeSchedule(schedule)}`,
      };
    }
    case 'get practitioner': {
      const { practitioner } = command;
      const found = state.people[`dr${practitioner}`];
      const response = found
        ? `200 dr${practitioner} ${found.name} ${describeSchedule(found.schedule)}`
        : '404 practitioner-not-found';
      return { state, response };
    }
  }
}

function withPerson(state: State, key: string, person: Person): State {
  return { ...state, people: { ...state.people, [key]: person } };
}

/** How an appointment shows the name of a patient that can change. */
function forPatient(patient: number, { name = 'no one' }: Person): string {
  return isShared(patient) ? '' : ` for ${name}`;
}

function isOpen({ hours, off }: Schedule, { date, slot }: Start): boolean {
  return date !== off && (hours === null || (hours[0] <= slot && slot <= hours[1]));
}

/** An appointment as `describe` of a calendar writes it. */
function describe({ name, practitioner, start, from, end, attendance }: Booked): string {
  const status = end === undefined ? 'booked' : end.startsWith('to ') ? 'rescheduled' : 'cancelled';
  return [
    name,
    status,
    textOf(start),
    `dr${practitioner}`,
    ...(from ? [`from ${from}`] : []),
    ...(end ? [end] : []),
    ...(attendance ? [attendance] : []),
  ].join(' ');
}

type Of<Kind> = Extract<Command, { kind: Kind }>;

function book(state: State, command: Of<'book'>, isExclusive: boolean): Effect {
  const people = state.read[command.name] ?? {};
  const patient = personOf(people, 'p', command.patient);
  const practitioner = personOf(people, 'dr', command.practitioner);
  if (patient === undefined) return { state, response: '404 patient-not-found' };
  if (patient.name === undefined) return { state, response: '410 patient-erased' };
  if (practitioner === undefined) return { state, response: '404 practitioner-not-found' };
  const effect = bookWith(state, command, practitioner.schedule, isExclusive);
  const showsAppointment = /^(?:201|409 (?:patient|appointment)-)/.test(effect.response);
  const shown = showsAppointment ? forPatient(command.patient, patient) : '';
  return { ...effect, response: `${effect.response}${shown}` };
}

function bookWith(
  state: State,
  command: Of<'book'>,
  schedule: Schedule,
  isExclusive: boolean,
): Effect {
  const { name, patient, start, practitioner, key } = command;
  const day = onDate(state, patient, start.date);
  const same = day.find((one) => key !== undefined && one.key === key);
  if (same?.end !== undefined) return ended(state, same);
  if (same) {
    const isSame = same.practitioner === practitioner && isAt(same, start);
    return {
      state,
      response: isSame ? `201 replayed ${describe(same)}` : '422 idempotency-key-reused',
    };
  }
  if (!isOpen(schedule, start)) return { state, response: '409 practitioner-unavailable' };
  const appointment = { name, patient, practitioner, start, key, from: undefined, end: undefined };
  return conflict(state, appointment, isExclusive) ?? made(state, appointment);
}

function cancel(state: State, command: Of<'cancel'>): Effect {
  const { name, reason = 'no reason' } = command;
  const found = find(state, command);
  if (found === undefined) return { state, response: '404 appointment-not-found' };
  if (found.end?.startsWith('to ')) return ended(state, found);
  if (found.end) return { state, response: `200 replayed ${describe(found)}` };
  const cancelled = { ...found, end: `by ${name} (${reason})` };
  return { state: replace(state, found, cancelled), response: `200 ${describe(cancelled)}` };
}

function attend(state: State, command: Of<'attend'>): Effect {
  const { name, attendance: code } = command;
  const found = find(state, command);
  if (found === undefined) return { state, response: '404 appointment-not-found' };
  if (found.end) return ended(state, found);
  const [recorded = null] = found.attendance?.split(' ') ?? [];
  if (code === recorded) return { state, response: `200 ${describe(found)}` };
  const attended = { ...found, attendance: code === null ? undefined : `${code} by ${name}` };
  return { state: replace(state, found, attended), response: `200 ${describe(attended)}` };
}

function reschedule(state: State, command: Of<'reschedule'>, isExclusive: boolean): Effect {
  const { name, patient, start } = command;
  const old = find(state, command);
  if (old === undefined) return { state, response: '404 appointment-not-found' };
  const practitioner = command.practitioner ?? old.practitioner;
  const isTarget = (one: Booked) => one.practitioner === practitioner && isAt(one, start);
  if (old.end) {
    const [, to] = /^to (\w+)/.exec(old.end) ?? [];
    const next = state.made.find((one) => one.name === to);
    return next && next.end === undefined && isTarget(next)
      ? { state, response: `201 replayed ${describe(next)}` }
      : ended(state, old);
  }
  if (isTarget(old)) return { state, response: `200 ${describe(old)}` };
  const moved = { ...old, end: `to ${name} d${start.date}` };
  const from = `${old.name} d${old.start.date}`;
  const appointment = { name, patient, practitioner, start, key: undefined, from, end: undefined };
  const without = replace(state, old, moved);
  const failed = conflict(without, appointment, isExclusive);
  return failed ? { ...failed, state } : made(without, appointment);
}

/** Why an appointment cannot be made. */
function conflict(
  state: State,
  { patient, practitioner, start }: Booked,
  isExclusive: boolean,
): Effect | undefined {
  const holder = onDate(state, patient, start.date).find(({ end }) => end === undefined);
  if (holder)
    return { state, response: `409 patient-day-taken d${start.date} ${describe(holder)}` };
  const isTaken = state.made.some(
    (one) => one.end === undefined && one.practitioner === practitioner && isAt(one, start),
  );
  return isExclusive && isTaken ? { state, response: '409 practitioner-slot-taken' } : undefined;
}

function made(state: State, appointment: Booked): Effect {
  return {
    state: { ...state, made: [...state.made, appointment] },
    response: `201 ${describe(appointment)}`,
  };
}

/** How the service responds to a request for an appointment that has ended. */
export function endedResponse(state: State, name: string): string | undefined {
  const appointment = state.made.find((one) => one.name === name);
  return appointment?.end === undefined ? undefined : ended(state, appointment).response;
}

function ended(state: State, appointment: Booked): Effect {
  const problem = appointment.end?.startsWith('to ')
    ? 'appointment-rescheduled'
    : 'appointment-cancelled';
  return { state, response: `409 ${problem} ${describe(appointment)}` };
}

function find(state: State, { of, patient, date }: { of: string; patient: number; date: number }) {
  return state.made.find(
    (one) => one.name === of && one.patient === patient && one.start.date === date,
  );
}

function onDate(state: State, patient: number, date: number): Booked[] {
  return state.made.filter((one) => one.patient === patient && one.start.date === date);
}

function isAt({ start }: Booked, { date, slot }: Start): boolean {
  return start.date === date && start.slot === slot;
}

function replace(state: State, old: Booked, changed: Booked): State {
  return { ...state, made: state.made.map((one) => (one === old ? changed : one)) };
}

/** The order of a list: by start, and then by the time of booking, which is that of the name. */
function byStart(a: Booked, b: Booked): number {
  return a.start.date - b.start.date || a.start.slot - b.start.slot || (a.name < b.name ? -1 : 1);
}
