import { describe, expect, it } from '@jest/globals';
import { chooseStore, type Engine } from '../../../scripts/local/store-choice.ts';

/** A machine on which these engines can run. */
const having =
  (...engines: Engine[]) =>
  (engine: Engine) =>
    engines.includes(engine);

describe('chooseStore', () => {
  it.each([
    [['java', 'docker', 'native'], 'java'],
    [['docker', 'native'], 'docker'],
    [['native'], 'native'],
  ] as [Engine[], Engine][])('of %j takes %s', (engines, engine) => {
    expect(chooseStore({}, having(...engines))).toEqual({ engine });
  });

  it('takes the engine that is asked for, if it can run', () => {
    const env = { DYNAMODB_ENGINE: 'native' };

    expect(chooseStore(env, having('java', 'native'))).toEqual({ engine: 'native' });
    expect(() => chooseStore(env, having('java'))).toThrow(
      'DYNAMODB_ENGINE=native cannot run here: the optional dependency @dynoxide/linux-x64 is not installed (it is there for Linux on x64).',
    );
  });

  it('says what can be asked for', () => {
    expect(() => chooseStore({ DYNAMODB_ENGINE: 'mysql' }, having('java'))).toThrow(
      'DYNAMODB_ENGINE=mysql is not known: set it to java, docker, native.',
    );
  });

  it('says what to install where nothing can run', () => {
    expect(() => chooseStore({}, having())).toThrow(
      /^There is nothing here to run .* install Java/,
    );
  });

  it('takes a store that runs before all others', () => {
    expect(chooseStore({ DYNAMODB_ENDPOINT: 'http://localhost:8000' }, having('java'))).toEqual({
      connection: {
        AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:8000',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
      },
    });
  });

  it('refuses a store that runs and one to start at the same time', () => {
    const env = { DYNAMODB_ENDPOINT: 'http://localhost:8000', DYNAMODB_ENGINE: 'java' };

    expect(() => chooseStore(env, having('java'))).toThrow('unset one of them');
  });

  it('takes empty variables as not set', () => {
    const env = { DYNAMODB_ENDPOINT: '', DYNAMODB_ENGINE: '' };

    expect(chooseStore(env, having('java'))).toEqual({ engine: 'java' });
  });
});
