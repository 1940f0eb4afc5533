import { uniform } from '../../support/fault-proxy.ts';
import type { Command, Start } from './commands.ts';
import { judge, shorten, type Violation } from './explore.ts';
import type { Run } from './run.ts';
import type { Scenario } from './scenarios.ts';
import type { Simulation } from './simulation.ts';

const CLIENTS = 3;
const COMMANDS_PER_CLIENT = 3;
const MAX_FAULTS = 3;

/** Those that write are more likely. */
const KINDS = [
  ...(['book', 'book', 'book', 'cancel', 'cancel', 'reschedule', 'reschedule'] as const),
  ...(['get', 'list'] as const),
];

/** The probability that a step that can have a fault has one. */
const FAULT_RATE = 0.3;

/** Clients that meet at two patients, dates and practitioners. The seed decides about everything. */
export function randomScenario(seed: string): Scenario {
  const draw = (what: string, count: number) => Math.floor(uniform(`${seed} ${what}`) * count);
  const commands: Command[] = [];
  for (let i = 0; i < CLIENTS * COMMANDS_PER_CLIENT; i += 1) {
    commands.push(
      randomCommand(String.fromCharCode(65 + i), commands, (what, count) =>
        draw(`${i} ${what}`, count),
      ),
    );
  }
  const clients = Array.from({ length: CLIENTS }, (_, client) =>
    commands.filter((_, i) => i % CLIENTS === client),
  );
  return { name: 'random-schedules', setup: [], clients };
}

function randomCommand(
  name: string,
  earlier: readonly Command[],
  draw: (what: string, count: number) => number,
): Command {
  const start: Start = { date: draw('date', 2), slot: 18 + draw('slot', 2) };
  const practitioner = 1 + draw('practitioner', 2);
  const made = earlier.filter((one) => 'start' in one);
  const of = made[draw('of', made.length)];
  const kind = KINDS[draw('kind', KINDS.length)];
  if (of && kind === 'cancel') {
    return { name, kind, patient: of.patient, of: of.name, date: of.start.date };
  }
  if (of && kind === 'reschedule') {
    const changed = draw('is changed', 2) === 1 ? { practitioner } : {};
    return { name, kind, patient: of.patient, of: of.name, date: of.start.date, start, ...changed };
  }
  const patient = 1 + draw('patient', 2);
  if (kind === 'get' || kind === 'list') return { name, kind, patient, date: start.date };
  const key = ['k', 'l', undefined][draw('key', 3)];
  return { name, kind: 'book', patient, start, practitioner, ...(key !== undefined && { key }) };
}

/** Runs a scenario in an order, and with faults, that the seed decides. */
export async function runAtRandom(
  simulation: Simulation,
  scenario: Scenario,
  seed: string,
): Promise<{ readonly run: Run; readonly violation?: Violation }> {
  const run = await simulation.start(scenario);
  for (let step = 0; ; step += 1) {
    const withFault = uniform(`${seed} fault ${step}`) < FAULT_RATE;
    const choices = run.choices(withFault ? MAX_FAULTS : 0);
    const choice = choices[Math.floor(uniform(`${seed} choice ${step}`) * choices.length)];
    if (choice === undefined) break;
    await run.take(choice);
  }
  const { reasons, schedule } = await judge(run, simulation);
  if (reasons.length === 0) return { run };
  return { run, violation: await shorten(simulation, scenario, schedule) };
}
