import { describe, expect, it } from '@jest/globals';
import { explainSwallowedOption } from '../../../scripts/npm-options.ts';

describe('explainSwallowedOption', () => {
  it.each([
    // npm run deploy --stage=prod
    [{ npm_config_stage: 'prod' }, '--stage'],
    // npm run deploy --stage prod
    [{ npm_config_stage: 'true' }, '--stage'],
    [{ npm_config_dry_run: 'true' }, '--dry-run'],
  ])('names the option that npm kept in %j', (env, option) => {
    expect(explainSwallowedOption('deploy', ['dry-run', 'stage'], env)).toBe(
      `npm kept ${option} for itself. Put all options after "--": npm run deploy -- ${option} ...`,
    );
  });

  it.each([{}, { npm_config_registry: 'x', stage: 'prod' }, { npm_config_dry_run: '' }])(
    'finds none in %j',
    (env) => {
      expect(explainSwallowedOption('deploy', ['dry-run', 'stage'], env)).toBeUndefined();
    },
  );
});
