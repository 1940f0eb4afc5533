// Where keys land as the table splits, and how many writes a second the hottest partition then gets.
import { hash } from 'node:crypto';
import { markdownTable, whole } from './markdown.ts';

// Jest looks globals up slowly, and these run a hundred million times.
const { floor, imul } = Math;

/** What the simulation assumes. Rates are writes a second, and a write is one write unit (an item up to 1 KB). */
export const MODEL = {
  seed: 1,
  /** How often the keys are dealt out anew. */
  placements: 100,
  writesPerSecond: 3000,
  /** Write units a second that one partition takes (DynamoDB Developer Guide, bp-partition-key-design). */
  partitionLimit: 1000,
  /** A split halves the range of hashes of a partition, so each count is twice the one before. */
  partitionCounts: [4, 8, 16, 32, 64],
  /** The k-th busiest patient or clinic is written 1/k as often as the busiest, to the power of this. */
  zipfExponent: 1,
  /** What else the exponent of patients could be. */
  otherExponents: [0.8, 1.2, 1.5],
  patients: 1_000_000,
  clinics: 6000,
  /**
   * How far ahead appointments are booked: same day 42.6 %, within 14 days 82.7 % (England, general
   * practice, November 2023; answer to question 9116 of the House of Commons, 15 January 2024). That
   * the rest ends after 42 days, and that days within a range are alike, is assumed.
   */
  daysAhead: [
    { days: 1, share: 0.426 },
    { days: 14, share: 0.401 },
    { days: 28, share: 0.173 },
  ],
} as const;

/** A way to choose the partition key: how often each key is written, and what the keys are. */
interface KeyChoice {
  readonly name: string;
  /** Of all writes, the hottest key first; they add up to 1. */
  readonly shares: Float64Array;
  /** Hashes of the keys to deal the shares out to: as many as there are shares, or more. */
  readonly hashes: Uint32Array;
}

/** What one key choice leads to. */
export interface KeyResult {
  readonly name: string;
  readonly keysInUse: number;
  /** The share of all writes that goes to the hottest key. */
  readonly hottestKey: number;
  readonly byPartitions: readonly Hottest[];
}

/** The hottest partition at one partition count, over all placements; writes a second. */
interface Hottest {
  readonly partitions: number;
  readonly median: number;
  readonly worst: number;
  /** Placements in which a partition gets more than its limit. */
  readonly throttled: number;
}

export interface Simulation {
  /** The key of the service and the ones that were rejected. */
  readonly keys: readonly KeyResult[];
  /** The key of the service, by exponents that the model does not assume. */
  readonly exponents: readonly KeyResult[];
}

export function runSimulation(): Simulation {
  const { patients, clinics, daysAhead, zipfExponent, otherExponents } = MODEL;
  const patientHashes = hashesOf(numbered('PATIENT', patients));
  const clinicHashes = hashesOf(numbered('CLINIC', clinics));
  const dateShares = daysAhead.flatMap(({ days, share }) => Array<number>(days).fill(share / days));
  return {
    keys: [
      simulate({
        name: 'by patient',
        shares: zipf(patients, zipfExponent),
        hashes: patientHashes,
      }),
      simulate({ name: 'by clinic', shares: zipf(clinics, zipfExponent), hashes: clinicHashes }),
      simulate({
        name: 'by date',
        shares: Float64Array.from(dateShares),
        hashes: hashesOf(datesOf(10)),
      }),
    ],
    exponents: otherExponents.map((exponent) =>
      simulate({
        name: String(exponent),
        shares: zipf(patients, exponent),
        hashes: patientHashes,
      }),
    ),
  };
}

export function partitionTable(results: readonly KeyResult[]): string {
  const head = ['partitions', 'even spread', ...results.map(({ name }) => name)];
  const rows = MODEL.partitionCounts.map((partitions, index) => [
    String(partitions),
    whole(MODEL.writesPerSecond / partitions),
    ...results.map(({ byPartitions }) => verdict(byPartitions[index])),
  ]);
  return markdownTable([head, ...rows]);
}

export function exponentTable(results: readonly KeyResult[]): string {
  const head = [
    'exponent',
    'the busiest patient’s writes a second',
    ...MODEL.partitionCounts.map((partitions) => `${partitions} partitions`),
  ];
  const rows = results.map(({ name, hottestKey, byPartitions }) => [
    name,
    whole(hottestKey * MODEL.writesPerSecond),
    ...byPartitions.map(verdict),
  ]);
  return markdownTable([head, ...rows]);
}

export function hottestKeyTable(results: readonly KeyResult[]): string {
  const head = [
    'key',
    'keys written at a time',
    'share of the hottest',
    'its writes a second',
    'the table’s writes a second at which it reaches the limit alone',
  ];
  const rows = results.map(({ name, keysInUse, hottestKey }) => [
    name,
    whole(keysInUse),
    `${(hottestKey * 100).toFixed(1)} %`,
    whole(hottestKey * MODEL.writesPerSecond),
    whole(MODEL.partitionLimit / hottestKey),
  ]);
  return markdownTable([head, ...rows]);
}

function verdict(hottest: Hottest | undefined): string {
  const { median = 0, worst = 0, throttled = 0 } = hottest ?? {};
  const often = throttled === 0 ? 'never' : `${throttled} of ${MODEL.placements}`;
  return `${whole(median)}, worst ${whole(worst)}; ${often}`;
}

function simulate(choice: KeyChoice): KeyResult {
  const random = mulberry32(MODEL.seed);
  const hashes = choice.hashes.slice();
  const finest = Math.max(...MODEL.partitionCounts);
  const perCount = MODEL.partitionCounts.map((partitions) => ({
    partitions,
    hottest: [] as number[],
  }));
  for (let placement = 0; placement < MODEL.placements; placement++) {
    deal(hashes, choice.shares.length, random);
    const loads = loadsOf(choice.shares, hashes, finest);
    for (const { partitions, hottest } of perCount) {
      hottest.push(Math.max(...merge(loads, finest / partitions)));
    }
  }
  return {
    name: choice.name,
    keysInUse: choice.shares.length,
    hottestKey: choice.shares[0] ?? 0,
    byPartitions: perCount.map(({ partitions, hottest }) => ({
      partitions,
      median: hottest.toSorted((a, b) => a - b)[Math.floor(hottest.length / 2)] ?? 0,
      worst: Math.max(...hottest),
      throttled: hottest.filter((load) => load > MODEL.partitionLimit).length,
    })),
  };
}

/** The writes a second of each partition, where the partitions are equal ranges of the 32 bits of a hash. */
function loadsOf(shares: Float64Array, hashes: Uint32Array, partitions: number): number[] {
  const loads = Array<number>(partitions).fill(0);
  for (let key = 0; key < shares.length; key++) {
    const partition = floor(((hashes[key] ?? 0) / 2 ** 32) * partitions);
    loads[partition] = (loads[partition] ?? 0) + (shares[key] ?? 0) * MODEL.writesPerSecond;
  }
  return loads;
}

/** The partitions as they were before they split. */
function merge(loads: readonly number[], factor: number): number[] {
  return Array.from({ length: loads.length / factor }, (_, index) =>
    sum(loads.slice(index * factor, (index + 1) * factor)),
  );
}

/** Shuffles (Fisher and Yates) until the first `count` are drawn by chance from all. */
function deal(hashes: Uint32Array, count: number, random: () => number): void {
  for (let index = 0; index < count; index++) {
    const other = index + floor(random() * (hashes.length - index));
    const drawn = hashes[other] ?? 0;
    hashes[other] = hashes[index] ?? 0;
    hashes[index] = drawn;
  }
}

function zipf(count: number, exponent: number): Float64Array {
  const weights = Float64Array.from({ length: count }, (_, index) => (index + 1) ** -exponent);
  const total = sum(weights);
  return weights.map((weight) => weight / total);
}

function* numbered(kind: string, count: number): Iterable<string> {
  for (let number = 1; number <= count; number++) yield `${kind}#${number}`;
}

function* datesOf(years: number): Iterable<string> {
  for (let day = 0; day < years * 365; day++) {
    yield `DATE#${new Date(Date.UTC(2027, 0, 1 + day)).toISOString().slice(0, 10)}`;
  }
}

/** The first 32 bits of MD5. DynamoDB's own hash is not published: any good one spreads keys alike. */
function hashesOf(keys: Iterable<string>): Uint32Array {
  return Uint32Array.from(keys, (key) => Number.parseInt(hash('md5', key).slice(0, 8), 16));
}

/** A small generator of numbers in [0, 1) from a 32-bit seed, by Tommy Ettinger; in the public domain. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
