// node function-process.mjs BUNDLE: runs a Lambda function in a process of its own.
// Loads the bundle as Lambda's runtime does, then handles the events that the parent process sends, one after
// the other. This is plain JavaScript, so that the measured process loads nothing but the bundle.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const context = { getRemainingTimeInMillis: () => 15_000 };

const began = performance.now();
const { handler } = require(process.argv[2]);
const milliseconds = performance.now() - began;

process.on('message', async (events) => {
  let response;
  const began = performance.now();
  const cpuBegan = process.cpuUsage();
  for (const event of events) response = await handler(event, context);
  const { user, system } = process.cpuUsage(cpuBegan);
  const cpuMilliseconds = (user + system) / 1000;
  process.send({ ...response, milliseconds: performance.now() - began, cpuMilliseconds });
});
process.send({ milliseconds });
