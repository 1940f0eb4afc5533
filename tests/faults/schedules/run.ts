import type { ApiHandler } from '../../../src/handlers/http/operation.ts';
import { type Calendar, type Command, describeCommand, isShared } from './commands.ts';
import { describeResponse } from './responses.ts';
import {
  type DeployedTable,
  type Items,
  type KnownCalls,
  RunStore,
  relativeItem,
} from './run-store.ts';
import { type Operation, type RunningCommand, running } from './running-command.ts';
import type { Scenario } from './scenarios.ts';
import { describeCall, describeStore, isWrite, type StoreCall, sorted } from './store-calls.ts';

/**
 * What the scheduler does to one call to the store, besides carrying it out:
 * - `lost`: the response gets lost, and the SDK sends the request again.
 * - `late`: the request seems lost, so that the SDK sends it again, but it arrives later.
 * - `duplicate`: the request arrives once more, later.
 * - `crash`: the function ends. The client gets no response.
 * - `unanswered`: all attempts of this call are carried out, and all responses get lost.
 * - `abandoned`: all attempts of this call seem lost, but the first one arrives later.
 */
const FAULTS = ['lost', 'late', 'duplicate', 'crash', 'unanswered', 'abandoned'] as const;
type Fault = (typeof FAULTS)[number];

/**
 * One step: the next call of a command (`A`), the same with a fault (`A!late`), or the late arrival of a
 * request of a command (`~A`).
 */
export type Choice = string;

/** The end of a schedule in which the requests that are still late never arrive. */
const NOTHING_ARRIVES = '.';

/** The functions, and the table that they use. */
export interface Service extends DeployedTable {
  readonly handle: (command: Command, calendar: Calendar) => ReturnType<ApiHandler>;
}

/** What the setup of a scenario left behind. */
export interface Setup {
  readonly items: Items;
  readonly calls: KnownCalls;
  readonly operations: readonly Operation[];
  readonly timeline: readonly string[];
  readonly steps: number;
}

interface Client {
  readonly commands: Command[];
  running?: RunningCommand;
}

/** A run of a scenario that the caller moves forward, step by step. */
export class Run {
  readonly calendar: Calendar;
  readonly schedule: Choice[] = [];
  readonly operations: Operation[] = [];
  readonly timeline: string[] = [];
  faults = 0;
  #steps = 0;
  readonly #service: Service;
  readonly #scenario: Scenario;
  readonly #store: RunStore;
  readonly #clients: readonly Client[];
  readonly #late: (StoreCall & { readonly name: string })[] = [];

  /** Begins where the setup of an earlier run of the scenario ended, if there was one. */
  constructor(service: Service, calendar: Calendar, scenario: Scenario, setup?: Setup) {
    this.#service = service;
    this.calendar = calendar;
    this.#scenario = scenario;
    this.#clients = scenario.clients.map((commands) => ({ commands: [...commands] }));
    const commands = [scenario.setup, ...scenario.clients].flat();
    this.#store = new RunStore(service, calendar, commands, setup);
    this.operations.push(...(setup?.operations ?? []));
    this.timeline.push(...(setup?.timeline ?? []));
    this.#steps = setup?.steps ?? 0;
  }

  /** Carries out the setup of the scenario. */
  async setUp(): Promise<Setup> {
    await this.#runAlone(this.#scenario.setup);
    return {
      items: await this.#store.items(),
      calls: new Map(),
      operations: [...this.operations],
      timeline: [...this.timeline],
      steps: this.#steps,
    };
  }

  /** What can happen next. */
  choices(maxFaults: number): Choice[] {
    const found: Choice[] = [];
    for (const client of this.#clients) {
      const name = client.running?.operation.command.name ?? client.commands[0]?.name;
      if (name === undefined) continue;
      found.push(name);
      const { silenced, pending } = client.running ?? {};
      const isSilenced = silenced && silenced.id === pending?.headers['amz-sdk-invocation-id'];
      if (this.faults >= maxFaults || isSilenced) continue;
      found.push(...this.#faultsOf(client).map((fault) => `${name}!${fault}`));
    }
    // Requests of one command that are late arrive in their order, or never.
    const late = new Set(this.#late.map(({ name }) => `~${name}`));
    const end = found.length === 0 && late.size > 0 ? [NOTHING_ARRIVES] : [];
    return [...found, ...late, ...end];
  }

  /** A fault of a read has no effect that a later read, or the end of the function, would not have. */
  #faultsOf({ running: command, commands }: Client): readonly Fault[] {
    const writes = command?.pending
      ? isWrite(command.pending)
      : // A booking of people that nothing changes begins with its put, all others with a read.
        command === undefined &&
        commands[0]?.kind === 'book' &&
        isShared(commands[0].patient) &&
        isShared(commands[0].practitioner);
    return writes ? FAULTS : ['crash'];
  }

  /** Takes a step. Returns whether it could be taken. */
  async take(choice: Choice): Promise<boolean> {
    if (choice === NOTHING_ARRIVES) {
      this.schedule.push(choice);
      this.#late.length = 0;
      return true;
    }
    const {
      late,
      name = '',
      fault,
    } = /^(?<late>~?)(?<name>\w+)(?:!(?<fault>\w+))?$/.exec(choice)?.groups ?? {};
    if (late === '~') {
      const index = this.#late.findIndex((request) => request.name === name);
      const [request] = index < 0 ? [] : this.#late.splice(index, 1);
      if (request === undefined) return false;
      this.schedule.push(choice);
      const response = await this.#store.execute(request);
      this.#record(
        choice,
        `${describeCall(request, this.calendar)} arrives: ${describeStore(response)}`,
      );
      return true;
    }
    const client = this.#clients.find(
      ({ running: command, commands }) =>
        (command?.operation.command ?? commands[0])?.name === name,
    );
    if (client === undefined) return false;
    await this.#step(client, fault as Fault | undefined, choice);
    return true;
  }

  async #step(client: Client, fault: Fault | undefined, choice?: Choice): Promise<void> {
    const step = this.#steps;
    this.#steps += 1;
    const isNew = client.running === undefined;
    const command = (client.running ??= await this.#begin(client, step));
    const { operation, pending } = command;
    const { name } = operation.command;
    if (choice !== undefined) this.schedule.push(choice);
    if (fault !== undefined) this.faults += 1;
    const line = [isNew ? `${describeCommand(operation.command)}: ` : ''];
    if (pending && !command.ended) {
      line.push(describeCall(pending, this.calendar));
      await this.#release(command, pending, fault, line);
    }
    if (fault === 'crash') {
      delete client.running;
    } else if (command.ended) {
      operation.ended = step;
      line.push(` => ${operation.response ?? ''}`);
      delete client.running;
    }
    this.#record(choice ?? name, line.join(''));
  }

  async #begin(client: Client, step: number): Promise<RunningCommand> {
    const command = client.commands.shift();
    if (command === undefined) throw new Error('The client has no more commands.');
    const before = this.operations.filter(({ ended }) => ended !== undefined);
    const operation: Operation = {
      command,
      began: step,
      after: before.map((one) => one.command.name),
    };
    this.operations.push(operation);
    const state: RunningCommand = {
      operation,
      seen: [],
      uuids: 0,
      losses: 0,
      settle: () => undefined,
      ended: false,
    };
    await this.#until(state, () => {
      running
        .run(state, async () => this.#service.handle(command, this.calendar))
        .then(
          (response) => {
            operation.response = describeResponse(response, this.calendar);
            state.ended = true;
            state.settle();
          },
          (error: unknown) => {
            operation.response = `threw ${String(error)}`;
            state.ended = true;
            state.settle();
          },
        );
    });
    return state;
  }

  /** Lets a command go on until it waits for its next call or has ended. */
  async #until(command: RunningCommand, go: () => void): Promise<void> {
    await new Promise<void>((resolve) => {
      command.settle = resolve;
      go();
    });
  }

  async #release(
    command: RunningCommand,
    call: NonNullable<RunningCommand['pending']>,
    fault: Fault | undefined,
    line: string[],
  ): Promise<void> {
    delete command.pending;
    const id = call.headers['amz-sdk-invocation-id'];
    const { operation } = command;
    if (fault === 'unanswered' || fault === 'abandoned') operation.isUnanswered = true;
    if (fault === 'lost' || fault === 'late') command.losses += 1;
    // The SDK makes three attempts.
    if (command.losses === 3) operation.isUnanswered = true;
    if (fault === 'unanswered') command.silenced = { id, isExecuted: true };
    if (fault === 'abandoned') command.silenced = { id, isExecuted: false };
    if (command.silenced && command.silenced.id !== id) delete command.silenced;
    const { name } = operation.command;
    const isSilenced = command.silenced !== undefined;
    if (fault === 'late' || fault === 'abandoned' || fault === 'duplicate') {
      this.#late.push({ headers: call.headers, body: call.body, name });
    }
    const isExecuted = fault !== 'late' && (!command.silenced || command.silenced.isExecuted);
    const response = isExecuted ? await this.#store.execute(call) : undefined;
    if (response) line.push(`: ${describeStore(response)}`);
    if (fault) line.push(` (${fault})`);
    if (fault === 'crash') return;
    const isAnswered = response !== undefined && !isSilenced && fault !== 'lost';
    const sent = this.calendar.relative(call.body);
    command.seen.push(
      sent,
      isAnswered ? this.#textOf(JSON.parse(response.body.toString())) : 'nothing',
    );
    await this.#until(command, () => {
      if (isAnswered) call.resolve(response);
      else call.reject(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    });
    // None of the further attempts of an abandoned call arrives, so their order does not matter.
    const next = pendingOf(command);
    if (
      next &&
      command.silenced?.isExecuted === false &&
      next.headers['amz-sdk-invocation-id'] === id
    ) {
      await this.#release(command, next, undefined, line);
    }
  }

  #record(choice: Choice, text: string): void {
    this.timeline.push(`${choice.padEnd(14)} ${text}`);
  }

  /** The stored items as JSON, with the dates of the run as `d0`, `d1`, and so on. */
  async items(): Promise<string[]> {
    const items = await this.#store.items();
    return items.map(relativeItem);
  }

  #textOf(json: unknown): string {
    return this.calendar.relative(JSON.stringify(sorted(json)));
  }

  /** Everything that decides what can happen from here on, and whether it is right. */
  async state(): Promise<string> {
    const clients = this.#clients.map(({ running: command, commands }) => [
      commands.length,
      command?.seen,
      command?.silenced?.isExecuted,
    ]);
    const operations = this.operations
      .map(
        ({ command, after, response }) =>
          `${command.name} after ${after.toSorted().join()}: ${response}`,
      )
      .sort();
    const late = this.#late.map(({ name, body }) => [name, this.calendar.relative(body)]);
    return JSON.stringify([await this.#store.items(), clients, late, this.faults, operations]);
  }

  /** Reads what commands have changed, as one more client would after all others: all appointments of shared patients, and all that belongs to others. */
  async readAll(): Promise<void> {
    const commands = [this.#scenario.setup, ...this.#scenario.clients].flat();
    const patients = new Set(commands.flatMap((one) => ('patient' in one ? [one.patient] : [])));
    const practitioners = new Set(
      commands.flatMap((one) => (one.kind === 'put schedule' ? [one.practitioner] : [])),
    );
    await this.#runAlone([
      ...[...patients].flatMap((patient): Command[] =>
        isShared(patient)
          ? [{ kind: 'list', name: `Z${patient}`, patient }]
          : [
              { kind: 'get patient', name: `Y${patient}`, patient },
              { kind: 'get', name: `Z${patient}`, patient, date: 0 },
            ],
      ),
      ...[...practitioners].map((practitioner): Command => {
        return { kind: 'get practitioner', name: `X${practitioner}`, practitioner };
      }),
    ]);
  }

  /** Carries out commands one after the other. They are not part of the schedule. */
  async #runAlone(commands: readonly Command[]): Promise<void> {
    const client: Client = { commands: [...commands] };
    while (client.commands.length > 0 || client.running) await this.#step(client, undefined);
  }

  /** Ends the commands that still wait, so that they leave nothing behind. */
  async abandon(): Promise<void> {
    for (const { running: command } of this.#clients) {
      while (command?.pending && !command.ended) {
        const { pending } = command;
        delete command.pending;
        await this.#until(command, () => {
          pending.reject(new Error('The run is over.'));
        });
      }
    }
  }
}

/** TypeScript does not see that a command that goes on can have a new call. */
function pendingOf({ pending }: RunningCommand): RunningCommand['pending'] {
  return pending;
}
