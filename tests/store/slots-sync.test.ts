import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import { ROOT } from '../../scripts/local/local-folder.ts';
import { syncSlots } from '../../scripts/slots-sync/sync-slots.ts';
import type { Slot } from '../../src/domain/slot.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable, type Table } from '../../src/repositories/store.ts';
import { appointmentOf, openClinic } from '../support/clinic.ts';
import type { People } from '../support/people.ts';
import { newPeople, storedItems } from '../support/tables.ts';

jest.setTimeout(60_000);

const NINE = '2099-01-07T09:00:00Z' as Slot;
const TEN = '2099-01-07T10:00:00Z' as Slot;

let table: Table;
let allow: ReturnType<typeof openClinic>;
let reject: ReturnType<typeof openClinic>;
/** Two patients of one practitioner. */
let alexei: People;
let zoe: People;

beforeEach(async () => {
  table = openTable(`appointments-${randomUUID()}`);
  await createTable(table.name);
  allow = openClinic(() => createRepositories(table, 'allow'));
  reject = openClinic(() => createRepositories(table, 'reject'));
  alexei = await newPeople(table);
  zoe = { ...(await newPeople(table)), practitionerId: alexei.practitionerId };
});

/** Runs `npm run slots:sync -- ...`. */
async function sync(...args: string[]): Promise<{ code: unknown; output: string }> {
  const script = ['scripts/slots-sync.ts', '--table', table.name, ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, script, { cwd: ROOT }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
    });
  });
}

/** Which appointment has or had each slot of the practitioner. */
async function slots() {
  const { slots: items } = await storedItems(table, alexei);
  return items.map((item) => [item['SK'], item['status'], item['appointment_id']]);
}

describe('after a change from allow to reject', () => {
  it('gives booked appointments their slots, however often double booking was allowed', async () => {
    const first = appointmentOf(await allow.book(alexei, NINE));
    const second = appointmentOf(await allow.book(zoe, TEN));
    await allow.book(alexei, '2020-01-07T09:00:00Z' as Slot);
    const cancelled = appointmentOf(await allow.book(alexei, '2099-02-07T09:00:00Z' as Slot));
    await allow.cancel(cancelled);

    expect(await sync()).toMatchObject({
      code: 0,
      output: expect.stringContaining(' 2 taken, 0 freed, 0 unchanged, 0 in conflict.\n'),
    });
    expect(await slots()).toEqual([
      ['SLOT#2099-01-07T09:00Z', 'taken', first.appointmentId],
      ['SLOT#2099-01-07T10:00Z', 'taken', second.appointmentId],
    ]);

    // With allow, nothing frees the slots of the appointments that end.
    await allow.cancel(first);
    const third = appointmentOf(await allow.reschedule(second, NINE));

    expect((await sync()).output).toMatch(/ 1 taken, [12] freed, 0 unchanged, 0 in conflict\.\n/);
    expect(await slots()).toEqual([
      ['SLOT#2099-01-07T09:00Z', 'taken', third.appointmentId],
      ['SLOT#2099-01-07T10:00Z', 'free', second.appointmentId],
    ]);
    expect(await reject.book(alexei, NINE)).toMatchObject({ kind: 'practitioner-slot-taken' });
    expect(await reject.book(alexei, TEN)).toMatchObject({ kind: 'booked' });
  });

  it('changes nothing the second time', async () => {
    for (let day = 10; day < 70; day += 1) {
      const date = new Date(Date.UTC(2099, 0, day)).toISOString().slice(0, 10);
      await allow.book(alexei, `${date}T09:00:00Z` as Slot);
    }
    expect((await sync()).output).toContain(' 60 taken, 0 freed, 0 unchanged, 0 in conflict.\n');
    const before = await storedItems(table, alexei);

    const { code, output } = await sync();

    expect(code).toBe(0);
    expect(output).toContain(' 0 taken, 0 freed, 60 unchanged, 0 in conflict.\n');
    expect(await storedItems(table, alexei)).toEqual(before);
  });

  it('lists the times that two patients hold, until one of them is cancelled', async () => {
    const both = [
      appointmentOf(await allow.book(alexei, NINE)),
      appointmentOf(await allow.book(zoe, NINE)),
    ];

    const { code, output } = await sync();

    expect(code).toBe(1);
    const [[, , holder] = []] = await slots();
    const has = both.find(({ appointmentId }) => appointmentId === holder);
    const lacks = both.find((one) => one !== has);
    expect(output).toContain(
      `, 1 in conflict.\npractitioner ${alexei.practitionerId}, ${NINE}: appointments ${has?.appointmentId} and ${lacks?.appointmentId}\n`,
    );
    expect(output).not.toMatch(new RegExp(`${alexei.patientId}|${zoe.patientId}|Alexei|Bob`));

    if (has) await reject.cancel(has);
    expect(await sync()).toMatchObject({ code: 0 });
    expect(await slots()).toEqual([['SLOT#2099-01-07T09:00Z', 'taken', lacks?.appointmentId]]);
  });

  it('writes nothing in a dry run, and shows what it would write', async () => {
    const stale = appointmentOf(await reject.book(alexei, TEN));
    await allow.cancel(stale);
    const both = [
      appointmentOf(await allow.book(alexei, NINE)),
      appointmentOf(await allow.book(zoe, NINE)),
    ];
    const before = await slots();

    const { code, output } = await sync('--dry-run');

    expect(code).toBe(1);
    expect(output).toContain(' 1 would be taken, 1 would be freed, 0 unchanged, 1 in conflict.\n');
    for (const { appointmentId } of both) expect(output).toContain(appointmentId);
    expect(await slots()).toEqual(before);
  });
});

describe('while it runs', () => {
  /** Does something just before the first write of a run, whose scan returns one item per page. */
  async function syncAround(change: () => Promise<unknown>) {
    const watched = openTable(table.name);
    let isChanged = false;
    watched.client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'ScanCommand') Object.assign(args.input, { Limit: 1 });
          if (commandName === 'TransactWriteItemsCommand' && !isChanged) {
            isChanged = true;
            await change();
          }
          return next(args);
        },
      { step: 'initialize' },
    );
    const counts = { scanned: 0, taken: 0, unchanged: 0, freed: 0 };
    const conflicts = await syncSlots(watched, '2026-01-01T00:00', false, counts);
    expect(isChanged).toBe(true);
    return conflicts;
  }

  it('leaves a slot to a booking that takes it first', async () => {
    const early = appointmentOf(await allow.book(alexei, NINE));
    let rival = early;

    const conflicts = await syncAround(async () => {
      rival = appointmentOf(await reject.book(zoe, NINE));
    });

    expect(conflicts).toEqual([{ appointment: early, holder: rival.appointmentId }]);
    expect(await slots()).toEqual([['SLOT#2099-01-07T09:00Z', 'taken', rival.appointmentId]]);
  });

  it('takes no slot for an appointment that ends first', async () => {
    const early = appointmentOf(await allow.book(alexei, NINE));

    await expect(syncAround(async () => reject.cancel(early))).resolves.toEqual([]);

    expect(await slots()).toEqual([]);
    expect(await reject.book(zoe, NINE)).toMatchObject({ kind: 'booked' });
  });
});

it.each([
  [0, ['--help'], 'npm run slots:sync -- [--table NAME] [--dry-run]'],
  [2, ['--table=b'], '--table is given more than once.'],
  [2, ['--dryrun'], "Unknown option '--dryrun'"],
])('ends with %j for %j', async (code, args, sentence) => {
  expect(await sync(...args)).toEqual({ code, output: expect.stringContaining(sentence) });
});

it('ends with a sentence if the table does not exist', async () => {
  table = openTable('no-table');
  const { code, output } = await sync();

  expect(code).toBe(3);
  expect(output).toContain('The table does not exist. Everything written so far is valid. Run');
});
