import { describe, expect, it } from '@jest/globals';
import type { Appointment, AppointmentId } from '../../../src/domain/appointment.ts';
import type { Slot } from '../../../src/domain/slot.ts';
import type { OperationName } from '../../../src/handlers/http/access.ts';
import { captureLog } from '../../support/capture-log.ts';
import { requestFor, send, storeWith } from '../../support/operations.ts';
import { appointment, cancelled, ID } from '../../support/people.ts';

captureLog();

const idOn = (day: string) => ID.replace(/..$/, day) as AppointmentId;
const on = (day: string) =>
  ({ appointmentId: idOn(day), slot: `2021-01-${day}T09:30:00Z` as Slot }) as const;

/** Alexei's appointments: the one of the 8th was cancelled. */
const RECORD: readonly Appointment[] = [
  appointment(on('06')),
  appointment(on('07')),
  cancelled(on('08')),
  appointment(on('09')),
];

async function page(name: OperationName, query: Record<string, string>) {
  const event = requestFor(name, { queryStringParameters: query });
  const { status, headers, body } = await send(event, await storeWith(RECORD));
  expect(status).toBe(200);
  return {
    days: (body as { start_time: string }[]).map(({ start_time }) => start_time.slice(8, 10)),
    link: headers?.['Link'],
  };
}

/** The position in an agenda, encoded. */
const position = (day: string) => `2021-01-${day}T09%3A30%3A00Z_${idOn(day)}`;

describe('the link to the next page', () => {
  it.each<[OperationName, Record<string, string>, string[], string]>([
    ['list', { limit: '2' }, ['06', '07'], 'from=2021-01-08&limit=2'],
    [
      'list',
      { to: '2021-01-31', order: 'asc', limit: '1', from: '2021-01-01' },
      ['06'],
      'from=2021-01-07&limit=1&order=asc&to=2021-01-31',
    ],
    ['list', { order: 'desc', limit: '2' }, ['09', '07'], 'limit=2&order=desc&to=2021-01-06'],
    [
      'list',
      { status: 'all', limit: '3' },
      ['06', '07', '08'],
      `after=${idOn('08')}&from=2021-01-08&limit=3&status=all`,
    ],
    [
      'list',
      { status: 'all', order: 'desc', limit: '2', to: '2021-01-08' },
      ['08', '07'],
      `after=${idOn('07')}&limit=2&order=desc&status=all&to=2021-01-07`,
    ],
    ['agenda', { limit: '2' }, ['06', '07'], `after=${position('07')}&limit=2`],
    [
      'agenda',
      { to: '2021-01-31', limit: '1', from: '2021-01-01', order: 'desc' },
      ['09'],
      `after=${position('09')}&from=2021-01-01&limit=1&order=desc&to=2021-01-31`,
    ],
  ])('of %s with %j continues after the page', async (name, query, days, search) => {
    const path = name === 'list' ? 'patients' : 'practitioners';

    await expect(page(name, query)).resolves.toEqual({
      days,
      link: `</api/${path}/1/appointments?${search}>; rel="next"`,
    });
  });

  it.each(
    (['list', 'agenda'] as const).flatMap((name) =>
      (['asc', 'desc'] as const).flatMap((order) => [
        [name, { order }, ['06', '07', '09']] as const,
        ...(name === 'list'
          ? [[name, { order, status: 'all' }, ['06', '07', '08', '09']] as const]
          : []),
      ]),
    ),
  )('of %s with %j leads to every appointment once', async (name, query, expected) => {
    const days: string[] = [];
    let search: string | undefined = new URLSearchParams({ ...query, limit: '1' }).toString();
    let pages = 0;
    for (; search !== undefined && pages <= RECORD.length; pages += 1) {
      const next = await page(name, Object.fromEntries(new URLSearchParams(search)));
      days.push(...next.days);
      search = /^<[^?]*\?(.*)>; rel="next"$/.exec(String(next.link))?.[1];
    }

    expect(days).toEqual(query.order === 'asc' ? expected : [...expected].reverse());
    expect(pages).toBe(expected.length);
  });

  it.each<[OperationName, Record<string, string>, string[]]>([
    ['list', { limit: '3' }, ['06', '07', '09']],
    ['list', { status: 'all', limit: '4' }, ['06', '07', '08', '09']],
    ['list', { from: '2021-01-07', to: '2021-01-08', limit: '1' }, ['07']],
    ['agenda', { limit: '3' }, ['06', '07', '09']],
    ['agenda', { from: '2021-01-07', to: '2021-01-07', limit: '1' }, ['07']],
    ['agenda', { after: `2021-01-07T09:30:00Z_${idOn('07')}` }, ['09']],
  ])('of %s with %j is absent if no appointment remains', async (name, query, days) => {
    await expect(page(name, query)).resolves.toEqual({ days, link: undefined });
  });
});

describe('a page', () => {
  it.each([
    ['list', 1000, 1001, 'from=1902-09-28'],
    ['agenda', 100, 101, 'after=1900-04-10T00%3A00%3A00Z_'],
  ] as const)('of %s has at most %i appointments by default', async (name, limit, length, next) => {
    const many = Array.from({ length }, (_, i) => {
      const date = new Date(Date.UTC(1900, 0, 1 + i)).toISOString().slice(0, 10);
      const appointmentId = ID.replace(/.{4}$/, String(i).padStart(4, '0')) as AppointmentId;
      return appointment({ appointmentId, slot: `${date}T00:00:00Z` as Slot });
    });

    const { headers, body } = await send(
      requestFor(name, { queryStringParameters: {} }),
      await storeWith(many),
    );

    expect(body).toHaveLength(limit);
    expect(headers?.['Link']).toContain(next);
  });
});
