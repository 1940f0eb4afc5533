const { default: Sequencer } = require('@jest/test-sequencer');

const LONGEST_FIRST = ['e2e', 'package', 'store', 'unit'];

/** If Jest has no times from an earlier run, starts the slowest folders first. By default, it starts the largest files. */
module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) =>
      LONGEST_FIRST.findIndex((folder) => path.includes(`/tests/${folder}/`));
    const sorted = super.sort(tests);
    const isTimed = sorted.some(({ duration }) => duration !== undefined);
    return isTimed ? sorted : sorted.sort((a, b) => rank(a) - rank(b));
  }
};
