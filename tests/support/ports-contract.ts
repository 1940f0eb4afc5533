import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Appointment,
  type AppointmentReference,
  type Attendance,
  agendaPositionOf,
  type Cancellation,
  type EndedAppointment,
  hasEnded,
} from '../../src/domain/appointment.ts';
import type { Id } from '../../src/domain/people.ts';
import {
  type AgendaRange,
  type AppointmentRepository,
  type DateRange,
  type Page,
  PRACTITIONER_DOUBLE_BOOKING,
  type PractitionerDoubleBooking,
  type Repositories,
} from '../../src/domain/ports.ts';
import { FIRST_DATE, LAST_DATE, type Slot, slotDate } from '../../src/domain/slot.ts';
import { cancelled, january, NOSHOW, newAppointment, type People } from './people.ts';
import { describePeople } from './people-contract.ts';

/** A store behind the ports. Its repositories see the same data in both modes of double booking. */
type StoreUnderTest = (doubleBooking: PractitionerDoubleBooking) => Repositories;

/** Tests that a store does what the ports promise. */
export function describePorts(openStore: () => Promise<StoreUnderTest>): void {
  let opening: Promise<StoreUnderTest> | undefined;
  let open: StoreUnderTest;

  // Not `beforeAll`: the mutation tests know which test runs which code, but only of code that runs within a test.
  beforeEach(async () => {
    open = await (opening ??= openStore());
  });

  describe('people', () => {
    describePeople(() => open('allow').people);
  });
  describe.each(PRACTITIONER_DOUBLE_BOOKING)('double booking: %s', (doubleBooking) => {
    describeWrites((mode) => open(mode), doubleBooking);
  });
  describe('the appointments of a patient', () => {
    describePatientList(() => open('allow').appointments);
  });
  describe('the appointments of a practitioner', () => {
    describeAgenda(() => open('allow').appointments);
  });
}

const EVER = { from: FIRST_DATE, to: LAST_DATE, limit: 1000 } as const;
const CANCELLATION = cancelled().ending as Cancellation;

const BOOKED = { kind: 'booked' };
const RESCHEDULED = { kind: 'rescheduled' };
const SLOT_TAKEN = { kind: 'practitioner-slot-taken' };
const heldBy = (holder: Appointment) => ({ kind: 'patient-day-taken', holder });
const takenBy = (holder: Appointment) => ({ ...heldBy(holder), isRetried: false });

const newId = () => randomUUID() as Id;
const newPeople = (): People => ({ patientId: newId(), practitionerId: newId() });
const dateOf = ({ slot }: Appointment) => slotDate(slot);
const isBooked = (one: Appointment) => !hasEnded(one);
const referenceTo = (appointment: Appointment): AppointmentReference => ({
  date: dateOf(appointment),
  appointmentId: appointment.appointmentId,
});

/** By start time, then by the time of booking, and then by id. */
const byStart = (all: readonly Appointment[]) =>
  sortBy(all, ({ slot, createdAt, appointmentId }) => [slot, createdAt, appointmentId].join());
const byPosition = (all: readonly Appointment[]) => sortBy(all, agendaPositionOf);

function sortBy<T>(all: readonly T[], key: (one: T) => string): T[] {
  return all.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

async function expectEqual(actual: Promise<unknown>, expected: unknown): Promise<void> {
  expect(await actual).toEqual(expected);
}

/** Reads until the expectation holds, at most 100 times, because an agenda can miss the latest writes. */
async function eventually(expectation: () => Promise<void>): Promise<void> {
  for (let tries = 1; tries < 100; tries += 1) {
    const isMet = await expectation().then(
      () => true,
      () => false,
    );
    if (isMet) return;
    await sleep(20);
  }
  await expectation();
}

/** Follows the pages of a list to its end, and expects each appointment once, in order. */
async function expectPages(
  ordered: readonly Appointment[],
  listAfter: (limit: number, last?: Appointment) => Promise<Page<Appointment>>,
): Promise<void> {
  for (const limit of [1, 2, 3, 5, ordered.length, ordered.length + 1]) {
    for (let begin = 0; begin < ordered.length; begin += limit) {
      await expectEqual(listAfter(limit, ordered[begin - 1]), {
        items: ordered.slice(begin, begin + limit),
        more: begin + limit < ordered.length,
      });
    }
    await expectEqual(listAfter(limit, ordered.at(-1)), { items: [], more: false });
  }
}

function describeWrites(open: StoreUnderTest, doubleBooking: PractitionerDoubleBooking): void {
  const isAllowed = doubleBooking === 'allow';
  let appointments: AppointmentRepository;
  /** Two patients of one practitioner. */
  let alexei: People;
  let ann: People;

  beforeEach(() => {
    ({ appointments } = open(doubleBooking));
    alexei = newPeople();
    ann = { ...alexei, patientId: newId() };
  });

  const on = (slot: Slot, of = alexei) => newAppointment(of, slot);
  const book = async (appointment: Appointment, replaced?: EndedAppointment) => {
    await expectEqual(appointments.create(appointment, replaced), BOOKED);
    return appointment;
  };
  const booked = async (slot = january(7), of = alexei) => book(on(slot, of));
  const cancel = async (appointment: Appointment): Promise<EndedAppointment> => {
    const ended = { ...appointment, ending: CANCELLATION };
    await expectEqual(appointments.cancel(appointment, CANCELLATION), ended);
    return ended;
  };
  const attendance = (code: Attendance['code']): Attendance => {
    return { ...NOSHOW, code, recordedBy: { requestId: newId(), caller: null } };
  };
  const record = async (appointment: Appointment, recorded = attendance('arrived')) => {
    const after = { ...appointment, attendance: recorded };
    await expectEqual(appointments.recordAttendance(appointment, recorded), after);
    return after;
  };
  const reschedule = async (
    old: Appointment,
    to: Appointment,
    replaced?: EndedAppointment,
  ): Promise<EndedAppointment> => {
    await expectEqual(appointments.reschedule(old, to, replaced), RESCHEDULED);
    const ending = {
      status: 'rescheduled',
      rescheduledAt: to.createdAt,
      rescheduledTo: referenceTo(to),
      endedBy: to.bookedBy,
    } as const;
    return { ...old, ending };
  };

  /** Expects exactly these appointments: those that have a date, and those that were replaced. */
  async function expectStored(
    holders: readonly Appointment[],
    replaced: readonly Appointment[] = [],
  ): Promise<void> {
    const all = [...holders, ...replaced];
    for (const one of all) {
      await expectEqual(appointments.find(one.patientId, referenceTo(one)), one);
    }
    for (const holder of holders) {
      const { patientId } = holder;
      const isOfDate = (one: Appointment) =>
        one.patientId === patientId && dateOf(one) === dateOf(holder);
      await expectEqual(appointments.findByDate(patientId, dateOf(holder)), holder);
      const found = await appointments.listReplaced(patientId, dateOf(holder));
      expect(byStart(found)).toEqual(byStart(replaced.filter(isOfDate)));
    }
    for (const { patientId } of [alexei, ann]) {
      const range = { ...EVER, patientId, status: 'all', order: 'asc' } as const;
      const items = byStart(all.filter((one) => one.patientId === patientId));
      await expectEqual(appointments.listByPatient(range), { items, more: false });
    }
    for (const practitionerId of new Set(all.map((one) => one.practitioner.practitionerId))) {
      const items = byPosition(
        all.filter((one) => isBooked(one) && one.practitioner.practitionerId === practitionerId),
      );
      for (const date of new Set(all.map(dateOf))) {
        const slots = items.filter((one) => dateOf(one) === date).map(({ slot }) => slot);
        const busy = new Set(isAllowed ? [] : slots);
        await expectEqual(appointments.listBusySlots(practitionerId, date, date), busy);
      }
      const range = { ...EVER, practitionerId, order: 'asc' } as const;
      await eventually(async () => {
        await expectEqual(appointments.listByPractitioner(range), { items, more: false });
      });
    }
  }

  it('create takes a free date', async () => {
    await expectStored([
      await booked(),
      await booked(january(8)),
      await booked(january(7, '10:00'), ann),
      await booked(january(6), { ...alexei, practitionerId: newId() }),
    ]);
  });

  it('create finds who has a date, also if another patient has the slot', async () => {
    const [first, ofAnn] = [await booked(), await booked(january(7, '10:00'), ann)];

    await expectEqual(appointments.create(on(january(7, '11:00'))), takenBy(first));
    await expectEqual(appointments.create(on(ofAnn.slot)), takenBy(first));
    await expectStored([first, ofAnn]);
  });

  it('create takes a slot that another patient has only if double booking is allowed', async () => {
    const first = await booked();
    const second = on(first.slot, ann);

    await expectEqual(appointments.create(second), isAllowed ? BOOKED : SLOT_TAKEN);
    await expectStored(isAllowed ? [first, second] : [first]);
  });

  it('create takes a date only from the ended appointment that it replaces', async () => {
    const first = await cancel(await booked());
    const [second, third] = [on(january(7, '10:00')), on(first.slot)];
    await expectEqual(appointments.create(second), takenBy(first));
    await expectStored([first]);

    await book(second, first);
    await expectStored([second], [first]);
    await expectEqual(appointments.create(third, first), takenBy(second));
    const ended = await cancel(second);
    await expectEqual(appointments.create(third, first), takenBy(ended));
    await expectStored([ended], [first]);

    await book(third, ended);
    await expectStored([third], [first, ended]);
  });

  it('find needs the patient, the date, and the id', async () => {
    const first = await cancel(await booked());
    const second = await book(on(january(7, '10:00')), first);
    await booked(january(8));
    await booked(january(7, '11:00'), ann);

    for (const { appointmentId } of [first, second, on(january(7))]) {
      const isStored = [first.appointmentId, second.appointmentId].includes(appointmentId);
      for (const patientId of [alexei.patientId, ann.patientId, newId()]) {
        for (const day of [7, 8, 9]) {
          const date = slotDate(january(day));
          const found = await appointments.find(patientId, { date, appointmentId });
          expect(found !== undefined).toBe(isStored && patientId === alexei.patientId && day === 7);
        }
      }
    }
    const nextDate = slotDate(january(9));
    await expectEqual(appointments.findByDate(alexei.patientId, nextDate), undefined);
  });

  it('cancel and recordAttendance reject an appointment that was never stored', async () => {
    const [first, unknown] = [await booked(), on(january(7))];
    for (const change of [
      async () => appointments.cancel(unknown, CANCELLATION),
      async () => appointments.recordAttendance(unknown, attendance('arrived')),
    ]) {
      await expect(change).rejects.toThrow('the appointment is gone');
    }
    await expectStored([first]);
  });

  it('cancel keeps attendance that was recorded since the appointment was read', async () => {
    const first = await booked();
    const ended = { ...(await record(first)), ending: CANCELLATION };

    await expectEqual(appointments.cancel(first, CANCELLATION), ended);
    await expectStored([ended]);
  });

  it('recordAttendance records and clears attendance, unless it changed after the read', async () => {
    const [first, arrived] = [await booked(), attendance('arrived')];
    const second = await record(first, arrived);
    await record(first, arrived);
    await expectStored([second]);

    const third = await record(second, attendance(null));
    for (const [read, late] of [
      [first, arrived],
      [first, attendance('fulfilled')],
      [second, attendance('fulfilled')],
    ] as const) {
      await expectEqual(appointments.recordAttendance(read, late), third);
    }
    await expectStored([third]);
  });

  it('recordAttendance changes nothing after the end, even if the date was booked again', async () => {
    const first = await booked();
    const ended = await cancel(first);
    const record = async () => appointments.recordAttendance(first, attendance('noshow'));
    await expectEqual(record(), ended);
    await expectStored([ended]);

    const second = await book(on(january(7, '10:00')), ended);
    await expectEqual(record(), ended);
    await expectStored([second], [ended]);
  });

  it('create and cancel change nothing if they arrive again and late', async () => {
    const first = await booked();
    await book(first);
    await expectStored([first]);
    const ended = await cancel(first);
    const cancelAgain = async () => appointments.cancel(first, { ...CANCELLATION, reason: null });
    await expectEqual(appointments.create(first), takenBy(ended));
    await expectEqual(cancelAgain(), ended);
    await expectStored([ended]);

    const second = await book(on(january(7, '10:00')), ended);
    const ofAnn = await booked(first.slot, ann);
    await expectEqual(appointments.create(first), takenBy(second));
    await expectEqual(cancelAgain(), ended);
    await expectStored([second, ofAnn], [ended]);

    const endedSecond = await cancel(second);
    await expectEqual(appointments.create(second, ended), takenBy(endedSecond));
    await expectStored([endedSecond, ofAnn], [ended]);
  });

  describe.each([
    ['within the date', january(7, '10:00')],
    ['to another date', january(8)],
  ])('reschedule %s', (_name, to) => {
    /** Expects what is stored after an appointment was rescheduled, and others. */
    const expectRescheduled = async (
      ended: Appointment,
      next: Appointment,
      ...others: readonly Appointment[]
    ) =>
      dateOf(ended) === dateOf(next)
        ? expectStored([next, ...others], [ended])
        : expectStored([ended, next, ...others]);

    it.each([true, false])(
      'books the replacement, and keeps new attendance, with the same practitioner: %s',
      async (isSame) => {
        const old = await booked();
        const { attendance } = await record(old);
        const next = on(to, isSame ? alexei : { ...alexei, practitionerId: newId() });

        await expectRescheduled({ ...(await reschedule(old, next)), attendance }, next);
      },
    );

    it.each<[string, (old: Appointment) => Promise<EndedAppointment>]>([
      ['was cancelled', async (old) => cancel(old)],
      ['was rescheduled', async (old) => reschedule(old, on(january(9)))],
      ['was rescheduled within its date', async (old) => reschedule(old, on(january(7, '11:00')))],
    ])('finds that an appointment %s, also if the slot is taken', async (_name, end) => {
      const old = await booked();
      const appointment = await end(old);
      await booked(to, ann);

      await expectEqual(appointments.reschedule(old, on(to)), { kind: 'ended', appointment });
    });

    it('changes nothing if another patient has the slot, unless double booking is allowed', async () => {
      const [old, ofAnn, next] = [await booked(), await booked(to, ann), on(to)];

      if (isAllowed) {
        await expectRescheduled(await reschedule(old, next), next, ofAnn);
      } else {
        await expectEqual(appointments.reschedule(old, next), SLOT_TAKEN);
        await expectStored([old, ofAnn]);
      }
    });

    it('takes a slot that was freed, and leaves its own to others', async () => {
      const [old, freed, next] = [await booked(), await cancel(await booked(to, ann)), on(to)];

      const ended = await reschedule(old, next);

      const other = await booked(old.slot, { ...ann, patientId: newId() });
      await expectEqual(appointments.find(other.patientId, referenceTo(other)), other);
      await cancel(other);
      await expectRescheduled(ended, next, freed);
    });

    it('changes nothing if it arrives again and late', async () => {
      const [old, next] = [await booked(), on(to)];
      const ended = await reschedule(old, next);
      await expectEqual(
        appointments.create(old),
        takenBy(dateOf(next) === dateOf(old) ? next : ended),
      );
      await reschedule(old, next);
      await expectRescheduled(ended, next);

      const endedNext = await cancel(next);
      await reschedule(old, next);
      await expectRescheduled(ended, endedNext);

      const last = await book(on(to), endedNext);
      await reschedule(old, next);
      await (dateOf(last) === dateOf(old)
        ? expectStored([last], [ended, endedNext])
        : expectStored([ended, last], [endedNext]));
    });
  });

  it('reschedule finds who has the new date, also if another patient has the slot', async () => {
    const [old, holder] = [await booked(), await booked(january(8))];
    const ofAnn = await booked(january(8, '10:00'), ann);

    await expectEqual(appointments.reschedule(old, on(ofAnn.slot)), heldBy(holder));
    await expectStored([old, holder, ofAnn]);
  });

  it('reschedule takes a date only from the ended appointment that it replaces', async () => {
    const freed = await cancel(await booked(january(8)));
    const [old, next] = [await booked(), on(january(8, '10:00'))];
    await expectEqual(appointments.reschedule(old, next), heldBy(freed));
    await expectStored([old, freed]);

    const holder = await book(on(january(8)), freed);
    await expectEqual(appointments.reschedule(old, next, freed), heldBy(holder));
    const ended = await cancel(holder);
    await expectEqual(appointments.reschedule(old, next, freed), heldBy(ended));
    await expectStored([old, ended], [freed]);

    await expectStored([await reschedule(old, next, ended), next], [freed, ended]);
  });

  it.each<[string, Slot | undefined]>([
    ['cancelled', undefined],
    ['rescheduled within the date', january(7, '10:00')],
    ['rescheduled to another date', january(8)],
  ])('an appointment from before double booking was rejected can be %s', async (_name, to) => {
    for (const isTaken of [false, true]) {
      alexei = newPeople();
      ann = { ...alexei, patientId: newId() };
      const old = on(january(7));
      await open('allow').appointments.create(old);
      const others = isTaken ? [await booked(old.slot, ann)] : [];
      const next = to && on(to);

      const ended = await (next ? reschedule(old, next) : cancel(old));

      const holders = [...(next ? [next] : []), ...others];
      await (next && dateOf(next) === dateOf(old)
        ? expectStored(holders, [ended])
        : expectStored([ended, ...holders]));
    }
  });

  it('the busy slots of a date are those of the practitioner, from the first to the last', async () => {
    const { practitionerId } = alexei;
    const slots = [
      january(6, '23:30'),
      january(7, '00:00'),
      january(7, '23:30'),
      january(8, '00:00'),
    ];
    for (const slot of slots) await booked(slot, { ...newPeople(), practitionerId });
    await booked(january(7), newPeople());

    const date = slotDate(january(7));
    const busy = new Set(isAllowed ? [] : slots.slice(1, 3));
    await expectEqual(appointments.listBusySlots(practitionerId, date, date), busy);
    const allowing = open('allow').appointments;
    await expectEqual(allowing.listBusySlots(practitionerId, date, date), new Set());
  });
}

function describePatientList(open: () => AppointmentRepository): void {
  const patientId = newId();
  let all: readonly Appointment[] = [];

  beforeEach(async () => {
    if (all.length > 0) return;
    const appointments = open();
    // The dates, how many appointments of each ended, and whether another one is booked after them.
    const dates = [
      [6, 0, true],
      [7, 4, true],
      [8, 2, false],
      [9, 0, true],
      [10, 1, true],
    ] as const;
    const stored: Appointment[] = [];
    for (const [date, ended, hasBooked] of dates) {
      let replaced: EndedAppointment | undefined;
      for (let i = 0; i < ended + (hasBooked ? 1 : 0); i += 1) {
        // They do not start in the order in which they were booked. Some start, and were booked, at the same time.
        const slot = january(date, ['11:00', '09:00', '11:00', '11:00', '10:00'][i]);
        const createdAt = `2021-01-01T12:00:00.00${i < 3 ? 1 : 0}Z`;
        const one = newAppointment({ patientId, practitionerId: newId() }, slot, { createdAt });
        await appointments.create(one, replaced);
        if (i < ended) replaced = await appointments.cancel(one, CANCELLATION);
        stored.push(i < ended && replaced ? replaced : one);
      }
    }
    all = byStart(stored);
    await appointments.create(newAppointment(newPeople(), january(7)));
  });

  describe.each([
    ['asc', 'booked'],
    ['asc', 'all'],
    ['desc', 'booked'],
    ['desc', 'all'],
  ] as const)('%s, %s', (order, status) => {
    const list = async (range: Partial<DateRange>) =>
      open().listByPatient({ ...EVER, patientId, status, order, ...range });
    const expected = () => {
      const found = all.filter((one) => status === 'all' || isBooked(one));
      return order === 'asc' ? found : found.toReversed();
    };

    it('are in pages', async () => {
      await expectPages(expected(), async (limit, last) =>
        list({
          limit,
          ...(last && {
            [order === 'asc' ? 'from' : 'to']: dateOf(last),
            after: last.appointmentId,
          }),
        }),
      );
    });

    it('are those of the range, with all of its first and last date', async () => {
      const dates = [...new Set(all.map(dateOf))];
      for (const from of dates) {
        for (const to of dates.filter((date) => date >= from)) {
          const items = expected().filter((one) => dateOf(one) >= from && dateOf(one) <= to);
          await expectEqual(list({ from, to }), { items, more: false });
        }
      }
    });
  });
}

function describeAgenda(open: () => AppointmentRepository): void {
  const practitionerId = newId();
  let all: readonly Appointment[] = [];

  beforeEach(async () => {
    if (all.length > 0) return;
    const appointments = open();
    const starts = [
      january(6, '23:30'),
      ...Array.from({ length: 7 }, () => january(7, '00:00')),
      january(8, '23:30'),
      january(9, '00:00'),
    ];
    const stored = starts.map((slot) =>
      newAppointment({ patientId: newId(), practitionerId }, slot),
    );
    all = byPosition(stored);
    const ended = newAppointment({ patientId: newId(), practitionerId }, january(7));
    for (const one of [...stored, ended]) await appointments.create(one);
    await appointments.cancel(ended, CANCELLATION);
    await appointments.create(newAppointment(newPeople(), january(7)));
    await eventually(async () => {
      const range = { ...EVER, practitionerId, order: 'asc' } as const;
      await expectEqual(appointments.listByPractitioner(range), { items: all, more: false });
    });
  });

  describe.each(['asc', 'desc'] as const)('%s', (order) => {
    const list = async (range: Partial<AgendaRange>) =>
      open().listByPractitioner({ ...EVER, practitionerId, order, ...range });
    const ordered = () => (order === 'asc' ? all : all.toReversed());

    it('are in pages', async () => {
      await expectPages(ordered(), async (limit, last) =>
        list({ limit, after: last && agendaPositionOf(last) }),
      );
    });

    it('are those of the range, with all of its first and last date', async () => {
      const range = { from: slotDate(january(7)), to: slotDate(january(8)) };
      const expected = { items: ordered().slice(1, -1), more: false };
      await expectEqual(list(range), expected);

      // No link has a position outside of the range, but a caller can send one.
      const [before, after] = [ordered()[0], ordered().at(-1)].map(
        (one) => one && agendaPositionOf(one),
      );
      await expectEqual(list({ ...range, after: before }), expected);
      await expectEqual(list({ ...range, after }), { items: [], more: false });
    });

    it('continue after an appointment that has ended', async () => {
      const [first, ...others] = ordered();
      const after = first && agendaPositionOf({ ...first, appointmentId: newId() as never });
      const isSkipped =
        (after ?? '') < (first ? agendaPositionOf(first) : '') === (order === 'asc');

      const items = isSkipped ? ordered() : others;
      await expectEqual(list({ after }), { items, more: false });
    });
  });
}
