import { AsyncLocalStorage } from 'node:async_hooks';
import { type Command, timeOfCommand, uuidOf } from './commands.ts';
import type { StoreResponse } from './engine.ts';
import type { StoreCall } from './store-calls.ts';

/** A command, when it began and ended as numbers of steps, and its response; none if it crashed. */
export interface Operation {
  readonly command: Command;
  readonly began: number;
  /** The commands that had ended before. */
  readonly after: readonly string[];
  ended?: number;
  response?: string;
  /** Whether a call may have lost all its attempts, so that the outcome is unknown. */
  isUnanswered?: boolean;
}

/** A command that a function is carrying out. */
export interface RunningCommand {
  readonly operation: Operation;
  /** What the command has seen of the store. It decides what the command does next. */
  readonly seen: string[];
  uuids: number;
  /** How many attempts lost their response or seemed lost. */
  losses: number;
  pending?: StoreCall & {
    resolve: (response: StoreResponse) => void;
    reject: (error: Error) => void;
  };
  /** The call whose attempts all lose their responses, and whether they are carried out. */
  silenced?: { readonly id: string | undefined; readonly isExecuted: boolean };
  /** Called when the command waits for the scheduler, or has ended. */
  settle: () => void;
  ended: boolean;
}

/** The command that the present code belongs to. */
export const running = new AsyncLocalStorage<RunningCommand>();
const RealDate = Date;
const realUuid = crypto.randomUUID.bind(crypto);
let isControlled = false;

/** Gives each command its own time and UUIDs, and keeps its log lines from the output. */
export function controlProcess(): void {
  if (isControlled) return;
  isControlled = true;
  const time = () => {
    const command = running.getStore()?.operation.command;
    return command ? timeOfCommand(command.name) : RealDate.now();
  };
  globalThis.Date = class extends RealDate {
    constructor(...args: [] | [number | string | Date]) {
      if (args.length === 0) super(time());
      else super(...args);
    }
    static override now = time;
  } as DateConstructor;
  crypto.randomUUID = () => {
    const command = running.getStore();
    if (command === undefined) return realUuid();
    const uuid = uuidOf(command.operation.command.name, command.uuids);
    command.uuids += 1;
    return uuid as ReturnType<typeof realUuid>;
  };
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = ((...args: Parameters<typeof write>) =>
    running.getStore() === undefined ? write(...args) : true) as typeof process.stdout.write;
}
