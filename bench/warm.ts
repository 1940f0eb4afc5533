import type { Benchmark } from './figure.ts';
import { pairedRounds, ratioFigure } from './paired-rounds.ts';
import { bookingEvent } from './requests.ts';

const BOOKINGS_PER_ROUND = 25;

export const WARM: Benchmark = {
  name: 'warm',
  seconds: 15,
  async measure({ start }) {
    const service = await start('service', 'appointment-commands');
    const byHand = await start('byHandTrimmed', 'appointment-commands');
    const book = (running: typeof service) => async () =>
      running.invoke(201, ...Array.from({ length: BOOKINGS_PER_ROUND }, () => bookingEvent()));
    const measured = await pairedRounds(
      { rounds: 60, warmUps: 20 },
      { service: book(service), byHand: book(byHand) },
    );
    await service.stop();
    await byHand.stop();
    return [
      ratioFigure(
        { name: 'warm booking, relative to a hand-written handler', bar: 1.25, unit: 'ms' },
        measured.service,
        measured.byHand,
        ({ milliseconds }) => milliseconds / BOOKINGS_PER_ROUND,
      ),
    ];
  },
};
