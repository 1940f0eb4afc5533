import { brokenInvariants } from './invariants.ts';
import { isLinearizable } from './linearizability.ts';
import type { Choice, Run } from './run.ts';
import type { Scenario } from './scenarios.ts';
import type { Simulation } from './simulation.ts';

export interface Exploration {
  /** The schedules that ran to their end. */
  readonly complete: number;
  /** The schedules that ended early, in a known state. */
  readonly known: number;
  readonly states: number;
  /** The number of distinct outcomes: the responses of a schedule, and what it leaves in the store. */
  readonly outcomes: number;
  /** A schedule that breaks a rule, from which no step can be left out. */
  readonly violation?: Violation;
}

export interface Violation {
  readonly reasons: readonly string[];
  readonly schedule: readonly Choice[];
  readonly timeline: string;
}

/**
 * Runs every schedule of a scenario, with at most `maxFaults` faults. A schedule that reaches a known state ends
 * there, because all that can follow has been seen.
 */
export async function explore(
  simulation: Simulation,
  scenario: Scenario,
  maxFaults: number,
): Promise<Exploration> {
  const states = new Set<string>();
  const outcomes = new Set<string>();
  const open: (readonly Choice[])[] = [[]];
  let complete = 0;
  let known = 0;
  const seen = () => ({ complete, known, states: states.size, outcomes: outcomes.size });
  for (let prefix = open.pop(); prefix !== undefined; prefix = open.pop()) {
    const run = await simulation.start(scenario);
    for (const choice of prefix) await run.take(choice);
    let isKnown = false;
    for (;;) {
      const state = await run.state();
      isKnown = states.has(state);
      if (isKnown) break;
      states.add(state);
      const [first, ...others] = run.choices(maxFaults);
      if (first === undefined) break;
      open.push(...others.map((other) => [...run.schedule, other]));
      await run.take(first);
    }
    if (isKnown) {
      known += 1;
      await run.abandon();
      continue;
    }
    complete += 1;
    const { reasons } = await judge(run, simulation);
    outcomes.add(
      run.operations
        .map(({ command, response }) => `${command.name} ${response}`)
        .sort()
        .join(),
    );
    if (reasons.length > 0) {
      return { ...seen(), violation: await shorten(simulation, scenario, run.schedule) };
    }
  }
  return seen();
}

/** Runs a schedule. Choices that are not possible are left out, and what remains to be done follows in order. */
export async function replay(
  simulation: Simulation,
  scenario: Scenario,
  schedule: readonly Choice[],
): Promise<Run> {
  const run = await simulation.start(scenario);
  for (const choice of schedule) await run.take(choice);
  for (let [next] = run.choices(0); next !== undefined; [next] = run.choices(0))
    await run.take(next);
  return run;
}

/** What is wrong with a run that is over, if anything. */
export async function judge(run: Run, simulation: Simulation): Promise<Violation> {
  const schedule = [...run.schedule];
  await run.readAll();
  const isExclusive = simulation.doubleBooking === 'reject';
  const unexpected = run.operations.filter(
    ({ response = '', isUnanswered = false }) =>
      /^(?:5|threw)/.test(response) && !(isUnanswered && response.startsWith('503')),
  );
  const reasons = [
    ...unexpected.map(({ command, response }) => `${command.name} got ${response}.`),
    ...brokenInvariants(await run.items(), isExclusive).map((text) => run.calendar.readable(text)),
    ...(isLinearizable(run.operations, isExclusive)
      ? []
      : ['No order of the commands explains the responses and what is stored.']),
  ];
  return { reasons, schedule, timeline: run.timeline.join('\n') };
}

/** Leaves out the steps that are not needed to break a rule. */
export async function shorten(
  simulation: Simulation,
  scenario: Scenario,
  schedule: readonly Choice[],
): Promise<Violation> {
  const first = await tryOut(simulation, scenario, schedule);
  if (first === undefined) throw new Error('A schedule broke a rule once, and then held.');
  let found: Violation = first;
  for (let i = 0; i < found.schedule.length; ) {
    const step = found.schedule[i]?.replace(/!.*/, '') ?? '';
    const simpler: Violation | undefined =
      (await tryOut(simulation, scenario, found.schedule.toSpliced(i, 1))) ??
      (await tryOut(simulation, scenario, found.schedule.with(i, step)));
    if (simpler && costOf(simpler) < costOf(found)) found = simpler;
    else i += 1;
  }
  return found;
}

/** A schedule without faults is simpler than any with faults. */
function costOf({ schedule }: Violation): number {
  return schedule.length + 100 * schedule.filter((choice) => /[!~]/.test(choice)).length;
}

async function tryOut(
  simulation: Simulation,
  scenario: Scenario,
  schedule: readonly Choice[],
): Promise<Violation | undefined> {
  const tried = await judge(await replay(simulation, scenario, schedule), simulation);
  return tried.reasons.length === 0 ? undefined : tried;
}
