// npm run reset: deletes the data of the local store of DYNAMODB_PORT.
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EXIT, readOptions, runCommand } from './command.ts';
import { LOCAL_FOLDER } from './local/local-folder.ts';
import { isTaken, readPorts } from './local/ports.ts';
import { StartError } from './local/start-error.ts';

await runCommand(async () => {
  readOptions('reset', {}, 'Usage: npm run reset');
  const { store } = readPorts(process.env);
  const folder = join(LOCAL_FOLDER, `store-${store}`);
  if (!existsSync(folder)) {
    console.log('There is no data to delete.');
    return EXIT.done;
  }
  if (await isTaken(store)) {
    throw new StartError(
      `The store on port ${store} may be running. Stop "npm start" first, then reset again.`,
    );
  }
  await rm(folder, { recursive: true });
  console.log(`Deleted the data of the store on port ${store}.`);
  return EXIT.done;
});
