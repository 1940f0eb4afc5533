// Booking as it is deployed, but with repositories that answer at once from memory.

import type { Repositories } from '../src/domain/repositories.ts';
import { appointmentCommands } from '../src/handlers/appointment-commands.ts';
import { ALEXEI, BOB } from '../tests/support/people.ts';

const repositories: Repositories = {
  people: {
    findPatient: () => Promise.resolve(ALEXEI),
    findPractitioner: () => Promise.resolve(BOB),
  },
  appointments: {
    create: () => Promise.resolve({ kind: 'booked' }),
    listByPatient: () => Promise.resolve([]),
  },
};

export const handler = appointmentCommands({ auth: 'iam', repositoriesFor: () => repositories });
