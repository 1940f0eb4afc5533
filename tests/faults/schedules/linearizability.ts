import { apply, endedResponse, readPeople, START, type State } from './model.ts';
import type { Operation } from './running-command.ts';

/**
 * Whether the operations could have taken place one after the other, each at one moment between its beginning and its
 * end, with the responses that they got. An operation without a response that tells its outcome took place at any
 * moment after its beginning, or never.
 *
 * The search is that of Wing and Gong, which never visits a state twice (Lowe, "Testing for linearizability", 2017).
 */
export function isLinearizable(operations: readonly Operation[], isExclusive: boolean): boolean {
  const steps = operations.flatMap(toSteps);
  const visited = new Set<string>();

  function search(done: bigint, state: State): boolean {
    const open = steps.filter((_, i) => (done & (1n << BigInt(i))) === 0n);
    if (open.every(({ isOptional }) => isOptional)) return true;
    const key = `${done} ${JSON.stringify(state)}`;
    if (visited.has(key)) return false;
    visited.add(key);
    const firstEnd = Math.min(...open.map(({ ended }) => ended));
    return steps.some((step, i) => {
      const bit = 1n << BigInt(i);
      if ((done & bit) !== 0n || step.began > firstEnd) return false;
      if (step.after !== undefined && !isDone(done, steps.indexOf(step.after))) return false;
      const effect = step.take(state, isExclusive);
      return effect !== undefined && search(done | bit, effect);
    });
  }
  return search(0n, START);
}

function isDone(done: bigint, i: number): boolean {
  return (done & (1n << BigInt(i))) !== 0n;
}

interface Step {
  readonly began: number;
  readonly ended: number;
  readonly isOptional: boolean;
  /** The step of the same operation that comes before it. */
  readonly after?: Step | undefined;
  /** The state after the step, or `undefined` if the step cannot take place in this state. */
  readonly take: (state: State, isExclusive: boolean) => State | undefined;
}

function toSteps({ command, began, ended = Infinity, response }: Operation): Step[] {
  const isOptional = response === undefined || response.startsWith('503');
  const steps: Step[] = [];
  const add = (take: Step['take']) => {
    const after = steps.at(-1);
    steps.push({ began, ended: isOptional ? Infinity : ended, isOptional, after, take });
  };
  const addIf = (isRight: (response: string) => boolean) => {
    add((state, isExclusive) => {
      const effect = apply(state, command, isExclusive);
      return isRight(effect.response) ? effect.state : undefined;
    });
  };

  // The command reads people, and writes something else, at two moments.
  const read = readPeople(command);
  if (read) add(read);
  const [, own = ''] = /^409 appointment-\w+ (\w+) /.exec(response ?? '') ?? [];
  if (isOptional) {
    // The client learned nothing, so only the effect counts.
    addIf(() => true);
  } else if (command.kind === 'book' && own === command.name) {
    // The SDK sent the booking again after its appointment had ended. It took place, and then its end was seen.
    addIf((booked) => booked.startsWith(`201 ${own} `));
    add((state) => (endedResponse(state, own) === response ? state : undefined));
  } else {
    addIf((expected) => expected === response);
  }
  return steps;
}
