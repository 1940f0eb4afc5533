// What the service costs a month on AWS, and what its peaks ask of the quotas.
import { markdownTable, whole } from './markdown.ts';

interface Price {
  readonly what: string;
  /** US dollars for one unit. */
  readonly usd: number;
  readonly unit: string;
  /** Who stated it, and when; or since when it holds. */
  readonly source: string;
}

/** List prices of us-east-1 without free tier, discounts and taxes. */
const PRICES = {
  apiRequest: {
    what: 'API Gateway, HTTP API, to 300 million requests',
    usd: 1 / 1e6,
    unit: 'million requests of up to 512 KB',
    source: 'amnic.com and apigatewaycost.com, undated',
  },
  apiRequestAbove: {
    what: 'the same, above 300 million',
    usd: 0.9 / 1e6,
    unit: 'million requests of up to 512 KB',
    source: 'as above',
  },
  invocation: {
    what: 'Lambda requests',
    usd: 0.2 / 1e6,
    unit: 'million',
    source: 'cloudchipr.com, 2024',
  },
  gigabyteSecond: {
    what: 'Lambda duration on ARM, to 7.5 billion GB-seconds',
    usd: 0.0000133334,
    unit: 'GB-second',
    source: 'cloudchipr.com, 2024; includes initialization since 2025-08-01',
  },
  writeUnit: {
    what: 'DynamoDB on demand, writes',
    usd: 0.625 / 1e6,
    unit: 'million write request units',
    source: 'since 2024-11-01; airbyte.com, 2025-07-21',
  },
  readUnit: {
    what: 'DynamoDB on demand, reads',
    usd: 0.125 / 1e6,
    unit: 'million read request units',
    source: 'since 2024-11-01; airbyte.com, 2025-07-21',
  },
  provisionedWriteUnitHour: {
    what: 'DynamoDB provisioned, writes (for comparison)',
    usd: 0.00065,
    unit: 'write capacity unit and hour',
    source: 'usage.ai, undated, after 2024-11',
  },
  tableGigabyte: {
    what: 'DynamoDB storage',
    usd: 0.25,
    unit: 'GB-month',
    source: 'usage.ai, undated, after 2024-11',
  },
  recoveryGigabyte: {
    what: 'DynamoDB point-in-time recovery',
    usd: 0.2,
    unit: 'GB-month of the table',
    source: 'documents on GitHub, one of 2026',
  },
  logGigabyte: {
    what: 'CloudWatch Logs, taken in, to 10 TB',
    usd: 0.5,
    unit: 'GB',
    source: 'c3x.dev, 2026-06; tiers since 2025-05-01 (duckbillgroup.com)',
  },
  keptLogGigabyte: {
    what: 'CloudWatch Logs, kept',
    usd: 0.03,
    unit: 'GB-month, compressed',
    source: 'c3x.dev, 2026-06',
  },
  metric: {
    what: 'CloudWatch metrics of routes',
    usd: 0.3,
    unit: 'metric and month',
    source: 'hivebook.wiki, undated',
  },
  alarmMetric: {
    what: 'CloudWatch alarms',
    usd: 0.1,
    unit: 'metric in an alarm and month',
    source: 'documents on GitHub, undated',
  },
  gigabyteOut: {
    what: 'data out to the internet',
    usd: 0.09,
    unit: 'GB',
    source: 'amnic.com and apigatewaycost.com, undated',
  },
} as const satisfies Record<string, Price>;

const SAMPLES = {
  item: {
    PK: 'PATIENT#1000000',
    SK: 'DAY#2027-01-07',
    appointment_id: '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11',
    patient_id: '1000000',
    practitioner_id: '10000',
    practitioner_first_name: 'Alexandra',
    practitioner_last_name: 'Richardson',
    practitioner_npi: '1234567890',
    start_time: '2027-01-07T09:30:00Z',
    created_at: '2026-11-23T10:00:00.000Z',
    request_id: 'JKJaXmPLvHcESHA=',
    idempotency_key: '4c1f0b52-9d0e-4f5e-8a37-2f6d1c7be901',
  },
  appointment: {
    appointment_id: '5b0c1b3e-7d1f-4a6e-9a3f-0d9b0f7f2c11',
    patient_id: '1000000',
    patient_first_name: 'Alexandra',
    patient_last_name: 'Richardson',
    practitioner_id: '10000',
    practitioner_first_name: 'Alexandra',
    practitioner_last_name: 'Richardson',
    practitioner_npi: '1234567890',
    start_time: '2027-01-07T09:30:00Z',
    end_time: '2027-01-07T10:00:00Z',
  },
  functionLine: {
    timestamp: '2026-11-23T10:00:00.000Z',
    level: 'INFO',
    request_id: 'JKJaXmPLvHcESHA=',
    route: 'POST /api/patients/{patient_id}/appointments',
    status: 201,
    duration_ms: 12,
    cold_start: false,
    attempts: 3,
  },
  accessLine: {
    time: '23/Nov/2026:10:00:00 +0000',
    request_id: 'JKJaXmPLvHcESHA=',
    route: 'POST /api/patients/{patient_id}/appointments',
    status: '201',
    latency_ms: '25',
    integration_error: '-',
    principal: 'arn:aws:sts::123456789012:assumed-role/appointments-web/i-0123456789abcdef0',
    subject: '-',
  },
} as const;

/** What a booking and its lists are assumed to be. Bytes are those of samples; the rest is assumed, not measured. */
const USE = {
  listsPerBooking: 2,
  appointmentsPerList: 10,
  /**
   * Milliseconds of a function that are billed. A booking waits for two calls of DynamoDB, one after
   * the other, a list for one; DynamoDB names single-digit milliseconds for each.
   */
  bookingMs: 20,
  listMs: 15,
  /** The functions' memorySize, in GB. */
  memoryGigabytes: 1,
  /** Of all requests, and how long their initialization takes. */
  coldShare: 0.01,
  coldMs: 300,
  /** Months that appointments have been kept for: the bill is that of the last of them. */
  monthsStored: 12,
  /** The default of logRetentionDays. */
  monthsOfLogs: 3,
  /** What is left of a log when it is compressed. */
  compressedShare: 0.15,
  /**
   * Lambda's START and REPORT lines of a request that went well: none, because systemLogLevel is WARN.
   * With INFO they would be some 400.
   */
  platformLogBytes: 0,
  /** Of each answer. */
  headerBytes: 500,
  /** DetailedMetricsEnabled: 3 routes with 6 metrics each. */
  routeMetrics: 18,
  /** 7 alarms on one metric, one on two. */
  alarmMetrics: 9,
  /** The busiest second, against the mean of the month. */
  peakFactor: 10,
} as const;

/** The names and values of an item's attributes, as units of reads and writes count them. */
const ITEM_BYTES = utf8(Object.entries(SAMPLES.item).flat().join(''));
/** DynamoDB adds 100 bytes to each item that it stores (Developer Guide, CapacityUnitCalculations). */
const STORED_BYTES = ITEM_BYTES + 100;
const APPOINTMENT_BYTES = utf8(JSON.stringify(SAMPLES.appointment));
/** Bytes a request. CloudWatch Logs adds 26 to each line. */
const LOG_BYTES =
  utf8(JSON.stringify(SAMPLES.functionLine)) +
  utf8(JSON.stringify(SAMPLES.accessLine)) +
  USE.platformLogBytes +
  2 * 26;

/** Consistent reads: a unit for each started 4 KB, of the query and of the patient. */
const LIST_READ_UNITS = Math.ceil((USE.appointmentsPerList * ITEM_BYTES) / 4096) + 1;
const BOOKING_READ_UNITS = 2;
const BOOKING_WRITE_UNITS = 1;
const REQUESTS_PER_BOOKING = 1 + USE.listsPerBooking;

const GIGABYTE = 2 ** 30;
/** A month of 730 hours, as AWS counts. */
const SECONDS_PER_MONTH = 730 * 3600;

interface Bill {
  readonly api: number;
  readonly functions: number;
  readonly tableRequests: number;
  readonly tableStorage: number;
  readonly logs: number;
  readonly dataOut: number;
  readonly metricsAndAlarms: number;
}

/** US dollars a month. */
export function billOf(bookings: number): Bill {
  const lists = bookings * USE.listsPerBooking;
  const requests = bookings + lists;
  const milliseconds =
    bookings * USE.bookingMs + lists * USE.listMs + requests * USE.coldShare * USE.coldMs;
  const storedGigabytes = (bookings * USE.monthsStored * STORED_BYTES) / GIGABYTE;
  const logGigabytes = (requests * LOG_BYTES) / GIGABYTE;
  const bytesOut =
    requests * USE.headerBytes + (bookings + lists * USE.appointmentsPerList) * APPOINTMENT_BYTES;
  return {
    api:
      Math.min(requests, 300e6) * PRICES.apiRequest.usd +
      Math.max(0, requests - 300e6) * PRICES.apiRequestAbove.usd,
    functions:
      requests * PRICES.invocation.usd +
      (milliseconds / 1000) * USE.memoryGigabytes * PRICES.gigabyteSecond.usd,
    tableRequests:
      bookings * BOOKING_WRITE_UNITS * PRICES.writeUnit.usd +
      (bookings * BOOKING_READ_UNITS + lists * LIST_READ_UNITS) * PRICES.readUnit.usd,
    tableStorage: storedGigabytes * (PRICES.tableGigabyte.usd + PRICES.recoveryGigabyte.usd),
    logs:
      logGigabytes * PRICES.logGigabyte.usd +
      logGigabytes * USE.monthsOfLogs * USE.compressedShare * PRICES.keptLogGigabyte.usd,
    dataOut: (bytesOut / GIGABYTE) * PRICES.gigabyteOut.usd,
    metricsAndAlarms:
      USE.routeMetrics * PRICES.metric.usd + USE.alarmMetrics * PRICES.alarmMetric.usd,
  };
}

export function totalOf(bill: Bill): number {
  return Object.values<number>({ ...bill }).reduce((total, part) => total + part, 0);
}

interface Peak {
  readonly bookings: number;
  readonly requests: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  /** Executions at the same moment: the rate times the duration (Little's law). */
  readonly concurrency: number;
  /** The concurrency that Lambda asks for at this rate: it lets through 10 requests a second for each. */
  readonly concurrencyQuota: number;
}

/** The busiest second of a month. */
export function peakOf(bookingsPerMonth: number): Peak {
  const bookings = (bookingsPerMonth / SECONDS_PER_MONTH) * USE.peakFactor;
  const requests = bookings * REQUESTS_PER_BOOKING;
  const lists = bookings * USE.listsPerBooking;
  const concurrency = (bookings * USE.bookingMs + lists * USE.listMs) / 1000;
  return {
    bookings,
    requests,
    writeUnits: bookings * BOOKING_WRITE_UNITS,
    readUnits: bookings * BOOKING_READ_UNITS + lists * LIST_READ_UNITS,
    concurrency,
    concurrencyQuota: Math.max(concurrency, requests / 10),
  };
}

/** Bookings a month whose busiest second has that many. */
export function bookingsAtPeak(bookingsPerSecond: number): number {
  return (bookingsPerSecond * SECONDS_PER_MONTH) / USE.peakFactor;
}

/** The share of provisioned write capacity that must be used, on average, to cost less than on demand. */
export function provisionedBreakEven(): number {
  return PRICES.provisionedWriteUnitHour.usd / (3600 * PRICES.writeUnit.usd);
}

const SCALES = [
  { name: '1 thousand', bookings: 1e3 },
  { name: '1 million', bookings: 1e6 },
  { name: '100 million', bookings: 1e8 },
] as const;

export function costTable(): string {
  const bills = SCALES.map(({ bookings }) => billOf(bookings));
  const row = (name: string, part: (bill: Bill) => number) => [
    name,
    ...bills.map((bill) => dollars(part(bill))),
  ];
  return markdownTable([
    ['bookings a month', ...SCALES.map(({ name }) => name)],
    row('API Gateway', ({ api }) => api),
    row('the two functions', ({ functions }) => functions),
    row('the table: reads and writes', ({ tableRequests }) => tableRequests),
    row(
      `the table: ${USE.monthsStored} months of appointments, with recovery`,
      ({ tableStorage }) => tableStorage,
    ),
    row('logs', ({ logs }) => logs),
    row('data out', ({ dataOut }) => dataOut),
    row('metrics of routes, alarms', ({ metricsAndAlarms }) => metricsAndAlarms),
    row('**together**', totalOf),
    [
      'for a million bookings',
      ...SCALES.map(({ bookings }) => dollars((totalOf(billOf(bookings)) / bookings) * 1e6)),
    ],
  ]);
}

export function useTable(): string {
  return markdownTable([
    ['one booking', 'is'],
    [
      'requests',
      `1 POST and ${USE.listsPerBooking} lists of ${USE.appointmentsPerList} appointments`,
    ],
    [
      'DynamoDB',
      `${BOOKING_WRITE_UNITS} write unit and ${BOOKING_READ_UNITS} read units; a list ${LIST_READ_UNITS} read units; ${STORED_BYTES} bytes stored`,
    ],
    [
      'Lambda, billed',
      `${USE.bookingMs} ms, a list ${USE.listMs} ms, at ${USE.memoryGigabytes} GB; ${USE.coldShare * 100} % of requests ${USE.coldMs} ms more`,
    ],
    [
      'logs',
      `${LOG_BYTES} bytes a request: a line of the function and one of the access log; no START and REPORT lines, because \`systemLogLevel\` is WARN`,
    ],
    ['answers', `${APPOINTMENT_BYTES} bytes an appointment, ${USE.headerBytes} of headers`],
    ['the busiest second', `${USE.peakFactor} times the mean`],
  ]);
}

export function peakTable(writesPerSecond: number): string {
  const simulated = bookingsAtPeak(writesPerSecond);
  const scales = [...SCALES, { name: `${whole(simulated / 1e6)} million`, bookings: simulated }];
  return markdownTable([
    [
      'bookings a month',
      'requests a second',
      'write units a second',
      'read units a second',
      'executions at once',
      'Lambda concurrency to have',
    ],
    ...scales.map(({ name, bookings }) => {
      const peak = peakOf(bookings);
      return [
        name,
        few(peak.requests),
        few(peak.writeUnits),
        few(peak.readUnits),
        few(peak.concurrency),
        few(peak.concurrencyQuota),
      ];
    }),
  ]);
}

export function priceTable(): string {
  return markdownTable([
    ['price', 'US dollars', 'for a', 'source'],
    ...Object.values<Price>(PRICES).map(({ what, usd, unit, source }) => [
      what,
      String(Number((unit.startsWith('million') ? usd * 1e6 : usd).toPrecision(6))),
      unit,
      source,
    ]),
  ]);
}

function dollars(usd: number): string {
  if (usd < 0.005) return 'below $0.01';
  return usd < 100 ? `$${usd.toFixed(2)}` : `$${whole(usd)}`;
}

function few(number: number): string {
  return number < 1 ? 'below 1' : whole(number);
}

function utf8(text: string): number {
  return Buffer.byteLength(text);
}
