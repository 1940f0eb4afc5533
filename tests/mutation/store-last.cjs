const { default: Sequencer } = require('@jest/test-sequencer');

/** Starts the tests that need no store, which are fast, first. */
module.exports = class extends Sequencer {
  sort(tests) {
    const needsStore = ({ path }) => Number(path.includes('/tests/store/'));
    return super.sort(tests).sort((a, b) => needsStore(a) - needsStore(b));
  }
};
