import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import {
  billOf,
  bookingsAtPeak,
  peakOf,
  provisionedBreakEven,
  totalOf,
} from '../../../bench/scaling/cost.ts';
import { tablesOf, withTables } from '../../../bench/scaling/page.ts';
import {
  type KeyResult,
  runSimulation,
  type Simulation,
} from '../../../bench/scaling/partitions.ts';
import { ROOT } from '../../../scripts/local/local-folder.ts';

let simulation: Simulation;

beforeAll(() => {
  simulation = runSimulation();
}, 60_000);

describe('where keys land, at 3,000 writes a second', () => {
  it('is over the limit with 4 partitions in some placements of patients, and never from 8 on', () => {
    const [four, ...more] = key('by patient').byPartitions;

    expect(four?.partitions).toBe(4);
    expect(four?.throttled).toBeGreaterThan(0);
    expect(four?.throttled).toBeLessThan(25);
    expect(more.map(({ partitions }) => partitions)).toEqual([8, 16, 32, 64]);
    for (const { worst, throttled } of more) {
      expect(worst).toBeLessThan(1000);
      expect(throttled).toBe(0);
    }
  });

  it('is over the limit by date in every placement at every count', () => {
    for (const { throttled, median } of key('by date').byPartitions) {
      expect(throttled).toBe(100);
      // 42.6 % of 3,000: the present date alone.
      expect(median).toBeGreaterThanOrEqual(1277.9);
    }
  });

  it('is over the limit by clinic more often than by patient with 4 partitions, and hotter at every count', () => {
    const patients = key('by patient').byPartitions;
    for (const [index, clinic] of key('by clinic').byPartitions.entries()) {
      expect(clinic.median).toBeGreaterThan(patients[index]?.median ?? Infinity);
      expect(clinic.throttled > 0).toBe(clinic.partitions === 4);
    }
    expect(key('by clinic').byPartitions[0]?.throttled).toBeGreaterThan(
      patients[0]?.throttled ?? Infinity,
    );
  });

  it('depends on how uneven patients are: never over the limit with 0.8, always with 1.5', () => {
    const [flat, , steep] = simulation.exponents;

    expect(flat?.byPartitions.map(({ throttled }) => throttled)).toEqual([0, 0, 0, 0, 0]);
    expect(steep?.byPartitions.map(({ throttled }) => throttled)).toEqual([
      100, 100, 100, 100, 100,
    ]);
  });

  it('loses no write on the way: the hottest has the mean at least, and half of what it had before a split', () => {
    for (const { byPartitions } of simulation.keys) {
      for (const [index, { partitions, median }] of byPartitions.entries()) {
        const before = byPartitions[index - 1] ?? { partitions: 1, median: 3000 };
        expect(median).toBeGreaterThanOrEqual(3000 / partitions);
        expect(median).toBeLessThanOrEqual(before.median);
        expect(median).toBeGreaterThanOrEqual((before.median * before.partitions) / partitions);
      }
    }
  });

  it('gives the hottest key of a Zipf law its share, one over the harmonic number', () => {
    // H(1,000,000) = 14.392727, H(6,000) = 9.276814
    expect(key('by patient').hottestKey).toBeCloseTo(1 / 14.392727, 7);
    expect(key('by clinic').hottestKey).toBeCloseTo(1 / 9.276814, 7);
  });
});

describe('the cost', () => {
  it('is the sum of price lists, reckoned by hand for a million bookings', () => {
    const bill = billOf(1e6);

    expect(bill.api).toBeCloseTo(3, 6);
    // 3 million requests at 0.20; 1 million of 20 ms, 2 million of 15 ms and 30,000 of 300 ms at 1 GB
    expect(bill.functions).toBeCloseTo(0.6 + 59_000 * 0.0000133334, 6);
    // 1 million writes; 2 million reads of bookings and 4 million of lists
    expect(bill.tableRequests).toBeCloseTo(0.625 + 6 * 0.125, 6);
    expect(bill.metricsAndAlarms).toBeCloseTo(18 * 0.3 + 9 * 0.1, 6);
    expect(totalOf(bill)).toBeCloseTo(
      bill.api +
        bill.functions +
        bill.tableRequests +
        bill.tableStorage +
        bill.logs +
        bill.dataOut +
        bill.metricsAndAlarms,
      6,
    );
  });

  it('falls by a tenth for requests above 300 million', () => {
    expect(billOf(100e6).api).toBeCloseTo(300, 6);
    expect(billOf(200e6).api).toBeCloseTo(300 + 270, 6);
  });

  it('has the break-even of provisioned writes that the page names', () => {
    expect(provisionedBreakEven()).toBeCloseTo(0.29, 2);
  });
});

describe('what to raise first', () => {
  it('is nothing at a million bookings, and the throttling at 100 million', async () => {
    const { throttlingRate } = await defaults();

    expect(peakOf(1e6).requests).toBeLessThan(throttlingRate);
    const peak = peakOf(100e6);
    expect(peak.requests).toBeGreaterThan(throttlingRate);
    expect(peak.requests).toBeLessThan(2000);
    expect(peak.concurrencyQuota).toBeLessThan(200);
    expect(peak.writeUnits).toBeLessThan(4000);
    expect(peak.readUnits).toBeLessThan(12_000);
  });

  it('is the warm throughput of reads and the quotas of the account at 3,000 bookings a second', () => {
    const peak = peakOf(bookingsAtPeak(3000));

    expect(peak.writeUnits).toBeCloseTo(3000, 6);
    expect(peak.readUnits).toBeGreaterThan(12_000);
    expect(peak.readUnits).toBeLessThan(24_000);
    expect(peak.requests).toBeCloseTo(9000, 6);
    expect(peak.concurrencyQuota).toBeCloseTo(900, 6);
  });
});

describe('docs/scaling.md', () => {
  it('shows the tables that npm run scaling -- --write writes', async () => {
    const page = await readFile(join(ROOT, 'docs/scaling.md'), 'utf8');

    expect(page).toBe(withTables(page, tablesOf(simulation)));
  });

  it('has to have a place for each table', () => {
    expect(() => withTables('# Scaling\n', tablesOf(simulation))).toThrow(
      'no markers for partitions',
    );
  });
});

function key(name: string): KeyResult {
  const found = simulation.keys.find((result) => result.name === name);
  if (found === undefined) throw new Error(`There is no key ${name}.`);
  return found;
}

async function defaults(): Promise<{ throttlingRate: number }> {
  const text = await readFile(join(ROOT, 'serverless.yml'), 'utf8');
  return (parse(text) as { params: { default: { throttlingRate: number } } }).params.default;
}
