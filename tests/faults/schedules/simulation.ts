import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type { Context } from 'aws-lambda';
import type { PractitionerDoubleBooking } from '../../../src/domain/ports.ts';
import { addDays, type UtcDate } from '../../../src/domain/slot.ts';
import { Calendar, DATES_PER_RUN } from './commands.ts';
import { type Engine, type StoreResponse, UNVERIFIED_SIGNATURE } from './engine.ts';
import { Run, type Service, type Setup } from './run.ts';
import { controlProcess, running } from './running-command.ts';
import type { Scenario } from './scenarios.ts';
import { isSharedProfile, keysRead, type StoreCall } from './store-calls.ts';
import type * as system from './system.ts';

/** The code under test: that of `src/`, or a build of it with a deliberate bug. */
export type System = typeof system;

/** Runs scenarios on a store, one call at a time, in an order that the caller chooses. */
export class Simulation {
  readonly doubleBooking: PractitionerDoubleBooking;
  readonly #service: Service;
  readonly #people = new Map<string, Promise<StoreResponse>>();
  readonly #setups = new WeakMap<Scenario, Setup>();
  #runs = 0;

  /** The table must exist, and so must the patients and practitioners of the scenarios. */
  constructor(
    system: System,
    engine: Engine,
    tableName: string,
    doubleBooking: PractitionerDoubleBooking,
  ) {
    controlProcess();
    this.doubleBooking = doubleBooking;
    const table = system.openTable(tableName);
    const { config } = table.client;
    Object.assign(config, {
      requestHandler: {
        handle: async ({ headers, body }: { headers: StoreCall['headers']; body: Uint8Array }) => ({
          response: await this.#call({ headers, body: new TextDecoder().decode(body) }),
        }),
      },
      // Signing would take a quarter of the CPU time.
      signer: () => ({
        sign: (request: Pick<StoreCall, 'headers'>) => {
          Object.assign(request.headers, UNVERIFIED_SIGNATURE);
          return request;
        },
      }),
      // As many attempts as the functions make, but no pauses.
      retryStrategy: async () => new ConfiguredRetryStrategy(await config.maxAttempts(), 0),
    });
    const dependencies = {
      auth: 'none',
      repositoriesFor: (scope: object) =>
        system.createRepositories({ ...table, ...scope }, doubleBooking),
    } as const;
    const commands = system.appointmentCommands(dependencies);
    const queries = system.appointmentQueries(dependencies);
    const handle: Service['handle'] = async (command, calendar) => {
      const handler = /^(?:list|get)/.test(command.kind) ? queries : commands;
      // Without a remaining time, the functions set no timer.
      return handler(calendar.eventOf(command), {} as Context);
    };
    this.#service = { doubleBooking, engine, table: tableName, handle };
  }

  /** Starts a run of a scenario, on dates of its own. */
  async start(scenario: Scenario): Promise<Run> {
    const first = addDays('2100-01-01' as UtcDate, this.#runs * DATES_PER_RUN);
    this.#runs += 1;
    const setup = this.#setups.get(scenario);
    const run = new Run(this.#service, new Calendar(first), scenario, setup);
    if (setup === undefined) this.#setups.set(scenario, await run.setUp());
    return run;
  }

  /** Responds at once if nothing can change the result of a call, and otherwise lets its command wait. */
  async #call(call: StoreCall): Promise<StoreResponse> {
    const command = running.getStore();
    if (command === undefined) throw new Error('A call to the store belongs to no command.');
    const keys = keysRead(call);
    if (keys.length > 0 && keys.every(isSharedProfile)) {
      const { engine } = this.#service;
      const response = this.#people.get(call.body) ?? engine.send(call.headers, call.body);
      this.#people.set(call.body, response);
      return response;
    }
    // The scheduler would have to choose between them, too.
    if (command.pending)
      throw new Error('A command makes two calls at once that depend on the order.');
    return new Promise((resolve, reject) => {
      command.pending = { ...call, resolve, reject };
      command.settle();
    });
  }
}
