import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from '@jest/globals';
import type { Id, Name, Patient, Practitioner } from '../../src/domain/people.ts';
import type { PeopleRepository } from '../../src/domain/ports.ts';
import { ALWAYS_OPEN, type Schedule } from '../../src/domain/schedule.ts';
import { ALEXEI, BOB } from './people.ts';

const SCHEDULE = {
  hours: { fri: [], mon: [{ from: '09:00', to: '24:00' }] },
  timeOff: [{ from: '2021-01-07T09:30:00Z', to: '2021-01-09T00:00:00Z' }],
} as unknown as Schedule;

const ERASED_AT = '2021-01-05T09:15:30.000Z';

/** Who makes a change: each request has an id of its own. */
const origin = () => ({ requestId: randomUUID(), caller: null });
const newPatient = (): Patient => ({ ...ALEXEI, patientId: randomUUID() as Id });

/** The same person with another first name. */
const renamed = <Person extends Patient | Practitioner>(person: Person, to = 'Ann') => ({
  ...person,
  firstName: to as Name,
});

/** Tests that a store keeps people as the port promises. */
export function describePeople(open: () => PeopleRepository): void {
  let people: PeopleRepository;
  /** No other test uses them. */
  let patient: Patient;
  let practitioner: Practitioner;

  beforeEach(() => {
    people = open();
    patient = newPatient();
    practitioner = { ...BOB, practitionerId: randomUUID() as Id };
  });

  it('a patient is created, replaced, and left unchanged', async () => {
    for (const [names, kind] of [
      [patient, 'created'],
      [patient, 'unchanged'],
      [renamed(patient), 'replaced'],
      [patient, 'replaced'],
    ] as const) {
      await expect(people.putPatient(names, origin())).resolves.toEqual({ kind });
      await expect(people.findPatient(patient.patientId)).resolves.toEqual(names);
    }
  });

  it('an erased patient stays erased', async () => {
    const { patientId } = patient;
    await people.putPatient(patient, origin());

    for (const kind of ['erased', 'erased'] as const) {
      await expect(people.erasePatient(patientId, origin(), ERASED_AT)).resolves.toEqual({ kind });
      await expect(people.putPatient(patient, origin())).resolves.toEqual({
        kind: 'patient-erased',
      });
      await expect(people.findPatient(patientId)).resolves.toBe('erased');
      await expect(people.findPatients([patientId])).resolves.toEqual(new Map());
    }
  });

  it('several patients are found at once, without duplicates or unknown ones', async () => {
    const patients = Array.from({ length: 3 }, newPatient);
    for (const one of [...patients, patient]) await people.putPatient(one, origin());
    const ids = patients.map(({ patientId }) => patientId);

    const found = await people.findPatients([...ids, randomUUID() as Id, ...ids]);

    expect(found).toEqual(new Map(patients.map((one) => [one.patientId, one])));
    await expect(people.findPatients([])).resolves.toEqual(new Map());
  });

  it('a patient who does not exist is not erased, and can be created later', async () => {
    const { patientId } = patient;
    await people.putPractitioner({ ...practitioner, practitionerId: patientId }, origin());

    await expect(people.erasePatient(patientId, origin(), ERASED_AT)).resolves.toEqual({
      kind: 'patient-not-found',
    });
    await expect(people.findPatient(patientId)).resolves.toBeUndefined();
    await expect(people.putPatient(patient, origin())).resolves.toEqual({ kind: 'created' });
  });

  it('a practitioner is created always open, and keeps the schedule from then on', async () => {
    const { practitionerId } = practitioner;
    const withoutNpi = { ...practitioner, npi: null };

    await expect(people.putPractitioner(practitioner, origin())).resolves.toEqual({
      kind: 'created',
      practitioner: { ...practitioner, schedule: ALWAYS_OPEN },
    });
    await people.putSchedule(practitionerId, SCHEDULE, origin());
    for (const [profile, kind] of [
      [practitioner, 'unchanged'],
      [renamed(practitioner), 'replaced'],
      [withoutNpi, 'replaced'],
      [withoutNpi, 'unchanged'],
    ] as const) {
      const after = { ...profile, schedule: SCHEDULE };
      await expect(people.putPractitioner(profile, origin())).resolves.toEqual({
        kind,
        practitioner: after,
      });
      await expect(people.findPractitioner(practitionerId)).resolves.toEqual(after);
    }
  });

  it('a schedule is replaced and left unchanged, and nothing else', async () => {
    const { practitionerId } = practitioner;
    const closed = { hours: {}, timeOff: [] };
    await people.putPractitioner(practitioner, origin());

    for (const [schedule, kind] of [
      [ALWAYS_OPEN, 'unchanged'],
      [SCHEDULE, 'replaced'],
      [SCHEDULE, 'unchanged'],
      [closed, 'replaced'],
      [ALWAYS_OPEN, 'replaced'],
    ] as const) {
      const after = { ...practitioner, schedule };
      await expect(people.putSchedule(practitionerId, schedule, origin())).resolves.toEqual({
        kind,
        practitioner: after,
      });
      await expect(people.findPractitioner(practitionerId)).resolves.toEqual(after);
    }
  });

  it('a schedule needs a practitioner', async () => {
    const { practitionerId } = practitioner;
    await people.putPatient({ ...patient, patientId: practitionerId }, origin());

    await expect(people.putSchedule(practitionerId, SCHEDULE, origin())).resolves.toEqual({
      kind: 'practitioner-not-found',
    });
    await expect(people.findPractitioner(practitionerId)).resolves.toBeUndefined();
  });

  it('of the requests that put a new person at once, one creates them', async () => {
    const names = Array.from({ length: 5 }, (_, i) => `Ann ${i}`);
    const patients = names.map((name) => renamed(patient, name));
    const practitioners = names.map((name) => renamed(practitioner, name));

    const outcomes = await Promise.all([
      ...patients.map(async (one) => people.putPatient(one, origin())),
      ...practitioners.map(async (one) => people.putPractitioner(one, origin())),
    ]);

    const kinds = outcomes.map(({ kind }) => kind);
    for (const some of [kinds.slice(0, 5), kinds.slice(5)]) {
      expect(some.toSorted()).toEqual(['created', ...Array<string>(4).fill('replaced')]);
    }
    expect(patients).toContainEqual(await people.findPatient(patient.patientId));
  });

  it('an erasure wins over a new name at the same moment', async () => {
    await people.putPatient(patient, origin());

    await Promise.all([
      people.putPatient(renamed(patient), origin()),
      people.erasePatient(patient.patientId, origin(), ERASED_AT),
      people.putPatient(renamed(patient, 'Eve'), origin()),
    ]);

    await expect(people.findPatient(patient.patientId)).resolves.toBe('erased');
  });

  it('a profile and a schedule are changed at the same moment', async () => {
    await people.putPractitioner(practitioner, origin());
    const profile = renamed(practitioner);

    await Promise.all([
      people.putPractitioner(profile, origin()),
      people.putSchedule(practitioner.practitionerId, SCHEDULE, origin()),
    ]);

    await expect(people.findPractitioner(practitioner.practitionerId)).resolves.toEqual({
      ...profile,
      schedule: SCHEDULE,
    });
  });
}
