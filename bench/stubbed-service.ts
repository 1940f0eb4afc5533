// Booking as it is deployed, but with repositories that answer at once from memory.

import type { Repositories } from '../src/domain/repositories.ts';
import { appointmentCommands } from '../src/handlers/appointment-commands.ts';
import { ALEXEI, BOB } from '../tests/support/people.ts';

const repositories: Repositories = {
  patients: {
    findById: () => Promise.resolve(ALEXEI),
    create: (patient) => Promise.resolve(patient),
  },
  practitioners: {
    findById: () => Promise.resolve(BOB),
    create: (practitioner) => Promise.resolve(practitioner),
  },
  appointments: {
    create: (appointment) => Promise.resolve(appointment),
    listByPatient: () => Promise.resolve([]),
  },
};

export const handler = appointmentCommands({ auth: 'iam', repositoriesFor: () => repositories });
