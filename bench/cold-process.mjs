// One cold start, in a process of its own: node cold-process.mjs BUNDLE EVENT
// Imports the bundle, has it answer one request, and reports on the standard output. Plain JavaScript, so that
// what strips types is not part of what is measured.
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , bundle, event] = process.argv;
const request = JSON.parse(event);
const context = { getRemainingTimeInMillis: () => 15_000 };

const began = performance.now();
const { handler } = await import(pathToFileURL(bundle).href);
const imported = performance.now();
const { statusCode } = await handler(request, context);
const answered = performance.now();

writeSync(
  1,
  `\n${JSON.stringify({ statusCode, importing: imported - began, first: answered - imported })}\n`,
);
process.exit();
