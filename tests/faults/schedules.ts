import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../scripts/local/local-folder.ts';
import type { FaultTest, Trials } from './fault-test.ts';
import { explore, judge, replay, type Violation } from './schedules/explore.ts';
import { randomScenario, runAtRandom } from './schedules/random.ts';
import { describeScenario, SCENARIOS, type Scenario } from './schedules/scenarios.ts';
import type { World } from './world.ts';

/** One test per scenario. Each tries every order of its calls to the store, with at most `size` faults. */
const EVERY_SCHEDULE: readonly FaultTest[] = SCENARIOS.map((scenario) => ({
  name: scenario.name,
  claim: describeScenario(scenario),
  unit: 'schedules',
  size: 1,
  smallSize: 0,
  async run(world, maxFaults, trials) {
    const simulation = await world.openSimulation();
    const explored = await explore(simulation, scenario, maxFaults);
    const { complete, known, states, outcomes, violation } = explored;
    for (let i = 1; i < complete; i += 1) trials.count([]);
    await countLast(world, scenario, violation, trials);
    // If double booking is allowed, competitors for a slot do not meet.
    if (outcomes < 2 && violation === undefined && world.doubleBooking === 'reject') {
      trials.violate('Every schedule had the same outcome.');
    }
    return `${outcomes} outcomes, ${states} states; ${known} more schedules ended in a known state`;
  },
}));

const RANDOM_SCHEDULES: FaultTest = {
  name: 'random-schedules',
  claim:
    'three clients that send three random commands each for two patients, dates, and practitioners, in a random order of their calls with up to three faults',
  unit: 'schedules',
  size: 1000,
  smallSize: 60,
  async run(world, size, trials) {
    const simulation = await world.openSimulation();
    const responses = new Map<string, number>();
    for (let i = 0; i < size; i += 1) {
      const seed = `${world.seed} ${i}`;
      const scenario = randomScenario(seed);
      const { run, violation } = await runAtRandom(simulation, scenario, seed);
      for (const { response = 'none' } of run.operations) {
        const kind = /^\d+(?: replayed| [a-z-]+-[a-z-]+)?/.exec(response)?.[0] ?? response;
        responses.set(kind, (responses.get(kind) ?? 0) + 1);
      }
      await countLast(world, scenario, violation, trials);
      if (violation) break;
    }
    const counts = [...responses].sort(([, a], [, b]) => b - a);
    return counts.map(([kind, count]) => `${kind}: ${count}`).join(', ');
  },
};

/** The tests that run one call to the store at a time. They keep a core busy, while the other tests often wait. */
export const SCHEDULE_TESTS: readonly FaultTest[] = [...EVERY_SCHEDULE, RANDOM_SCHEDULES];

/** Counts a schedule. If it broke a rule, saves its timeline, unless the bug is deliberate. */
async function countLast(
  { doubleBooking, isSabotaged }: World,
  scenario: Scenario,
  violation: Violation | undefined,
  trials: Trials,
): Promise<void> {
  if (violation === undefined) {
    trials.count([]);
    return;
  }
  const [reason = ''] = violation.reasons;
  const found = `${reason} Schedule: ${violation.schedule.join(' ')}`;
  if (isSabotaged) {
    trials.count([found]);
    return;
  }
  const file = `.local/faults/${scenario.name}-${doubleBooking}.txt`;
  await mkdir(join(ROOT, '.local/faults'), { recursive: true });
  await writeFile(join(ROOT, file), `${timelineOf(scenario, violation)}\n`);
  trials.count([`${found}. Timeline: ${file}`]);
}

function timelineOf(scenario: Scenario, { reasons, schedule, timeline }: Violation): string {
  return [
    describeScenario(scenario),
    `schedule: ${schedule.join(' ')}`,
    '',
    timeline,
    '',
    ...(reasons.length > 0 ? reasons : ['Every rule holds.']),
  ].join('\n');
}

export const SCENARIO_NAMES: readonly string[] = SCENARIOS.map(({ name }) => name);

/** Repeats one schedule of a scenario. */
export async function repeat(
  world: World,
  name: string,
  schedule: readonly string[],
): Promise<{ readonly timeline: string; readonly reasons: readonly string[] }> {
  const scenario = SCENARIOS.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`There is no scenario "${name}".`);
  const simulation = await world.openSimulation();
  const found = await judge(await replay(simulation, scenario, schedule), simulation);
  return { timeline: timelineOf(scenario, found), reasons: found.reasons };
}
