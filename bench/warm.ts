import type { Benchmark } from './figure.ts';
import { pairedRounds, ratioFigure } from './paired-rounds.ts';
import { bookingEvent, endEvent, listEvent, practitionerEvent } from './requests.ts';
import { idOf, seed, startOf } from './seed.ts';
import type { Variant } from './workspace.ts';

/** With 300 rounds, the medians of two runs in a row differed by at most 0.03 (docs/performance.md). */
const ROUNDS = { rounds: 300, warmUps: 30 };
const FEWER_ROUNDS = { rounds: 60, warmUps: 30 };
const REQUESTS_PER_ROUND = 25;
const CANCELS = (FEWER_ROUNDS.rounds + FEWER_ROUNDS.warmUps) * REQUESTS_PER_ROUND;

export const WARM: Benchmark = {
  name: 'warm',
  seconds: 240,
  async measure({ start, tableName }) {
    await seed(tableName, ['warm'], 30);
    const patients = Array.from({ length: 20 }, (_, index) => `warm-${index}`);
    await seed(tableName, patients, 2, 'warm');

    const startSide = async (variant: Variant) => {
      // Has a booked appointment for each cancel.
      const patient_id = `warm-${variant}`;
      await seed(tableName, [patient_id], CANCELS);
      let date = 0;
      const cancelEvent = () => {
        const appointment = { appointment_id: idOf(date, 0), start_time: startOf(date, 0) };
        date += 1;
        return endEvent({ patient_id, ...appointment });
      };
      const commands = await start(variant, 'appointment-commands');
      const queries = await start(variant, 'appointment-queries');
      const requests = (running: typeof commands, status: number, eventOf: () => object) => () =>
        running.invoke(status, ...Array.from({ length: REQUESTS_PER_ROUND }, eventOf));
      return {
        booking: requests(commands, 201, () => bookingEvent()),
        cancel: requests(commands, 200, cancelEvent),
        list: requests(queries, 200, () => listEvent('warm', { limit: '20' })),
        agenda: requests(queries, 200, () =>
          practitionerEvent('warm', 'appointments', { limit: '20' }),
        ),
        stop: () => Promise.all([commands.stop(), queries.stop()]),
      };
    };
    const service = await startSide('service');
    const byHand = await startSide('byHandTrimmed');
    const measured = {
      ...(await pairedRounds(ROUNDS, {
        booking: service.booking,
        bookingByHand: byHand.booking,
        list: service.list,
        listByHand: byHand.list,
      })),
      ...(await pairedRounds(FEWER_ROUNDS, {
        cancel: service.cancel,
        cancelByHand: byHand.cancel,
        agenda: service.agenda,
        agendaByHand: byHand.agenda,
      })),
    };
    await service.stop();
    await byHand.stop();

    const ratios = [
      ['warm booking: time', 1.25, 'booking', 'bookingByHand', 'milliseconds'],
      ['warm booking: CPU', 1.25, 'booking', 'bookingByHand', 'cpuMilliseconds'],
      ['warm cancel: CPU', 1.35, 'cancel', 'cancelByHand', 'cpuMilliseconds'],
      ['warm list of 20: CPU', 1.1, 'list', 'listByHand', 'cpuMilliseconds'],
      ['warm agenda of 20: CPU', 1.25, 'agenda', 'agendaByHand', 'cpuMilliseconds'],
    ] as const;
    return ratios.map(([what, bar, of, reference, time]) =>
      ratioFigure(
        { name: `${what}, relative to a hand-written handler`, bar, unit: 'ms' },
        measured[of],
        measured[reference],
        (invocation) => invocation[time] / REQUESTS_PER_ROUND,
      ),
    );
  },
};
