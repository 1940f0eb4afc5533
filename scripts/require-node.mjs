// Ends the command where it does not run on the Node that the functions are deployed to. npm puts the
// devDependency "node" first on the PATH, but falls back to the machine's own Node where its install
// script did not run. Plain JavaScript, so that an old Node can say so.
import { readFileSync } from 'node:fs';

const { devDependencies } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);
const [wanted] = devDependencies.node.split('.');
const [running] = process.versions.node.split('.');
if (running !== wanted) {
  console.error(
    `This needs Node ${wanted}, which the project brings along, but runs on Node ${process.versions.node}. ` +
      'Run it through npm (npm start, npm test, npm run check), after "npm ci" without --ignore-scripts.',
  );
  process.exit(1);
}
