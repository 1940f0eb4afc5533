// npm run reset: deletes the data of the local store of DYNAMODB_PORT or, with --all, of all local stores.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL_FOLDER } from './local/local-folder.ts';
import { isTaken, readPorts } from './local/ports.ts';
import { explainSystemError, StartError } from './local/start-error.ts';
import { readFlag } from './npm-options.ts';

try {
  const all = readFlag('reset', 'all');
  const { store } = readPorts(process.env);
  const ports = (await readdir(LOCAL_FOLDER).catch(() => []))
    .flatMap((folder) => /^store-(\d+)$/.exec(folder)?.[1] ?? [])
    .map(Number)
    .filter((port) => all || port === store);
  if (ports.length === 0) console.log('There is no data to delete.');
  for (const port of ports) {
    if (await isTaken(port)) {
      throw new StartError(
        `The store on port ${port} may be running. Stop "npm start" first, then reset again.`,
      );
    }
    await rm(join(LOCAL_FOLDER, `store-${port}`), { recursive: true });
    console.log(`Deleted the data of the store on port ${port}.`);
  }
} catch (error) {
  const sentence = explainSystemError(error);
  if (sentence === undefined) throw error;
  console.error(sentence);
  process.exitCode = 1;
}
