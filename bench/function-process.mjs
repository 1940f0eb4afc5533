// A function in a process of its own, as on Lambda: node function-process.mjs BUNDLE
// Answers the events that its parent sends, one after the other, each with the time it took. Plain JavaScript, so
// that nothing but the bundle is loaded.
import { pathToFileURL } from 'node:url';

const { handler } = await import(pathToFileURL(process.argv[2]).href);
const context = { getRemainingTimeInMillis: () => 15_000 };

process.on('message', async ({ event, times }) => {
  let answer;
  const began = performance.now();
  for (let time = 0; time < times; time += 1) answer = await handler(event, context);
  process.send({ ...answer, milliseconds: performance.now() - began });
});
process.once('disconnect', () => process.exit());
process.send('ready');
