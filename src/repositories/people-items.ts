// The format of the items of people, and the conditions on it.
import type { Origin } from '../domain/appointment.ts';
import type { Parsed } from '../domain/parsed.ts';
import {
  ID,
  NAME,
  NPI,
  type Patient,
  type Practitioner,
  type ScheduledPractitioner,
} from '../domain/people.ts';
import { DAYS_OF_WEEK, type Range, type Schedule, TIME_OF_DAY } from '../domain/schedule.ts';
import { HALF_HOUR } from '../domain/slot.ts';
import { attribute, InvalidItemError, nullable, optional, text } from './attributes.ts';
import { patientKey, practitionerKey } from './keys.ts';
import type { Item } from './store.ts';
import type { Condition } from './writes.ts';

/**
 * The attribute with the request id of the last change. A practitioner has one for the profile and one for the
 * schedule, so that a change of one never fails because of the other.
 */
export type Version = 'request_id' | 'schedule_request_id';

/** @throws InvalidItemError */
export function parsePatient(item: Item): Patient | 'erased' {
  versionOf(item, 'request_id');
  const patientId = attribute(item, 'patient_id', ID.parse);
  if (optional(item, 'erased_at', text) !== undefined) return 'erased';
  return { patientId, ...parseNames(item) };
}

/** @throws InvalidItemError */
export function parsePractitioner(item: Item): ScheduledPractitioner {
  versionOf(item, 'request_id');
  versionOf(item, 'schedule_request_id');
  return {
    practitionerId: attribute(item, 'practitioner_id', ID.parse),
    ...parseNames(item),
    npi: nullable(item, 'npi', NPI.parse),
    schedule: parseSchedule(item),
  };
}

function parseNames(item: Item) {
  return {
    firstName: attribute(item, 'first_name', NAME.parse),
    lastName: attribute(item, 'last_name', NAME.parse),
  };
}

function parseSchedule(item: Item): Schedule {
  return {
    hours: parseHours(item['hours'] as Item | null | undefined),
    timeOff: parseRanges(item['time_off'], 'time_off', HALF_HOUR.parse),
  };
}

function parseHours(hours: Item | null | undefined): Schedule['hours'] {
  if (hours === null) return null;
  const days = DAYS_OF_WEEK.filter((day) => hours?.[day] !== undefined);
  if (hours?.constructor !== Object || Object.keys(hours).length > days.length) {
    throw new InvalidItemError('hours', 'must be null or a map of days of the week');
  }
  return Object.fromEntries(
    days.map((day) => [day, parseRanges(hours[day], `hours.${day}`, TIME_OF_DAY.parse)]),
  );
}

function parseRanges<T>(
  ranges: unknown,
  path: string,
  parse: (text: string) => Parsed<T>,
): Range<T>[] {
  if (!Array.isArray(ranges)) throw new InvalidItemError(path, 'must be a list');
  return ranges.map((range: Item | null) => ({
    from: attribute(range, 'from', parse, `${path}.from`),
    to: attribute(range, 'to', parse, `${path}.to`),
  }));
}

/** @throws InvalidItemError if it could not be read back */
export function patientItemOf(patient: Patient, origin: Origin) {
  const { patientId } = patient;
  const item = {
    ...patientKey(patientId),
    patient_id: patientId,
    ...namesOf(patient, origin),
    created_request_id: origin.requestId,
  };
  parsePatient(item);
  return item;
}

/** @throws InvalidItemError if it could not be read back */
export function practitionerItemOf(practitioner: ScheduledPractitioner, origin: Origin) {
  const { practitionerId, schedule } = practitioner;
  const item = {
    ...practitionerKey(practitionerId),
    practitioner_id: practitionerId,
    ...profileOf(practitioner, origin),
    ...scheduleOf(schedule, origin),
    created_request_id: origin.requestId,
  };
  parsePractitioner(item);
  return item;
}

/**
 * The names of a person, and who changed them last.
 *
 * @throws InvalidItemError if the origin has no request id
 */
export function namesOf(
  { firstName, lastName }: Pick<Patient, 'firstName' | 'lastName'>,
  origin: Origin,
) {
  return { first_name: firstName, last_name: lastName, ...changedBy(origin) };
}

/** The names and the NPI of a practitioner, and who changed them last. */
export function profileOf(practitioner: Practitioner, origin: Origin) {
  return { ...namesOf(practitioner, origin), npi: practitioner.npi };
}

/** What erasing a patient changes: the names are gone, and the rest of the item stays. */
export function erasureOf(erasedAt: string, origin: Origin): Item {
  return {
    erased_at: erasedAt,
    first_name: undefined,
    last_name: undefined,
    ...changedBy(origin),
  };
}

/** The schedule of a practitioner, and who changed it last. */
export function scheduleOf({ hours, timeOff }: Schedule, { requestId, caller }: Origin) {
  const attributes = {
    hours,
    time_off: timeOff,
    schedule_request_id: requestId,
    schedule_updated_by: caller,
  };
  return withVersion(attributes, 'schedule_request_id');
}

function changedBy({ requestId, caller }: Origin) {
  return withVersion({ request_id: requestId, updated_by: caller }, 'request_id');
}

/** Without a request id, an update would remove the version. */
function withVersion<Attributes extends Item>(attributes: Attributes, version: Version) {
  versionOf(attributes, version);
  return attributes;
}

/** The request id of the last change. */
export function versionOf(item: Item | undefined, version: Version): string | undefined {
  return item && attribute(item, version, text);
}

/** The request id of the request that added the person. */
export function creatorOf(item: Item | undefined): string | undefined {
  return item && attribute(item, 'created_request_id', text);
}

/** The item has not changed since it was read. */
export function ifUnchanged(item: Item, version: Version): Condition {
  return {
    ConditionExpression: '#version = :version',
    ExpressionAttributeNames: { '#version': version },
    ExpressionAttributeValues: { ':version': versionOf(item, version) },
  };
}
