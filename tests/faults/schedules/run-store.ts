import type { PractitionerDoubleBooking } from '../../../src/domain/ports.ts';
import type { UtcDate } from '../../../src/domain/slot.ts';
import { Calendar, type Command, DATES_PER_RUN, isShared } from './commands.ts';
import type { Engine, StoreResponse } from './engine.ts';
import { isWrite, type StoreCall, sorted } from './store-calls.ts';

/** The table of a deployment. */
export interface DeployedTable {
  readonly doubleBooking: PractitionerDoubleBooking;
  readonly engine: Engine;
  readonly table: string;
}

/** Items as JSON, with the dates of {@link COMMON}, so that those of several runs are comparable. */
export type Items = readonly string[];

const COMMON = new Calendar('2000-01-01' as UtcDate);

/** An item with the dates of its run as `d0`, `d1`, and so on. */
export const relativeItem = (item: string) => COMMON.relative(item);

/** The calls that runs of a scenario made with certain items stored, and their results. */
export type KnownCalls = Map<string, { readonly response: StoreResponse; readonly items: Items }>;

/**
 * The items of one run, on dates of its own. The store carries out a call once for all runs of a scenario that have
 * the same items. So a run that begins like an earlier one needs the store only after the two differ.
 */
export class RunStore {
  readonly #deployed: DeployedTable;
  readonly #calendar: Calendar;
  readonly #ranges: readonly (readonly [key: string, first: string, last: string])[];
  readonly #known: KnownCalls | undefined;
  #items: Items | undefined;
  #isStored: boolean;

  constructor(
    deployed: DeployedTable,
    calendar: Calendar,
    commands: readonly Command[],
    /** What earlier runs know. The first run knows nothing. */
    earlier: { readonly calls: KnownCalls; readonly items: Items } | undefined,
  ) {
    this.#deployed = deployed;
    this.#calendar = calendar;
    this.#known = earlier?.calls;
    this.#items = earlier?.items;
    this.#isStored = earlier === undefined;
    const patientKey = (patient: number) => `PATIENT#${calendar.patientId(patient)}`;
    const practitionerKey = (practitioner: number) =>
      `PRACTITIONER#${calendar.practitionerId(practitioner)}`;
    const patients = new Set(commands.flatMap((one) => ('patient' in one ? [one.patient] : [])));
    const practitioners = new Set(
      commands.flatMap((one) => ('practitioner' in one ? [one.practitioner ?? []] : [])).flat(),
    );
    const ownProfiles = [
      ...[...patients].filter((one) => !isShared(one)).map(patientKey),
      ...[...practitioners].filter((one) => !isShared(one)).map(practitionerKey),
    ];
    const rangeOf = (prefix: string) => (key: string) =>
      [
        key,
        prefix + calendar.dateOf(0),
        `${prefix}${calendar.dateOf(DATES_PER_RUN - 1)}~`,
      ] as const;
    this.#ranges = [
      ...[...patients].map(patientKey).map(rangeOf('DAY#')),
      ...(deployed.doubleBooking === 'reject'
        ? [...practitioners].map(practitionerKey).map(rangeOf('SLOT#'))
        : []),
      ...ownProfiles.map((key) => [key, 'PROFILE', 'PROFILE'] as const),
    ];
  }

  async items(): Promise<Items> {
    this.#items ??= await this.#read();
    return this.#items;
  }

  async execute(call: StoreCall): Promise<StoreResponse> {
    // DynamoDB recognizes a repeated transaction by its token for ten minutes. The conditions must do so forever.
    const { ClientRequestToken: _, ...input } = JSON.parse(call.body) as Record<string, unknown>;
    const body = JSON.stringify(input);
    const key =
      this.#known &&
      JSON.stringify([
        call.headers['x-amz-target'],
        this.#calendar.translate(body, COMMON),
        await this.items(),
      ]);
    const known = key === undefined ? undefined : this.#known?.get(key);
    if (known && !this.#isStored) {
      this.#items = known.items;
      return translated(known.response, COMMON, this.#calendar);
    }
    await this.#storeItems();
    const response = await this.#deployed.engine.send(call.headers, body);
    if (isWrite(call) && response.statusCode === 200) this.#items = undefined;
    if (key !== undefined) {
      this.#known?.set(key, {
        response: translated(response, this.#calendar, COMMON),
        items: await this.items(),
      });
    }
    return response;
  }

  /** Stores what known calls wrote. */
  async #storeItems(): Promise<void> {
    if (this.#isStored) return;
    this.#isStored = true;
    const items = await this.items();
    await this.#deployed.engine.store(
      this.#deployed.table,
      items.map((item): unknown => JSON.parse(COMMON.translate(item, this.#calendar))),
    );
  }

  async #read(): Promise<Items> {
    const { engine, table } = this.#deployed;
    const items = await Promise.all(
      this.#ranges.map(async (range) => engine.items(table, ...range)),
    );
    return items
      .flat()
      .map((item) => this.#calendar.translate(JSON.stringify(sorted(item)), COMMON));
  }
}

function translated(response: StoreResponse, from: Calendar, to: Calendar): StoreResponse {
  const { statusCode, headers, body } = response;
  // A checksum of the body would no longer agree with it.
  const { 'x-amz-crc32': _, ...others } = headers;
  return { statusCode, headers: others, body: Buffer.from(from.translate(body.toString(), to)) };
}
