const { default: Sequencer } = require('@jest/test-sequencer');

/** Runs the tests that need no store first, because they are fast. */
module.exports = class extends Sequencer {
  sort(tests) {
    const needsStore = ({ path }) => Number(path.includes('/tests/store/'));
    return super.sort(tests).sort((a, b) => needsStore(a) - needsStore(b));
  }
};
