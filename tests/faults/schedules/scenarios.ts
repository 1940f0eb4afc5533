import { type Command, describeCommand, type Schedule, type Start } from './commands.ts';

/** Clients that each send their commands one after the other, after the setup has run alone. */
export interface Scenario {
  readonly name: string;
  readonly setup: readonly Command[];
  readonly clients: readonly (readonly Command[])[];
}

/** The commands of a scenario, by client. */
export function describeScenario({ setup, clients }: Scenario): string {
  const all = [setup, ...clients].map((commands) =>
    commands.map((command) => `${command.name} ${describeCommand(command)}`).join('; '),
  );
  const [before = '', ...concurrent] = all;
  return `${before === '' ? '' : `after ${before}: `}${concurrent.join(' | ')}`;
}

const at = (date: number, slot = 18): Start => ({ date, slot });

const book = (
  name: string,
  start: Start,
  changes: { patient?: number; practitioner?: number; key?: string } = {},
): Command => ({
  kind: 'book',
  name,
  patient: 1,
  practitioner: 1,
  start,
  ...changes,
});

const cancel = (name: string, of: string, date = 0, reason?: 'pat' | 'prov'): Command => ({
  kind: 'cancel',
  name,
  patient: 1,
  of,
  date,
  ...(reason && { reason }),
});

const reschedule = (name: string, of: string, start: Start, date = 0, patient = 1): Command => ({
  kind: 'reschedule',
  name,
  patient,
  of,
  date,
  start,
});

const attend = (name: string, of: string, attendance: 'arrived' | 'noshow' | null): Command => ({
  kind: 'attend',
  name,
  patient: 1,
  of,
  date: 0,
  attendance,
});

const putPatient = (name: string, firstName: string): Command => ({
  kind: 'put patient',
  name,
  patient: 4,
  firstName,
});

const erase = (name: string): Command => ({ kind: 'erase patient', name, patient: 4 });

const putPractitioner = (name: string, firstName: string): Command => ({
  kind: 'put practitioner',
  name,
  practitioner: 4,
  firstName,
});

const putSchedule = (name: string, schedule: Schedule): Command => ({
  kind: 'put schedule',
  name,
  practitioner: 4,
  schedule,
});

const OFF: Schedule = { hours: null, off: 0 };

const scenario = (name: string, setup: Command[], ...clients: Command[][]): Scenario => ({
  name,
  setup,
  clients,
});

/** Few enough commands that every order of their calls to the store can be tried. */
export const SCENARIOS: readonly Scenario[] = [
  scenario('book-with-book', [], [book('A', at(0))], [book('B', at(0, 20))]),
  scenario('book-with-cancel', [], [book('A', at(0))], [cancel('C', 'A')], [book('B', at(0, 20))]),
  scenario(
    'cancel-with-client-retry',
    [],
    [book('A', at(0), { key: 'k' }), book('R', at(0), { key: 'k' })],
    [cancel('C', 'A')],
  ),
  scenario(
    'cancel-with-cancel',
    [book('A', at(0))],
    [cancel('C', 'A', 0, 'pat')],
    [cancel('D', 'A', 0, 'prov')],
  ),
  scenario(
    'cancel-with-rebook',
    [book('A', at(0))],
    [cancel('C', 'A')],
    [book('B', at(0))],
    [book('E', at(0, 20))],
  ),
  scenario(
    'reschedule-with-book',
    [book('A', at(0))],
    [reschedule('R', 'A', at(1))],
    [book('B', at(1, 20))],
  ),
  scenario(
    'reschedule-with-rebook',
    [book('A', at(0)), book('X', at(1)), cancel('Y', 'X', 1)],
    [reschedule('R', 'A', at(1))],
    [book('B', at(1, 20))],
  ),
  scenario(
    'reschedule-with-cancel',
    [book('A', at(0))],
    [reschedule('R', 'A', at(1))],
    [cancel('C', 'A')],
  ),
  scenario(
    'reschedule-to-different-dates',
    [book('A', at(0))],
    [reschedule('R', 'A', at(1))],
    [reschedule('S', 'A', at(2))],
  ),
  scenario(
    'reschedule-to-the-same-start',
    [book('A', at(0))],
    [reschedule('R', 'A', at(1))],
    [reschedule('S', 'A', at(1))],
  ),
  scenario(
    'reschedule-within-a-date',
    [book('A', at(0), { key: 'k' })],
    [reschedule('R', 'A', at(0, 20))],
    [cancel('C', 'A')],
    [book('K', at(0), { key: 'k' })],
  ),
  scenario(
    'one-slot-for-two-patients',
    [book('A', at(0))],
    [cancel('C', 'A')],
    [book('B', at(0), { patient: 2 })],
    [book('D', at(0), { patient: 3 })],
  ),
  scenario(
    'rebook-after-rebook',
    [book('A', at(0), { key: 'k' }), cancel('C', 'A'), book('B', at(0))],
    [cancel('D', 'B')],
    [book('E', at(0, 20))],
    [book('R', at(0), { key: 'k' })],
  ),
  scenario(
    'one-key',
    [],
    [book('A', at(0), { key: 'k' })],
    [book('B', at(0), { key: 'k' })],
    [book('D', at(0, 20), { key: 'k' })],
  ),
  scenario(
    'reschedule-back',
    [book('A', at(0)), reschedule('R', 'A', at(1))],
    [reschedule('S', 'R', at(0, 20), 1)],
    [reschedule('Q', 'A', at(1))],
  ),
  scenario(
    'reschedule-to-a-slot',
    [book('A', at(0))],
    [reschedule('R', 'A', at(1))],
    [book('B', at(1), { patient: 2 })],
    [book('D', at(0), { patient: 3 })],
  ),
  scenario(
    'slot-handed-over',
    [book('A', at(0)), book('B', at(0, 20), { patient: 2 })],
    [reschedule('R', 'A', at(0, 20))],
    [reschedule('S', 'B', at(0, 22), 0, 2)],
  ),
  scenario(
    'list-with-rebook',
    // The list reads three of these at once.
    [
      ...[book('A', at(0, 10)), cancel('B', 'A'), book('C', at(0, 12)), cancel('D', 'C')],
      ...[book('E', at(0, 14)), cancel('F', 'E'), book('H', at(0, 40)), cancel('I', 'H')],
    ],
    [book('J', at(0, 20))],
    [
      { kind: 'list', name: 'L', patient: 1, date: 0, limit: 1 },
      { kind: 'get', name: 'G', patient: 1, date: 0 },
    ],
  ),
  scenario(
    'attend-with-attend',
    [book('A', at(0))],
    [attend('B', 'A', 'arrived'), attend('C', 'A', null)],
    [attend('D', 'A', 'noshow')],
  ),
  scenario(
    'attend-with-cancel',
    [book('A', at(0))],
    [attend('B', 'A', 'arrived')],
    [cancel('C', 'A')],
  ),
  scenario(
    'attend-with-reschedule',
    [book('A', at(0)), attend('B', 'A', 'arrived')],
    [attend('C', 'A', 'noshow')],
    [reschedule('R', 'A', at(0, 20))],
  ),
  scenario(
    'attend-with-reschedule-to-another-date',
    [book('A', at(0))],
    [attend('B', 'A', 'arrived')],
    [reschedule('R', 'A', at(1))],
  ),
  scenario(
    'put-patient-with-put',
    [],
    [putPatient('A', 'Ann'), putPatient('B', 'Bea')],
    [putPatient('C', 'Cat')],
  ),
  scenario(
    'put-patient-with-erase',
    [putPatient('A', 'Ann')],
    [putPatient('B', 'Bea')],
    [erase('E'), putPatient('C', 'Cat')],
  ),
  scenario(
    'erase-with-book',
    [putPatient('A', 'Ann')],
    [erase('E')],
    [book('B', at(0), { patient: 4, key: 'k' }), book('R', at(0), { patient: 4, key: 'k' })],
  ),
  scenario(
    'put-schedule-with-book',
    [putPractitioner('A', 'Ann')],
    [putSchedule('S', OFF), putSchedule('T', { hours: [18, 23] })],
    [book('B', at(0), { practitioner: 4 })],
  ),
  scenario(
    'put-schedule-with-client-retry',
    [putPractitioner('A', 'Ann')],
    [
      book('B', at(0), { practitioner: 4, key: 'k' }),
      book('R', at(0), { practitioner: 4, key: 'k' }),
    ],
    [putSchedule('S', { hours: [20, 23] })],
  ),
  scenario(
    'put-practitioner-with-put-schedule',
    [putPractitioner('A', 'Ann')],
    [putPractitioner('B', 'Bea'), putPractitioner('C', 'Cat')],
    [putSchedule('S', OFF)],
  ),
];
