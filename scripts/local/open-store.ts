import { freePorts } from './free-ports.ts';
import { StartError } from './start-error.ts';
import { startStore } from './store.ts';
import { ENGINE_NAMES, type StoreChoice } from './store-choice.ts';

export interface OpenStore {
  readonly endpoint: string;
  readonly name: string;
}

/**
 * Opens the chosen store: a running one, or a new one in memory on a free port.
 *
 * @throws StartError if the running store does not respond or the new one does not start
 */
export async function openStore(choice: StoreChoice): Promise<OpenStore> {
  if ('connection' in choice) {
    const { AWS_ENDPOINT_URL_DYNAMODB: endpoint } = choice.connection;
    await fetch(endpoint).catch(() => {
      throw new StartError(
        `No store responds at DYNAMODB_ENDPOINT=${endpoint}. Start it, or unset the variable.`,
      );
    });
    return { endpoint, name: `the store at ${endpoint}` };
  }
  const { endpoint } = await startStore(choice.engine, await freePorts(1));
  return { endpoint, name: ENGINE_NAMES[choice.engine] };
}
