import { randomUUID } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  PutCommand,
  type PutCommandInput,
  ScanCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTable } from '../../scripts/local/create-table.ts';
import type { PeopleRepository } from '../../src/domain/ports.ts';
import { ALWAYS_OPEN } from '../../src/domain/schedule.ts';
import { createRepositories } from '../../src/repositories/repositories.ts';
import { openTable, type Table } from '../../src/repositories/store.ts';
import {
  describePeopleChanges,
  ERASED_AT,
  newPeople,
  origin,
  renamed,
  SCHEDULE,
} from '../support/people-contract.ts';
import { loseResponses } from '../support/tables.ts';

const table = openTable(`appointments-${randomUUID()}`);
const peopleOf = (each: Table) => createRepositories(each, 'allow').people;
const people = peopleOf(table);

let { patient, practitioner } = newPeople();
let { patientId } = patient;
let { practitionerId } = practitioner;

beforeAll(async () => {
  await createTable(table.name);
});

beforeEach(() => {
  ({ patient, practitioner } = newPeople());
  ({ patientId } = patient);
  ({ practitionerId } = practitioner);
});

describePeopleChanges(async () => Promise.resolve(people));

/** A change, what must exist before it, and its outcome. */
const CHANGES: Readonly<
  Record<
    string,
    {
      readonly before?: () => Promise<unknown>;
      readonly change: (people: PeopleRepository) => Promise<{ readonly kind: string }>;
      readonly kind: string;
    }
  >
> = {
  'a new patient': {
    change: async (changed) => changed.putPatient(patient, origin()),
    kind: 'created',
  },
  'new names': {
    before: async () => people.putPatient(patient, origin()),
    change: async (changed) => changed.putPatient(renamed(patient), origin()),
    kind: 'replaced',
  },
  'an erasure': {
    before: async () => people.putPatient(patient, origin()),
    change: async (changed) => changed.erasePatient(patientId, origin(), ERASED_AT),
    kind: 'erased',
  },
  'a new practitioner': {
    change: async (changed) => changed.putPractitioner(practitioner, origin()),
    kind: 'created',
  },
  'a new profile': {
    before: async () => people.putPractitioner(practitioner, origin()),
    change: async (changed) => changed.putPractitioner(renamed(practitioner), origin()),
    kind: 'replaced',
  },
  'a new schedule': {
    before: async () => people.putPractitioner(practitioner, origin()),
    change: async (changed) => changed.putSchedule(practitionerId, SCHEDULE, origin()),
    kind: 'replaced',
  },
};

const found = async () => ({
  patient: await people.findPatient(patientId),
  practitioner: await people.findPractitioner(practitionerId),
});

describe('a change that the SDK sends again after a lost response', () => {
  it.each(Object.entries(CHANGES))('is recognized: %s', async (_name, { before, change, kind }) => {
    await before?.();
    const attempts: number[] = [];
    const lossy = { ...openTable(table.name), onCall: (count: number) => attempts.push(count) };
    loseResponses(lossy);

    await expect(change(peopleOf(lossy))).resolves.toMatchObject({ kind });

    expect(attempts).toEqual([2, 2]);
    const stored = await found();
    // The same change, without lost responses, changes nothing more.
    await expect(change(people)).resolves.toMatchObject({
      kind: kind === 'erased' ? 'erased' : 'unchanged',
    });
    expect(await found()).toEqual(stored);
  });

  it.each(Object.entries(CHANGES))(
    'never overwrites a newer change: %s',
    async (_name, { before, change, kind }) => {
      await before?.();
      const lossy = openTable(table.name);
      let calls = 0;
      loseResponses(lossy, async () => {
        calls += 1;
        // The first call is the read.
        if (calls !== 2) return;
        await people.putPatient(renamed(patient, 'Newer'), origin());
        await people.putPractitioner(renamed(practitioner, 'Newer'), origin());
        await people.putSchedule(practitionerId, { hours: {}, timeOff: [] }, origin());
      });

      await expect(change(peopleOf(lossy))).resolves.toMatchObject({ kind });

      expect(await found()).toEqual({
        patient: kind === 'erased' ? 'erased' : renamed(patient, 'Newer'),
        practitioner: {
          ...renamed(practitioner, 'Newer'),
          schedule: { hours: {}, timeOff: [] },
        },
      });
    },
  );
});

it('an erasure whose first attempt never arrives erases what changed in between', async () => {
  await people.putPatient(patient, origin());
  const lossy = openTable(table.name);
  let isLost = false;
  lossy.client.middlewareStack.add(
    (next) => async (args) => {
      if (isLost || !('UpdateExpression' in args.input)) return next(args);
      isLost = true;
      await people.putPatient(renamed(patient), origin());
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    },
    // Below the SDK's retries.
    { step: 'deserialize', priority: 'low' },
  );

  await expect(peopleOf(lossy).erasePatient(patientId, origin(), ERASED_AT)).resolves.toEqual({
    kind: 'erased',
  });

  expect(isLost).toBe(true);
  await expect(people.findPatient(patientId)).resolves.toBe('erased');
});

it('a delayed duplicate of any write changes nothing', async () => {
  const recorded: (PutCommand | UpdateCommand)[] = [];
  const recording = openTable(table.name);
  recording.client.middlewareStack.add(
    (next) => async (args) => {
      const input = args.input as PutCommandInput | UpdateCommandInput;
      if ('UpdateExpression' in input) recorded.push(new UpdateCommand(input));
      else if ('Item' in input) recorded.push(new PutCommand(input));
      return next(args);
    },
    { step: 'initialize', priority: 'high' },
  );
  const changed = peopleOf(recording);
  // Back to what was there before.
  for (const names of [patient, renamed(patient), patient]) {
    await changed.putPatient(names, origin());
  }
  await changed.erasePatient(patientId, origin(), ERASED_AT);
  for (const profile of [practitioner, renamed(practitioner), practitioner]) {
    await changed.putPractitioner(profile, origin());
  }
  for (const schedule of [SCHEDULE, ALWAYS_OPEN]) {
    await changed.putSchedule(practitionerId, schedule, origin());
  }
  expect(recorded).toHaveLength(9);
  const items = async () =>
    (await table.client.send(new ScanCommand({ TableName: table.name, ConsistentRead: true })))
      .Items;
  const before = await items();

  for (const write of recorded) {
    await expect(
      write instanceof PutCommand ? table.client.send(write) : table.client.send(write),
    ).rejects.toThrow(ConditionalCheckFailedException);
  }

  expect(await items()).toEqual(before);
  expect(await found()).toEqual({
    patient: 'erased',
    practitioner: { ...practitioner, schedule: ALWAYS_OPEN },
  });
});
