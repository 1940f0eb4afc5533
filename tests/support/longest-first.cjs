const { default: Sequencer } = require('@jest/test-sequencer');

const LONGEST_FIRST = ['faults', 'e2e', 'package', 'store', 'unit'];

/** Without the times of an earlier run, Jest starts with the largest files, which are not the longest tests. */
module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) =>
      LONGEST_FIRST.findIndex((folder) => path.includes(`/tests/${folder}/`));
    return super.sort(tests).sort((a, b) => rank(a) - rank(b));
  }
};
