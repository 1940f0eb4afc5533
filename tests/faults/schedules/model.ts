import { type Command, type Start, textOf } from './commands.ts';

/** An appointment in the model. Its name is that of the command that made it. */
interface Booked {
  readonly name: string;
  readonly patient: number;
  readonly practitioner: number;
  readonly start: Start;
  readonly key: string | undefined;
  readonly from: string | undefined;
  readonly end: string | undefined;
}

/**
 * The service as the contract describes it, one command at a time: all appointments that were ever made, in the
 * order in which they were made. A state never changes.
 */
export type State = readonly Booked[];

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
    case 'reschedule':
      return reschedule(state, command, isExclusive);
    case 'list': {
      const { patient, date } = command;
      const found = state
        .filter((one) => one.patient === patient && one.start.date === (date ?? one.start.date))
        .toSorted(byStart);
      const listed =
        command.limit === undefined ? found : found.toReversed().slice(0, command.limit);
      return { state, response: `200 [${listed.map(describe).join(', ')}]` };
    }
    case 'get': {
      const last = onDate(state, command.patient, command.date).at(-1);
      const response = last ? `200 ${describe(last)}` : '404 appointment-not-found';
      return { state, response };
    }
  }
}

/** An appointment as `describe` of a calendar writes it. */
function describe({ name, practitioner, start, from, end }: Booked): string {
  const status = end === undefined ? 'booked' : end.startsWith('to ') ? 'rescheduled' : 'cancelled';
  return [
    name,
    status,
    textOf(start),
    `dr${practitioner}`,
    ...(from ? [`from ${from}`] : []),
    ...(end ? [end] : []),
  ].join(' ');
}

type Of<Kind> = Extract<Command, { kind: Kind }>;

function book(state: State, command: Of<'book'>, isExclusive: boolean): Effect {
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

function reschedule(state: State, command: Of<'reschedule'>, isExclusive: boolean): Effect {
  const { name, patient, start } = command;
  const old = find(state, command);
  if (old === undefined) return { state, response: '404 appointment-not-found' };
  const practitioner = command.practitioner ?? old.practitioner;
  const isTarget = (one: Booked) => one.practitioner === practitioner && isAt(one, start);
  if (old.end) {
    const [, to] = /^to (\w+)/.exec(old.end) ?? [];
    const next = state.find((one) => one.name === to);
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
  const isTaken = state.some(
    (one) => one.end === undefined && one.practitioner === practitioner && isAt(one, start),
  );
  return isExclusive && isTaken ? { state, response: '409 practitioner-slot-taken' } : undefined;
}

function made(state: State, appointment: Booked): Effect {
  return { state: [...state, appointment], response: `201 ${describe(appointment)}` };
}

/** How the service responds to a request for an appointment that has ended. */
export function endedResponse(state: State, name: string): string | undefined {
  const appointment = state.find((one) => one.name === name);
  return appointment?.end === undefined ? undefined : ended(state, appointment).response;
}

function ended(state: State, appointment: Booked): Effect {
  const problem = appointment.end?.startsWith('to ')
    ? 'appointment-rescheduled'
    : 'appointment-cancelled';
  return { state, response: `409 ${problem} ${describe(appointment)}` };
}

function find(state: State, { of, patient, date }: { of: string; patient: number; date: number }) {
  return state.find((one) => one.name === of && one.patient === patient && one.start.date === date);
}

function onDate(state: State, patient: number, date: number): Booked[] {
  return state.filter((one) => one.patient === patient && one.start.date === date);
}

function isAt({ start }: Booked, { date, slot }: Start): boolean {
  return start.date === date && start.slot === slot;
}

function replace(state: State, old: Booked, changed: Booked): State {
  return state.map((one) => (one === old ? changed : one));
}

/** The order of a list: by start, and then by the time of booking, which is that of the name. */
function byStart(a: Booked, b: Booked): number {
  return a.start.date - b.start.date || a.start.slot - b.start.slot || (a.name < b.name ? -1 : 1);
}
