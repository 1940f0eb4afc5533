import { isDeepStrictEqual } from 'node:util';
import type { Origin } from '../domain/appointment.ts';
import type { Id, Patient, Practitioner, ScheduledPractitioner } from '../domain/people.ts';
import type { PeopleReads, PeopleRepository } from '../domain/ports.ts';
import { ALWAYS_OPEN } from '../domain/schedule.ts';
import { type Key, patientKey, practitionerKey } from './keys.ts';
import {
  creatorOf,
  erasureOf,
  ifUnchanged,
  namesOf,
  parsePatient,
  parsePractitioner,
  patientItemOf,
  practitionerItemOf,
  profileOf,
  scheduleOf,
  type Version,
  versionOf,
} from './people-items.ts';
import type { Reads } from './reads.ts';
import type { Item, Store } from './store.ts';
import { ABSENT, put, update, type WriteAction, write } from './writes.ts';

/** The patients and practitioners of the table, for reading only. */
export function createPeopleReads(reads: Reads): PeopleReads {
  return {
    async findPatient(patientId) {
      const item = await reads.get(patientKey(patientId));
      return item && parsePatient(item);
    },

    async findPatients(patientIds) {
      const items = await reads.getAll([...new Set(patientIds)].map(patientKey));
      const patients = items.map(parsePatient).filter((patient) => patient !== 'erased');
      return new Map(patients.map((patient) => [patient.patientId, patient]));
    },

    async findPractitioner(practitionerId) {
      const item = await reads.get(practitionerKey(practitionerId));
      return item && parsePractitioner(item);
    },
  };
}

/** What a change does with the item that it finds: nothing, or a write that is conditional on the item's version. */
type Step<Outcome> =
  | { readonly outcome: Outcome; readonly action?: undefined }
  | {
      readonly outcome: Outcome;
      readonly action: WriteAction;
      /** Whether no later change can undo it. */
      readonly isLasting?: boolean;
    };

type OutcomeOf<Method extends keyof PeopleRepository> = Awaited<
  ReturnType<PeopleRepository[Method]>
>;

/** The patients and practitioners of the table. */
export function createPeopleRepository(store: Store, reads: Reads): PeopleRepository {
  /**
   * Changes an item by compare-and-set: decides by the item that it finds, and starts over if another change came
   * first. The version never takes an earlier value again, so a write that arrives late changes nothing.
   */
  async function change<Outcome>(
    key: Key,
    version: Version,
    { requestId }: Origin,
    decide: (item: Item | undefined) => Step<Outcome>,
  ): Promise<Outcome> {
    let item = await reads.get(key);
    for (;;) {
      const step = decide(item);
      if (step.action === undefined) return step.outcome;
      const written = await write(store, [step.action]);
      if (written.kind === 'written') return step.outcome;

      const found = written.kind === 'unknown' ? await reads.get(key) : written.item;
      const isOwn =
        versionOf(found, version) === requestId ||
        (item === undefined && creatorOf(found) === requestId);
      if (isOwn) return step.outcome;
      if (written.kind === 'unknown' && versionOf(found, version) === versionOf(item, version)) {
        // A read that finds the item as it was settles nothing, because the write can still arrive.
        throw written.error;
      }
      const mayBeWritten = written.kind === 'unknown' || written.isRetried;
      if (mayBeWritten && item !== undefined && step.isLasting !== true) {
        // Another change has followed the version that this one needs. So this one was stored before that change, or
        // never will be. Both look as if it had happened just before that change.
        return step.outcome;
      }
      item = found;
    }
  }

  return {
    ...createPeopleReads(reads),

    async putPatient(patient: Patient, origin) {
      const key = patientKey(patient.patientId);
      return change<OutcomeOf<'putPatient'>>(key, 'request_id', origin, (item) => {
        if (item === undefined) {
          const action = put(store, patientItemOf(patient, origin), ABSENT);
          return { outcome: { kind: 'created' }, action };
        }
        const found = parsePatient(item);
        if (found === 'erased') return { outcome: { kind: 'patient-erased' } };
        if (found.firstName === patient.firstName && found.lastName === patient.lastName) {
          return { outcome: { kind: 'unchanged' } };
        }
        const attributes = namesOf(patient, origin);
        const action = update(store, key, attributes, ifUnchanged(item, 'request_id'));
        return { outcome: { kind: 'replaced' }, action };
      });
    },

    async erasePatient(patientId: Id, origin, erasedAt) {
      const key = patientKey(patientId);
      return change<OutcomeOf<'erasePatient'>>(key, 'request_id', origin, (item) => {
        if (item === undefined) return { outcome: { kind: 'patient-not-found' } };
        if (parsePatient(item) === 'erased') return { outcome: { kind: 'erased' } };
        const attributes = erasureOf(erasedAt, origin);
        const action = update(store, key, attributes, ifUnchanged(item, 'request_id'));
        return { outcome: { kind: 'erased' }, action, isLasting: true };
      });
    },

    async putPractitioner(practitioner: Practitioner, origin) {
      const key = practitionerKey(practitioner.practitionerId);
      return change<OutcomeOf<'putPractitioner'>>(key, 'request_id', origin, (item) => {
        if (item === undefined) {
          const added = { ...practitioner, schedule: ALWAYS_OPEN };
          const action = put(store, practitionerItemOf(added, origin), ABSENT);
          return { outcome: { kind: 'created', practitioner: added }, action };
        }
        const { schedule, ...found } = parsePractitioner(item);
        const outcome = { practitioner: { ...practitioner, schedule } };
        if (isDeepStrictEqual(found, practitioner))
          return { outcome: { kind: 'unchanged', ...outcome } };
        const attributes = profileOf(practitioner, origin);
        const action = update(store, key, attributes, ifUnchanged(item, 'request_id'));
        return { outcome: { kind: 'replaced', ...outcome }, action };
      });
    },

    async putSchedule(practitionerId, schedule, origin) {
      const key = practitionerKey(practitionerId);
      return change<OutcomeOf<'putSchedule'>>(key, 'schedule_request_id', origin, (item) => {
        if (item === undefined) return { outcome: { kind: 'practitioner-not-found' } };
        const found = parsePractitioner(item);
        const practitioner: ScheduledPractitioner = { ...found, schedule };
        if (isDeepStrictEqual(found.schedule, schedule)) {
          return { outcome: { kind: 'unchanged', practitioner } };
        }
        const attributes = scheduleOf(schedule, origin);
        const action = update(store, key, attributes, ifUnchanged(item, 'schedule_request_id'));
        return { outcome: { kind: 'replaced', practitioner }, action };
      });
    },
  };
}
