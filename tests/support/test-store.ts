import { StartError } from '../../scripts/local/start-error.ts';
import { startStore } from '../../scripts/local/store.ts';
import { chooseStore, ENGINE_NAMES, type StoreChoice } from '../../scripts/local/store-choice.ts';
import { freePorts } from './free-ports.ts';

export interface TestStore {
  readonly endpoint: string;
  readonly name: string;
}

/**
 * Opens a store for tests: the one of `DYNAMODB_ENDPOINT`, or a new one in memory, on DynamoDB Local
 * wherever that can run, and always in CI.
 *
 * @throws StartError where there is none to be had
 */
export async function openTestStore(env: NodeJS.ProcessEnv): Promise<TestStore> {
  const choice = chooseStore(env);
  if ('engine' in choice && choice.engine === 'native') {
    if (env['CI'] !== undefined) {
      throw new StartError('CI demands DynamoDB Local: install Java 17 or later.');
    }
    const line = `! Not DynamoDB Local: this runs on ${ENGINE_NAMES.native}. Install Java 17 or later.`;
    console.warn(['', '!'.repeat(line.length), line, '!'.repeat(line.length), ''].join('\n'));
  }
  return openStore(choice);
}

/**
 * Opens the store of a choice: the one that runs, or a new one in memory on a free port.
 *
 * @throws StartError where none answers
 */
export async function openStore(choice: StoreChoice): Promise<TestStore> {
  if ('connection' in choice) {
    const { AWS_ENDPOINT_URL_DYNAMODB: endpoint } = choice.connection;
    await fetch(endpoint).catch(() => {
      throw new StartError(
        `No store answers at DYNAMODB_ENDPOINT=${endpoint}: start it, or unset the variable.`,
      );
    });
    return { endpoint, name: `the store at ${endpoint}` };
  }
  const { endpoint } = await startStore(choice.engine, await freePorts(1));
  return { endpoint, name: ENGINE_NAMES[choice.engine] };
}
