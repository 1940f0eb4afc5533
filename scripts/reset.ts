// npm run reset: forgets what the local stores hold.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LOCAL_FOLDER } from './local/local-folder.ts';
import { isTaken } from './local/ports.ts';

const folders = await readdir(LOCAL_FOLDER).catch(() => []);
const stores = folders.flatMap((folder) => {
  const [, port] = /^store-(\d+)$/.exec(folder) ?? [];
  return port === undefined ? [] : [{ folder, port }];
});
if (stores.length === 0) console.log('There is nothing to forget.');
for (const { folder, port } of stores) {
  if (await isTaken(Number(port))) {
    console.error(
      `The store on port ${port} may be running: stop "npm start" there, then reset again.`,
    );
    process.exitCode = 1;
  } else {
    await rm(join(LOCAL_FOLDER, folder), { recursive: true });
    console.log(`Forgot what the store on port ${port} held.`);
  }
}
