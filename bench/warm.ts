import { type Bench, ratioFigure } from './figure.ts';
import { startFunction } from './function-process.ts';
import { pairedRounds, ratioOf, spreadOf } from './paired-rounds.ts';
import { bookingRequest } from './requests.ts';

/** Enough for the compiler to have done what it will do, and for a round to be longer than what disturbs it. */
const REQUESTS_A_ROUND = 3000;

export const WARM: Bench = {
  name: 'warm',
  seconds: 20,
  async measure({ bundles: { stubbed }, functionEnvironment }, progress) {
    const service = await startFunction(stubbed.service, functionEnvironment);
    const byHand = await startFunction(stubbed.byHand, functionEnvironment);
    const request = bookingRequest('2021-01-07 00:00:00');
    const times = await pairedRounds(
      { rounds: 30, warmUps: 5 },
      {
        service: async () => (await service.invoke(request, REQUESTS_A_ROUND)).milliseconds,
        byHand: async () => (await byHand.invoke(request, REQUESTS_A_ROUND)).milliseconds,
      },
      progress,
    );
    await service.stop();
    await byHand.stop();
    const microseconds = [times.service, times.byHand].map((round) =>
      ((1000 * spreadOf(round).median) / REQUESTS_A_ROUND).toFixed(1),
    );
    return [
      ratioFigure(
        'warm booking, by hand with the same checks is 1',
        ratioOf(times.service, times.byHand),
        { bar: 2.5, aim: 1.75, note: `${microseconds.join(' / ')} µs a request` },
      ),
    ];
  },
};
