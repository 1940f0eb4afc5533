import { connectTo, withConnection } from '../../scripts/local/connection.ts';
import { startStore } from '../../scripts/local/store.ts';
import { chooseEngine, ENGINE_NAMES } from '../../scripts/local/store-engine.ts';
import { freePorts } from './free-ports.ts';

/** Starts an empty store in memory for the tests that need one; DynamoDB Local wherever it can run, and always in CI. */
export default async function startTestStore(): Promise<void> {
  const engine = chooseEngine(process.env['DYNAMODB_ENGINE']);
  if (engine === 'native') {
    if (process.env['CI'] !== undefined) {
      throw new Error('CI demands DynamoDB Local: install Java 17 or later.');
    }
    console.warn(
      `\n${'!'.repeat(100)}\n! Not DynamoDB Local: the store tests run on ${ENGINE_NAMES.native}. Install Java 17 or later.\n${'!'.repeat(100)}\n`,
    );
  }
  const port = await freePorts(1);
  const store = await startStore(engine, port);
  process.env = withConnection(process.env, connectTo(store.endpoint));
  process.env['TABLE_NAME'] = 'appointments-test';
}
