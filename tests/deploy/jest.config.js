import { shared } from '../../jest.config.js';

/** @type {import('jest').Config} */
export default {
  ...shared,
  rootDir: '../..',
  displayName: 'deploy',
  testMatch: ['<rootDir>/tests/deploy/**/*.test.ts'],
};
