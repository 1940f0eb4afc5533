import { type Connection, connectTo } from '../../scripts/local/connection.ts';
import { type OpenStore, openStore } from '../../scripts/local/open-store.ts';
import { StartError } from '../../scripts/local/start-error.ts';
import { chooseStore, ENGINE_NAMES } from '../../scripts/local/store-choice.ts';

/**
 * Opens a store for tests: the one at `DYNAMODB_ENDPOINT`, or a new one in memory. Prefers DynamoDB
 * Local, and requires it in CI.
 *
 * @throws StartError if no store can be opened
 */
export async function openTestStore(env: NodeJS.ProcessEnv): Promise<OpenStore> {
  const choice = chooseStore(env);
  if ('engine' in choice && choice.engine === 'native') {
    if (env['CI'] !== undefined) {
      throw new StartError('CI requires DynamoDB Local. Install Java 17 or later.');
    }
    const line = `! Not DynamoDB Local: this runs on ${ENGINE_NAMES.native}. Install Java 17 or later.`;
    console.warn(['', '!'.repeat(line.length), line, '!'.repeat(line.length), ''].join('\n'));
  }
  return openStore(choice);
}

/** The connection to the store that the tests share. */
export function testStore(): Connection {
  return connectTo(process.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '');
}
