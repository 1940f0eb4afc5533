import { shared } from '../../jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...shared,
  rootDir: '../..',
  displayName: 'deploy',
  setupFiles: [...shared.setupFiles, '<rootDir>/tests/support/without-store.ts'],
  testMatch: ['<rootDir>/tests/deploy/**/*.test.ts'],
};
