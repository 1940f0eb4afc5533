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
  ] as [Engine[], Engine][])('chooses from %j: %s', (engines, engine) => {
    expect(chooseStore({}, having(...engines))).toEqual({ engine });
  });

  it('uses DYNAMODB_ENGINE if it can run', () => {
    const env = { DYNAMODB_ENGINE: 'native' };

    expect(chooseStore(env, having('java', 'native'))).toEqual({ engine: 'native' });
    expect(() => chooseStore(env, having('java'))).toThrow('native cannot run here. Install Java');
  });

  it('lists the engines if DYNAMODB_ENGINE is unknown', () => {
    expect(() => chooseStore({ DYNAMODB_ENGINE: 'mysql' }, having('java'))).toThrow(
      'DYNAMODB_ENGINE=mysql is invalid. Set it to java, docker, native.',
    );
  });

  it('says what to install if no engine can run', () => {
    expect(() => chooseStore({}, having())).toThrow(
      'A local DynamoDB cannot run here. Install Java',
    );
  });

  it('prefers a running store', () => {
    expect(chooseStore({ DYNAMODB_ENDPOINT: 'http://localhost:8000' }, having('java'))).toEqual({
      connection: {
        AWS_ENDPOINT_URL_DYNAMODB: 'http://localhost:8000',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
      },
    });
  });

  it('rejects DYNAMODB_ENDPOINT together with DYNAMODB_ENGINE', () => {
    const env = { DYNAMODB_ENDPOINT: 'http://localhost:8000', DYNAMODB_ENGINE: 'java' };

    expect(() => chooseStore(env, having('java'))).toThrow('Unset one of the two.');
  });

  it('ignores empty variables', () => {
    const env = { DYNAMODB_ENDPOINT: '', DYNAMODB_ENGINE: '' };

    expect(chooseStore(env, having('java'))).toEqual({ engine: 'java' });
  });
});
