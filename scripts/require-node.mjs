// Stops a command that does not run on the functions' Node version. npm puts the devDependency "node" first
// on the PATH, and falls back to the system's Node if its install script did not run. Plain JavaScript, so
// that an old Node can print the sentence.
import { readFileSync } from 'node:fs';

const { devDependencies, engines } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);
const [wanted] = devDependencies.node.split('.');
const running = process.versions.node;
const [major, minor] = running.split('.').map(Number);
const [leastMajor, leastMinor] = engines.node.match(/\d+/g).map(Number);
if (String(major) !== wanted) {
  console.error(
    major < leastMajor || (major === leastMajor && minor < leastMinor)
      ? `Node ${running} is too old. Install Node ${leastMajor}.${leastMinor} or later, then run "npm ci" again.`
      : `This command needs Node ${wanted}, which "npm ci" installs, but runs on Node ${running}. Run "npm ci" without --ignore-scripts, and run the command through npm (npm start, npm test).`,
  );
  process.exit(1);
}
