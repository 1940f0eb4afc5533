import { describe, expect, it } from '@jest/globals';
import ICAL from 'ical.js';
import type { Name } from '../../../src/domain/people.ts';
import { appointmentQueries } from '../../../src/handlers/appointment-queries.ts';
import { calendarOf, prefersCalendar } from '../../../src/handlers/http/calendar.ts';
import { captureLog } from '../../support/capture-log.ts';
import type { MemoryStore } from '../../support/memory-store.ts';
import { requestFor, send, storeWith } from '../../support/operations.ts';
import { ALEXEI, appointment, BOB, ID } from '../../support/people.ts';
import { ANY_HEADERS, problem } from '../../support/responses.ts';

captureLog();

/** Gets Alexei's appointment of a date as a calendar does. */
async function get(store: MemoryStore, date = '2021-01-07', accept = 'text/calendar') {
  const event = requestFor('get', {
    pathParameters: { patient_id: '1', date },
    headers: { accept },
  });
  const handler = appointmentQueries({ auth: 'none', repositoriesFor: () => store });
  const response = await handler(event, { getRemainingTimeInMillis: () => 15_000 } as never);
  return { ...response, body: response.body ?? '' };
}

/** What a calendar reads from a file. */
function read(file: string) {
  const calendar = new ICAL.Component(ICAL.parse(file) as unknown[]);
  const [component, ...others] = calendar.getAllSubcomponents();
  if (component === undefined || others.length > 0) throw new Error('not one component');
  const event = new ICAL.Event(component);
  return {
    version: calendar.getFirstPropertyValue('version'),
    type: component.name,
    uid: event.uid,
    sequence: event.sequence,
    changed: String(component.getFirstPropertyValue('dtstamp')),
    start: `${event.startDate.toString()} ${event.startDate.zone.tzid}`,
    end: `${event.endDate.toString()} ${event.endDate.zone.tzid}`,
    status: component.getFirstPropertyValue('status'),
    summary: event.summary,
  };
}

const appointmentIdOf = (body: unknown) => (body as { appointment_id: string }).appointment_id;

describe('an appointment as an iCalendar object', () => {
  it('has its times in UTC, and nothing of the patient', async () => {
    const { statusCode, headers, body } = await get(await storeWith([appointment()]));

    expect({ statusCode, headers }).toEqual({
      statusCode: 200,
      headers: { ...ANY_HEADERS, 'Content-Type': 'text/calendar; charset=utf-8' },
    });
    expect(read(body)).toEqual({
      version: '2.0',
      type: 'vevent',
      uid: ID,
      sequence: 0,
      changed: '2021-01-01T12:00:00Z',
      start: '2021-01-07T00:00:00Z UTC',
      end: '2021-01-07T00:30:00Z UTC',
      status: 'CONFIRMED',
      summary: 'Appointment with Bob Dr',
    });
    expect(body).not.toMatch(new RegExp(`${ALEXEI.firstName}|${ALEXEI.lastName}`, 'i'));
  });

  it('keeps its UID, and its SEQUENCE grows, in a chain of reschedules until it is cancelled', async () => {
    const store = await storeWith([appointment()]);
    const files = [(await get(store)).body];
    let id: string = ID;
    const command = async (name: 'reschedule' | 'cancel', date: string, body: object) => {
      const event = requestFor(name, {
        pathParameters: { patient_id: '1', date },
        body: { appointment_id: id, ...body },
      });
      id = appointmentIdOf((await send(event, store)).body);
    };
    const move = async (from: string, to: string) => {
      await command('reschedule', from, { start_time: to, practitioner_id: 2 });
      // The date that it left, if it left it, and the one that it has now.
      if (!to.startsWith(from)) files.push((await get(store, from)).body);
      files.push((await get(store, to.slice(0, 10))).body);
    };

    await move('2021-01-07', '2021-01-08 09:30:00');
    await move('2021-01-08', '2021-01-08 10:00:00');
    await move('2021-01-08', '2021-01-07 11:00:00');
    await command('cancel', '2021-01-07', { reason: 'pat' });
    files.push((await get(store)).body);

    const states = files.map(read);
    expect(new Set(states.map(({ uid }) => uid))).toEqual(new Set([ID]));
    const sequences = states.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...new Set(sequences)].toSorted((a, b) => a - b));
    expect(states.map(({ status, start }) => `${status?.toString() ?? ''} ${start}`)).toEqual([
      'CONFIRMED 2021-01-07T00:00:00Z UTC',
      'CANCELLED 2021-01-07T00:00:00Z UTC',
      'CONFIRMED 2021-01-08T09:30:00Z UTC',
      'CONFIRMED 2021-01-08T10:00:00Z UTC',
      'CANCELLED 2021-01-08T10:00:00Z UTC',
      'CONFIRMED 2021-01-07T11:00:00Z UTC',
      'CANCELLED 2021-01-07T11:00:00Z UTC',
    ]);
  });

  it('does not change if attendance is recorded', async () => {
    const store = await storeWith([appointment()]);
    const before = await get(store);
    await send(requestFor('recordAttendance'), store);

    expect((await get(store)).body).toBe(before.body);
  });

  it.each([
    'O, Brien; née "Dr": \\n',
    '\\,;\\;,',
    'x'.repeat(100),
    'é'.repeat(100),
    '漢'.repeat(100),
    // 4 bytes each, in UTF-16 two units.
    '🩺'.repeat(100),
    `${'x'.repeat(23)}${'🩺é漢,'.repeat(19)}`,
  ])('has the name %j, in lines of at most 75 bytes', (lastName) => {
    const practitioner = { ...BOB, firstName: 'Bob' as Name, lastName: lastName as Name };

    const file = calendarOf(appointment({ practitioner }));

    expect(read(file).summary).toBe(`Appointment with Bob ${lastName}`);
    const lines = file.split('\r\n');
    expect(lines.pop()).toBe('');
    expect(lines.filter((line) => /[\r\n]/.test(line))).toEqual([]);
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
    // No line break is within a character, and no line ends before it must.
    expect(lines.filter((line) => !line.isWellFormed())).toEqual([]);
    for (const [index, line] of lines.entries()) {
      const next = lines[index + 1] ?? '';
      // The longest character has 4 bytes.
      if (next.startsWith(' ')) expect(Buffer.byteLength(line)).toBeGreaterThan(75 - 4);
    }
  });
});

describe('Accept', () => {
  it.each([
    'text/calendar',
    'TEXT/Calendar',
    'text/calendar; charset=utf-8',
    ' application/json;q=0.5 , text/calendar ;q=0.9',
    'text/html, text/calendar, */*',
    'text/calendar, application/json',
    'text/calendar;q=0.001',
    'text/calendar; Q=1.0',
  ])('prefers iCalendar: %j', (accept) => {
    expect(prefersCalendar(accept)).toBe(true);
  });

  it.each([
    undefined,
    '',
    '*/*',
    'text/*',
    'application/json',
    'application/json, text/calendar;q=0.9',
    'text/calendar;q=0',
    'text/calendar;q=0.000',
    'text/calendar;q=high',
    'text/calendars',
    'x-text/calendar',
    'application/calendar+json',
    'text/calendar/x, ,;q=1',
  ])('prefers JSON: %j', (accept) => {
    expect(prefersCalendar(accept)).toBe(false);
  });

  it('does not change errors, and JSON stays the default', async () => {
    const store = await storeWith([appointment()]);
    const json = await get(store, '2021-01-07', 'image/png, */*');
    expect(json.headers).toMatchObject({ 'Content-Type': 'application/json' });
    expect(JSON.parse(json.body)).toMatchObject({ appointment_id: ID });

    const errors = [{ parameter: 'date', detail: 'must be a date that exists' }];
    for (const [date, expected] of [
      ['2021-01-09', problem(404, 'appointment-not-found')],
      ['2021-02-30', problem(400, 'invalid-request', { errors })],
    ] as const) {
      const { statusCode, headers, body } = await get(store, date);
      const answer = { status: statusCode, headers, body: JSON.parse(body) as unknown };
      expect(answer).toEqual(expected);
    }
  });
});
