const { default: circus } = require('jest-circus/runner');

let change;
let found;

/** Runs a test file, unless an earlier file has already detected the change. Stryker turns off Jest's own `bail`. */
module.exports = async (...run) => {
  const active = process.env.__STRYKER_ACTIVE_MUTANT__;
  if (active !== change) found = undefined;
  change = active;
  if (found) {
    // Jest fails a file that reports no tests, so report one skipped test.
    const skipped = { ...found.testResults[0], fullName: run[4], status: 'pending' };
    return { ...found, testFilePath: run[4], numFailingTests: 0, testResults: [skipped] };
  }
  const result = await circus(...run);
  if (active !== undefined && result.numFailingTests > 0) found = result;
  return result;
};
