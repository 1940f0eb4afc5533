import { createMemoryStore } from '../../support/memory-store.ts';
import { describePorts } from '../../support/ports-contract.ts';

describePorts(async () => {
  const data = createMemoryStore('allow');
  return Promise.resolve({
    open: (doubleBooking) => createMemoryStore(doubleBooking, data),
    add: async (...people) => {
      const origin = { requestId: 'added', caller: null };
      for (const one of people) {
        if ('patientId' in one) await data.people.putPatient(one, origin);
        else await data.people.putPractitioner(one, origin);
      }
    },
  });
});
