// What the simulation runs, as one bundle, so that a build can contain a deliberate bug.
export { appointmentCommands } from '../../../src/handlers/appointment-commands.ts';
export { appointmentQueries } from '../../../src/handlers/appointment-queries.ts';
export { createRepositories } from '../../../src/repositories/repositories.ts';
export { openTable } from '../../../src/repositories/store.ts';
